package train

import (
	"cocostat/balance"
	"cocostat/train/data"
	"cocostat/weights"
)

// fcosHabits are those of the authors' configs/fcos and
// fcos_core/config/defaults.py, but for the loss and the cosine, which are the
// paper's (section 5.6).
var fcosHabits = habits{
	publish: func(c *Config) {
		c.Epochs, c.Batch, c.EvalEvery = 12, 16, 1
		c.Size, c.Sides = 0, Sides{Short: []int{800}, Long: 1333}
		c.Optimiser = Optimiser{Name: SGD, Momentum: 0.9, BiasRate: 2}
		c.WarmupKind = WarmupConstant
		c.Augment = data.Augment{Flip: 0.5}
	},
	method: func(b *balance.Config) {
		b.Eta, b.Scope, b.Group, b.DeferredEpochs = 0.999, weights.ScopeBatch, 4, 3
	},
	overlap: func(c *Config) *float64 { return &c.Model.FCOS.Test.Overlap },
	lighter: []string{"--fpn-channels"},
	freeze:  FreezeStem,
}
