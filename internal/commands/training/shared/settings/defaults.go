package settings

import (
	"slices"

	"github.com/spf13/pflag"

	"cocostat/internal/cli"
	"cocostat/train"
	"cocostat/train/backbone"
	"cocostat/train/data"
)

// resolveDefaults gives what was not set the values that belong to the detector
// and the backbone.
func (o *Training) resolveDefaults(set *pflag.FlagSet) error {
	c := &o.Config
	d := train.DefaultConfigOf(c.Model.Detector, c.Model.Backbone)
	for name, take := range map[string]func(){
		"batch":        func() { c.Batch = d.Batch },
		"eval-every":   func() { c.EvalEvery = d.EvalEvery },
		"epochs":       func() { c.Epochs = d.Epochs },
		"weight-decay": func() { c.WeightDecay = d.WeightDecay },
		"warmup-kind":  func() { c.WarmupKind = d.WarmupKind },
		"augment":      func() { o.augment = augmentName(d.Augment) },
	} {
		if !set.Changed(name) {
			take()
		}
	}
	o.resolveOptimiser(set, d.Optimiser)
	if !set.Changed("freeze") && c.Pretrained != "" && !backbone.IsMobile(c.Model.Backbone) {
		c.Freeze = c.PretrainedFreeze()
	}
	return o.resolveSides(set, d)
}

// resolveOptimiser completes the optimiser: the settings of the detector's own do
// not go with another one.
func (o *Training) resolveOptimiser(set *pflag.FlagSet, d train.Optimiser) {
	own := &o.Config.Optimiser
	if !set.Changed("optimiser") {
		own.Name = d.Name
	}
	if own.Name != d.Name {
		d = train.Optimiser{Momentum: 0.9}
		if own.Name != train.SGD {
			d.Momentum = 0
		}
	}
	if !set.Changed("momentum") {
		own.Momentum = d.Momentum
	}
	if !set.Changed("bias-rate") {
		own.BiasRate = d.BiasRate
	}
}

// resolveSides completes the size of the inputs: squares, or shorter and longer
// sides.
func (o *Training) resolveSides(set *pflag.FlagSet, d train.Config) error {
	c := &o.Config
	size, short, long := set.Changed("size"), set.Changed("short-side"), set.Changed("long-side")
	switch {
	case size && (short || long):
		return cli.Usagef("--size makes squares of the images, --short-side and --long-side scale them by their sides: name one of them")
	case long && !short:
		return cli.Usagef("--long-side needs --short-side")
	case size:
	case !short:
		c.Size, c.Sides = d.Size, d.Sides
	default:
		c.Size = 0
		if !long {
			most := 0
			for _, s := range c.Sides.Short {
				most = max(most, s)
			}
			c.Sides.Long = most * 5 / 3 // 1333 for 800
		}
	}
	return nil
}

// displacedBy are settings of a recipe that lose their meaning when others are
// given: one size of the inputs by the other, a number of batches by another size
// of them, and a learning rate by another step or length, for which it was not
// published.
var displacedBy = map[string][]string{
	"size": {"short-side", "long-side"}, "short-side": {"size"}, "long-side": {"size", "short-side"},
	"lr": {"batch", "accumulate", "epochs"}, "accumulate": {"batch"},
}

// Displaced reports whether a flag of a recipe has no meaning beside those that
// were given.
func Displaced(name string, given func(name string) bool) bool {
	return slices.ContainsFunc(displacedBy[name], given)
}

// augmentations are the values of --augment.
var augmentations = []string{"centernet", "light", "flip", "none"}

// augmentation returns the named set of augmentations.
func augmentation(name string) (data.Augment, error) {
	full := data.CenterNetAugment()
	switch name {
	case "centernet":
		return full, nil
	case "light":
		return data.Augment{MinScale: 0.8, MaxScale: 1.1, ScaleStep: 0.1, Flip: 0.5, Jitter: 0.2}, nil
	case "flip":
		return data.Augment{Flip: 0.5}, nil
	case "none":
		return data.Augment{}, nil
	}
	return full, cli.Usagef("unknown --augment %q: use centernet, light, flip or none", name)
}

// augmentName is the inverse of augmentation.
func augmentName(a data.Augment) string {
	for _, name := range augmentations {
		if named, err := augmentation(name); err == nil && named == a {
			return name
		}
	}
	panic("an augmentation without a name")
}
