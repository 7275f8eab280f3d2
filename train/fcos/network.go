package fcos

import (
	"cocostat/train/backbone"
	"cocostat/train/detector"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// Detector is an FCOS.
type Detector struct {
	*layer.Network
	classes int
	config  Config
	body    *backbone.Backbone
	stages  [fromBackbone]int // of the backbone, that give C3 to C5
	pyramid *pyramid
	head    *head
}

// New makes an FCOS on a backbone of the given name and width. The configuration
// must be valid.
func New(b *layer.Builder, name string, width float64, classes int, c Config) *Detector {
	d := &Detector{Network: b.Network(), classes: classes, config: c}
	d.body = backbone.New(b, "backbone", name, backbone.Options{Width: width, Halvings: 5})
	var channels [fromBackbone]int
	for i := range channels {
		stage, has := d.body.At(Strides[i])
		if !has {
			panic("fcos: " + name + " has no map of every stride from 8 to 32")
		}
		d.stages[i], channels[i] = stage, d.body.Stages[stage].Channels
	}
	d.pyramid = newPyramid(b, "fpn", channels, c.Channels)
	d.head = newHead(b, "head", c.Channels, classes, c.Prior)
	return d
}

// Backbone returns the backbone.
func (d *Detector) Backbone() *backbone.Backbone { return d.body }

// The tensors of an output.
const (
	logits = iota
	distances
	centreness
	outputs
)

// Forward runs the network on images; the output is logits, distances and
// centre-ness of the cells, of the shapes in the package documentation.
func (d *Detector) Forward(images torchx.Tensor) detector.Output {
	out := make(detector.Output, outputs)
	out[logits], out[distances], out[centreness] = d.head.forward(d.pyramid.forward(d.taken(images)))
	return out
}

// taken returns the backbone's maps that the pyramid takes.
func (d *Detector) taken(images torchx.Tensor) (taken [fromBackbone]torchx.Tensor) {
	maps := d.body.Forward(images)
	next := 0
	for i, m := range maps {
		if next < fromBackbone && d.stages[next] == i {
			taken[next] = m
			next++
			continue
		}
		torchx.Release(m)
	}
	return taken
}
