// Package model has the detectors in a table by name: which network a
// configuration means, and what it takes.
package model

import (
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

// kind is a detector's row in the table.
type kind struct {
	name     string
	title    string                // as its paper has it
	publish  func(c *Config)       // sets what was published for c.Backbone
	validate func(c Config) error  // what is particular to it
	halvings func(c Config) int    // how often the backbone halves the image
	plain    func(c Config) Config // the same network in one form of several, without first weights
	build    func(b *layer.Builder, c Config) detector.Detector
}

// kinds are the detectors, a file each. The first one is meant where none is named:
// it was the only one once.
var kinds = []kind{centerNet, fcosKind}

// Detectors are the values of Config.Detector.
var Detectors = names()

func names() (all []string) {
	for _, k := range kinds {
		all = append(all, k.name)
	}
	return all
}

// Config describes a detector. Default returns the published ones. What is
// particular to another detector is zero.
type Config struct {
	Detector string  `json:"detector,omitempty"` // one of Detectors; empty means the first
	Backbone string  `json:"backbone"`           // one of backbone.Names
	Width    float64 `json:"width"`              // channel multiplier of the backbone, where it has one; else 1
	centernet.Config
	FCOS    fcos.Config `json:"fcos,omitzero"`
	Classes int         `json:"classes"`
}

// kind returns the row of the detector; that of an unknown one is the first.
func (c Config) kind() (k kind, known bool) {
	for _, k := range kinds {
		if k.name == c.Detector {
			return k, true
		}
	}
	return kinds[0], c.Detector == ""
}

// Default returns the published detector on a backbone.
func Default(detector, name string, classes int) Config {
	c := Config{Detector: detector, Backbone: name, Width: 1, Classes: classes}
	k, _ := c.kind()
	k.publish(&c)
	return c
}

// String names the detector and its backbone.
func (c Config) String() string {
	k, _ := c.kind()
	name := k.title + ", " + c.Backbone
	if c.Width != 1 {
		name += fmt.Sprintf(" ×%g", c.Width)
	}
	return name
}

// Validate reports values that no network can be built from.
func (c Config) Validate() error {
	k, known := c.kind()
	if !known {
		return fmt.Errorf("model: unknown detector %q; there is %s", c.Detector, strings.Join(Detectors, ", "))
	}
	if err := backbone.Check(c.Backbone, backbone.Options{Width: c.Width, Halvings: k.halvings(c)}); err != nil {
		return err
	}
	if err := k.validate(c); err != nil {
		return err
	}
	if c.Classes < 1 {
		return errors.New("model: a detector needs at least one class")
	}
	return nil
}

// Stride is what the sides of an input have to be multiples of.
func (c Config) Stride() int {
	k, _ := c.kind()
	return 1 << k.halvings(c)
}

// build makes the network, or counts what it takes.
func (c Config) build(b *layer.Builder) detector.Detector {
	k, _ := c.kind()
	return k.build(b, c)
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
// several that mean the same.
func (c Config) architecture() string {
	k, _ := c.kind()
	c = k.plain(c)
	c.Detector = k.name
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // numbers are finite in what is valid
	}
	return string(text)
}
