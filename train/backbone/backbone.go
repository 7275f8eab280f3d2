package backbone

import (
	"fmt"
	"slices"
	"strings"

	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// Options are the settings of a backbone.
type Options struct {
	Width    float64 // multiplier of the channels, in [0.1, 4]; 1 where there is none
	Halvings int     // how often the image is halved, 3 to 5: the last stages that would go beyond keep their resolution
}

// Full are the options of the published networks.
var Full = Options{Width: 1, Halvings: 5}

// kind is an entry of the table of backbones.
type kind struct {
	name   string
	mobile bool // a MobileNet
	widths bool // Options.Width has a meaning
	shapes bool // Options.Halvings can be less than 5
	levels bool // it was published with a neck that aggregates all its maps
	make   func(b *layer.Builder, prefix string, o Options) *Backbone
}

// kinds are the backbones.
var kinds = []kind{
	{name: "mobilenet_v2", mobile: true, widths: true, shapes: true, make: mobileNetV2},
	{name: "mobilenet_v3_large", mobile: true, widths: true, shapes: true, make: mobileNetV3Large},
	{name: "resnet18", shapes: true, make: resNet([4]int{2, 2, 2, 2}, basicBlock)},
	{name: "resnet34", shapes: true, make: resNet([4]int{3, 4, 6, 3}, basicBlock)},
	{name: "resnet50", shapes: true, make: resNet([4]int{3, 4, 6, 3}, bottleneck)},
	{name: "resnet101", shapes: true, make: resNet([4]int{3, 4, 23, 3}, bottleneck)},
	{name: "dla34", levels: true, make: dla34},
}

// Names returns the names of all backbones.
func Names() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

func find(name string) (kind, bool) {
	for _, k := range kinds {
		if k.name == name {
			return k, true
		}
	}
	return kind{}, false
}

// IsMobile reports whether a backbone is a MobileNet.
func IsMobile(name string) bool {
	k, _ := find(name)
	return k.mobile
}

// HasWidths reports whether a backbone has a multiplier of its channels.
func HasWidths(name string) bool {
	k, _ := find(name)
	return k.widths
}

// Aggregates reports whether a backbone was published with a neck of its own, which
// aggregates its maps of all strides.
func Aggregates(name string) bool {
	k, _ := find(name)
	return k.levels
}

// Check reports options that a backbone does not have.
func Check(name string, o Options) error {
	k, known := find(name)
	switch {
	case !known:
		return fmt.Errorf("backbone: unknown backbone %q; there is %s", name, strings.Join(Names(), ", "))
	case !(o.Width >= 0.1 && o.Width <= 4):
		return fmt.Errorf("backbone: width multiplier %g is outside [0.1, 4]", o.Width)
	case o.Width != 1 && !k.widths:
		return fmt.Errorf("backbone: %s has no width multiplier: leave the width at 1", name)
	case o.Halvings < 3 || o.Halvings > 5:
		return fmt.Errorf("backbone: an image is halved 3 to 5 times, not %d", o.Halvings)
	case o.Halvings != 5 && !k.shapes:
		return fmt.Errorf("backbone: %s halves the image 5 times, not %d", name, o.Halvings)
	}
	return nil
}

// New makes the backbone of a name, with options that Check accepts.
func New(b *layer.Builder, prefix, name string, o Options) *Backbone {
	k, known := find(name)
	if !known {
		panic("backbone: " + name)
	}
	b.At(1)
	return k.make(b, prefix, o)
}

// Stage is a part of a backbone, from one of its maps to the next.
type Stage struct {
	Layers   layer.Chain
	Stride   int // of what it gives, in pixels
	Channels int
	Entries  int // of the network, those of this stage and of all before it
}

// Backbone is a network from images to maps of growing stride.
type Backbone struct{ Stages []Stage }

// Forward runs the backbone on images, B,3,H,W, and returns what every stage
// gives, B,Channels,H/Stride,W/Stride.
func (n *Backbone) Forward(images torchx.Tensor) []torchx.Tensor {
	maps := make([]torchx.Tensor, len(n.Stages))
	x := images
	for i, s := range n.Stages {
		x = s.Layers.Forward(x)
		maps[i] = x
	}
	return maps
}

// Last runs the backbone and returns the last map alone.
func (n *Backbone) Last(images torchx.Tensor) torchx.Tensor {
	x := images
	for i, s := range n.Stages {
		next := s.Layers.Forward(x)
		if i > 0 {
			torchx.Release(x)
		}
		x = next
	}
	return x
}

// Fold makes the backbone for inference.
func (n *Backbone) Fold(f *layer.Folder) *Backbone {
	folded := &Backbone{slices.Clone(n.Stages)}
	for i, s := range n.Stages {
		folded.Stages[i].Layers = f.Chain(s.Layers)
	}
	return folded
}

// At returns the index of the stage whose map has a stride: the last one, if
// several do.
func (n *Backbone) At(stride int) (stage int, has bool) {
	for i := len(n.Stages) - 1; i >= 0; i-- {
		if n.Stages[i].Stride == stride {
			return i, true
		}
	}
	return 0, false
}

// stager collects layers into stages: one ends where the stride grows.
type stager struct {
	network *layer.Network
	stages  []Stage
	layers  layer.Chain // before the first stage
}

// add appends layers that give so many channels at a stride; they begin a new
// stage if that is another one than before, at 4 and beyond.
func (s *stager) add(stride, channels int, layers ...layer.Layer) {
	if n := len(s.stages); n > 0 && s.stages[n-1].Stride == stride || n == 0 && stride < 4 {
		s.extend(channels, layers)
		return
	}
	s.stages = append(s.stages, Stage{Layers: append(s.layers, layers...), Stride: stride, Channels: channels, Entries: len(s.network.Entries())})
	s.layers = nil
}

func (s *stager) extend(channels int, layers []layer.Layer) {
	n := len(s.stages)
	if n == 0 {
		s.layers = append(s.layers, layers...)
		return
	}
	last := &s.stages[n-1]
	last.Layers, last.Channels, last.Entries = append(last.Layers, layers...), channels, len(s.network.Entries())
}
