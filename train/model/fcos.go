package model

import (
	"cocostat/train/backbone"
	"cocostat/train/detector"
	"cocostat/train/fcos"
	"cocostat/train/layer"
)

// FCOS is "FCOS: fully convolutional one-stage object detection" (Tian et al.,
// ICCV 2019).
const FCOS = "fcos"

var fcosKind = kind{
	name: FCOS, title: "FCOS",
	publish:  func(c *Config) { c.FCOS = fcos.Default() },
	validate: func(c Config) error { return c.FCOS.Validate() },
	halvings: func(Config) int { return backbone.Full.Halvings },
	plain: func(c Config) Config { // how it is trained and tested counts, too
		c.FCOS.Prior = 0
		return c
	},
	build: func(b *layer.Builder, c Config) detector.Detector {
		return fcos.New(b, c.Backbone, c.Width, c.Classes, c.FCOS)
	},
}

// CountsCells reports whether n_{i,k} counts what the targets hold of objects, and
// not these: an FCOS's positive cells.
func (c Config) CountsCells() bool { return c.FCOS.Count == fcos.CountCells }
