package model

import (
	"cmp"

	"cocostat/train/backbone"
	"cocostat/train/centernet"
	"cocostat/train/detector"
	"cocostat/train/layer"
)

// CenterNet is "Objects as points" (Zhou et al., 2019).
const CenterNet = "centernet"

var centerNet = kind{
	name: CenterNet, title: "CenterNet",
	publish:  func(c *Config) { c.Config = centernet.Default(c.Backbone) },
	validate: func(c Config) error { return c.Config.Validate(c.Backbone) },
	halvings: func(c Config) int { return c.Config.Halvings() },
	plain: func(c Config) Config {
		c.HeatmapBias, c.NeckInit = 0, ""
		c.Radius = cmp.Or(c.Radius, centernet.Compat.String())
		c.NeckConv, c.HeadNorm = cmp.Or(c.NeckConv, centernet.PlainConv), cmp.Or(c.HeadNorm, centernet.BatchNorm)
		return c
	},
	build: func(b *layer.Builder, c Config) detector.Detector {
		return centernet.New(b, c.Backbone, c.Width, c.Classes, c.Config)
	},
}

// Deforms reports whether there are deformable convolutions in the network.
func (c Config) Deforms() bool {
	k, _ := c.kind()
	return k.name == CenterNet && (c.NeckConv == centernet.DeformableConv || len(c.Neck) == 0 && backbone.Aggregates(c.Backbone))
}
