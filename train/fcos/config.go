package fcos

import (
	"fmt"
	"math"

	"cocostat/balance"
)

// What n_{i,k} of eq. (8) counts.
const (
	CountObjects = "objects"
	CountCells   = "cells" // positive ones
)

// mostChannels is the most that a layer may be asked for.
const mostChannels = 1 << 14

// Config is what is particular to an FCOS. Default returns the published one.
type Config struct {
	Channels int     `json:"fpn_channels,omitempty"` // of the pyramid and the towers, a multiple of Groups
	Prior    float64 `json:"prior,omitempty"`        // π, what every class begins with at every cell
	Alpha    float64 `json:"focal_alpha,omitempty"`  // factor of positive terms of the focal loss, 1−α of the others

	BoxLoss balance.BoxLoss `json:"box_loss,omitempty"`
	Ranges  Ranges          `json:"ranges,omitzero"` // of the levels
	// Radius of centre sampling, in strides: only points less than Radius·s away
	// from the centre of a box, in both directions, can be positive for it. 0
	// means all points inside, as published; the authors' improved settings have
	// 1.5 (get_sample_region in fcos_core/modeling/rpn/fcos/loss.py).
	Radius float64 `json:"centre_radius,omitempty"`
	// Count says what n_{i,k} counts; empty means CountObjects.
	Count string `json:"eta_objects,omitempty"`

	Test Test `json:"test,omitzero"`
}

// Default returns the FCOS of the authors' fcos_core/config/defaults.py with
// pyramid and towers of 256 channels; their small MobileNet, fcos_syncbn_bs32_c128,
// has 128.
func Default() Config {
	return Config{Channels: 256, Prior: 0.01, Alpha: balance.FCOSAlpha, BoxLoss: balance.IoUPlusOne, Ranges: PublishedRanges, Test: DefaultTest()}
}

// Validate reports values that no detector can be built from.
func (c Config) Validate() error {
	switch {
	case c.Channels < Groups || c.Channels > mostChannels || c.Channels%Groups != 0:
		return fmt.Errorf("fcos: a pyramid of %d channels: want a multiple of %d up to %d", c.Channels, Groups, mostChannels)
	case !(c.Prior > 0 && c.Prior < 1):
		return fmt.Errorf("fcos: prior %g of the classes is outside (0, 1)", c.Prior)
	case !(c.Alpha > 0 && c.Alpha < 1):
		return fmt.Errorf("fcos: alpha %g of the focal loss is outside (0, 1)", c.Alpha)
	case !(c.Radius >= 0) || math.IsInf(c.Radius, 1):
		return fmt.Errorf("fcos: radius %g of centre sampling: want a finite number, at least 0", c.Radius)
	case c.Count != "" && c.Count != CountObjects && c.Count != CountCells:
		return fmt.Errorf("fcos: unknown count %q for eta: use %s or %s", c.Count, CountObjects, CountCells)
	}
	if err := c.Ranges.Validate(); err != nil {
		return err
	}
	if err := c.BoxLoss.Validate(); err != nil {
		return err
	}
	return c.Test.Validate()
}
