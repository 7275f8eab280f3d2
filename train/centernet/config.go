package centernet

import (
	"fmt"
	"math"

	"cocostat/train/backbone"
)

// The convolutions of a neck.
const (
	PlainConv      = "plain"
	DeformableConv = "deformable" // version 2, with offsets and mask
)

// The first weights of a neck's transposed convolutions.
const (
	HeInit = "he"
	// PublishedInit is what fill_up_weights of CenterNet's
	// src/lib/models/networks/resnet_dcn.py leaves: the bilinear kernel in output
	// channel 0 of every input channel, and PyTorch's default in all others. It
	// was meant for one channel each.
	PublishedInit = "published"
)

// The normalisations of heads.
const (
	BatchNorm = "batch" // after the activation
	NoNorm    = "none"
)

// Config is what is particular to a CenterNet. Default returns the published one
// for a backbone.
type Config struct {
	Neck         []int   `json:"neck,omitempty"`      // output channels of the upsampling stages; nil is the backbone's own aggregation
	NeckConv     string  `json:"neck_conv,omitempty"` // PlainConv, also if empty, or DeformableConv
	NeckInit     string  `json:"neck_init,omitempty"` // HeInit, also if empty, or PublishedInit
	HeadChannels int     `json:"head_channels,omitempty"`
	HeadNorm     string  `json:"head_norm,omitempty"`    // BatchNorm, also if empty, or NoNorm
	HeatmapBias  float64 `json:"heatmap_bias,omitempty"` // initial logit: -log((1-π)/π)
	Radius       string  `json:"radius,omitempty"`       // of the Gaussians: the name of a RadiusMode; empty means Compat
}

// radius returns the arithmetic of the Gaussians.
func (c Config) radius() (RadiusMode, error) {
	if c.Radius == "" {
		return Compat, nil
	}
	return ParseRadiusMode(c.Radius)
}

// Default returns the CenterNet of the paper for a backbone. Neck, head channels
// and a heatmap that starts at π = 0.1 (a bias of −2.19) are those of CenterNet's
// src/lib/models/networks/resnet_dcn.py; MobileNets have plain convolutions in the
// neck and normalised heads (section 5.1).
func Default(name string) Config {
	c := Config{Neck: []int{256, 128, 64}, NeckConv: DeformableConv, HeadChannels: 64, HeadNorm: NoNorm, HeatmapBias: -2.19}
	if backbone.IsMobile(name) {
		c.NeckConv, c.HeadNorm = PlainConv, BatchNorm
	}
	if backbone.Aggregates(name) { // pose_dla_dcn.py beside it
		c.Neck, c.HeadChannels = nil, 256
	}
	return c
}

// encoder returns that of a valid configuration.
func (c Config) encoder(classes int) *Encoder {
	mode, err := c.radius()
	if err != nil {
		panic(err)
	}
	e, err := NewEncoder(classes, MaxObjects, mode)
	if err != nil {
		panic(err)
	}
	return e
}

// mostChannels is the most that a layer may be asked for.
const mostChannels = 1 << 14

// Validate reports values that no network can be built from on a backbone.
func (c Config) Validate(name string) error {
	aggregates := len(c.Neck) == 0 && backbone.Aggregates(name)
	switch {
	case aggregates && c.NeckConv == PlainConv:
		return fmt.Errorf("centernet: the neck of %s has deformable convolutions; plain ones need stages: name their channel counts", name)
	case aggregates && c.NeckInit == PublishedInit:
		return fmt.Errorf("centernet: the neck of %s begins as published in any case: leave out its first weights", name)
	case !aggregates && (len(c.Neck) < 1 || len(c.Neck) > 3):
		return fmt.Errorf("centernet: the neck has one to three stages, not %d: name as many channel counts", len(c.Neck))
	case c.NeckConv != "" && c.NeckConv != PlainConv && c.NeckConv != DeformableConv:
		return fmt.Errorf("centernet: unknown convolution %q of the neck: use %s or %s", c.NeckConv, PlainConv, DeformableConv)
	case c.NeckInit != "" && c.NeckInit != HeInit && c.NeckInit != PublishedInit:
		return fmt.Errorf("centernet: unknown first weights %q of the neck: use %s or %s", c.NeckInit, HeInit, PublishedInit)
	case c.HeadNorm != "" && c.HeadNorm != BatchNorm && c.HeadNorm != NoNorm:
		return fmt.Errorf("centernet: unknown normalisation %q of the heads: use %s or %s", c.HeadNorm, BatchNorm, NoNorm)
	case c.HeadChannels < 1 || c.HeadChannels > mostChannels:
		return fmt.Errorf("centernet: heads of %d channels, want 1 to %d", c.HeadChannels, mostChannels)
	case math.IsNaN(c.HeatmapBias) || math.IsInf(c.HeatmapBias, 0):
		return fmt.Errorf("centernet: heatmap bias %g is no finite number", c.HeatmapBias)
	}
	if _, err := c.radius(); err != nil {
		return err
	}
	for _, n := range c.Neck {
		if n < 1 || n > mostChannels {
			return fmt.Errorf("centernet: neck %v has a stage of %d channels, want 1 to %d", c.Neck, n, mostChannels)
		}
	}
	return nil
}

// Halvings is how often the backbone halves the image: 5 times with the three
// neck stages of the paper, 4 with two, 3 with one. As each stage doubles the
// resolution, the output's stride is 4 in every case. Small images (128×128, say)
// gain from a finer backbone: 4×4 features hardly say where things are.
func (c Config) Halvings() int {
	if len(c.Neck) == 0 { // an aggregation
		return 5
	}
	return 2 + len(c.Neck)
}
