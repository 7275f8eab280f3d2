// Package model has the detectors in a table by name: which network a
// configuration means, and what it takes.
package model

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"cocostat/train/backbone"
	"cocostat/train/centernet"
	"cocostat/train/detector"
	"cocostat/train/fcos"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// Detectors.
const (
	CenterNet = "centernet"
	FCOS      = "fcos"
)

// Detectors are the values of Config.Detector.
var Detectors = []string{CenterNet, FCOS}

// Config describes a detector. Default returns the published ones.
type Config struct {
	Detector         string      `json:"detector,omitempty"` // one of Detectors; empty means CenterNet, the only one there was once
	Backbone         string      `json:"backbone"`           // one of backbone.Names
	Width            float64     `json:"width"`              // channel multiplier of the backbone, where it has one; else 1
	centernet.Config             // the zero value for other detectors
	FCOS             fcos.Config `json:"fcos,omitzero"` // likewise
	Classes          int         `json:"classes"`
}

// Default returns the published detector on a backbone.
func Default(detector, name string, classes int) Config {
	c := Config{Detector: detector, Backbone: name, Width: 1, Classes: classes}
	if detector == FCOS {
		c.FCOS = fcos.Default()
	} else {
		c.Config = centernet.Default(name)
	}
	return c
}

// isFCOS tells the two detectors that there are apart.
func (c Config) isFCOS() bool { return c.Detector == FCOS }

// String names the detector and its backbone.
func (c Config) String() string {
	name := titles[cmp.Or(c.Detector, CenterNet)] + ", " + c.Backbone
	if c.Width != 1 {
		name += fmt.Sprintf(" ×%g", c.Width)
	}
	return name
}

// titles are the names of detectors in their papers.
var titles = map[string]string{CenterNet: "CenterNet", FCOS: "FCOS"}

// Validate reports values that no network can be built from.
func (c Config) Validate() error {
	if c.Detector != "" && c.Detector != CenterNet && !c.isFCOS() {
		return fmt.Errorf("model: unknown detector %q; there is %s", c.Detector, strings.Join(Detectors, ", "))
	}
	if err := backbone.Check(c.Backbone, backbone.Options{Width: c.Width, Halvings: c.halvings()}); err != nil {
		return err
	}
	check := func() error { return c.Config.Validate(c.Backbone) }
	if c.isFCOS() {
		check = c.FCOS.Validate
	}
	if err := check(); err != nil {
		return err
	}
	if c.Classes < 1 {
		return errors.New("model: a detector needs at least one class")
	}
	return nil
}

// halvings is how often the backbone halves the image.
func (c Config) halvings() int {
	if c.isFCOS() {
		return backbone.Full.Halvings
	}
	return c.Config.Halvings()
}

// Stride is what the sides of an input have to be multiples of.
func (c Config) Stride() int { return 1 << c.halvings() }

// build makes the network, or counts what it takes.
func (c Config) build(b *layer.Builder) detector.Detector {
	if c.isFCOS() {
		return fcos.New(b, c.Backbone, c.Width, c.Classes, c.FCOS)
	}
	return centernet.New(b, c.Backbone, c.Width, c.Classes, c.Config)
}

// New builds a network in memory of the CPU, its weights drawn from seed.
func (c Config) New(seed uint64) (d detector.Detector, err error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	err = torchx.Step(func() error {
		d = c.build(layer.NewBuilder(seed))
		return nil
	})
	return d, err
}

// Cost counts what the network takes for inputs of so many pixels, without
// making it. The configuration must be valid.
func (c Config) Cost(pixels float64) layer.Cost {
	b := layer.NewCounter(pixels)
	c.build(b)
	return b.Cost()
}

// Same reports whether two configurations mean the same network: what its first
// weights are does not count.
func (c Config) Same(d Config) bool { return c.architecture() == d.architecture() }

// architecture writes what decides the numbers of the network, in one form of
// several that mean the same. For FCOS, how it is trained and tested counts too,
// but not its prior.
func (c Config) architecture() string {
	c.HeatmapBias, c.NeckInit, c.FCOS.Prior = 0, "", 0
	if !c.isFCOS() {
		c.Detector = CenterNet
		c.Radius = cmp.Or(c.Radius, centernet.Compat.String())
		c.NeckConv, c.HeadNorm = cmp.Or(c.NeckConv, centernet.PlainConv), cmp.Or(c.HeadNorm, centernet.BatchNorm)
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // numbers are finite in what is valid
	}
	return string(text)
}
