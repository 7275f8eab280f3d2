package layer

import (
	torch "github.com/wangkuiyi/gotorch"

	"cocostat/train/torchx"
)

// BatchNorm are the settings of a batch normalisation; those that are 0 have
// PyTorch's defaults.
type BatchNorm struct {
	Zero       bool    // the scale starts at 0 instead of 1
	Eps        float64 // added to the variance; 0 means 1e-5
	Momentum   float64 // of a batch in the running statistics; 0 means 0.1
	Activation torchx.Activation
}

// Norm is a batch normalisation and the activation that follows it.
type Norm struct {
	torchx.Norm
	name   string
	unkept func() // of a counting builder: takes its output out of what is kept
}

// Norm makes a batch normalisation (Ioffe and Szegedy, 2015) called name.
func (b *Builder) Norm(name string, channels int, s BatchNorm) *Norm {
	before := b.cost.Kept
	b.Count(2*float64(channels), float64(channels))
	if b.counts {
		kept := b.cost.Kept - before
		return &Norm{unkept: func() { b.cost.Kept -= kept }}
	}
	if s.Eps == 0 {
		s.Eps = 1e-5
	}
	if s.Momentum == 0 {
		s.Momentum = 0.1
	}
	shape := []int64{int64(channels)}
	scale := 1.0
	if s.Zero {
		scale = 0
	}
	constant := func(v float64) func() float64 { return func() float64 { return v } }
	n := &Norm{torchx.Norm{Eps: s.Eps, Momentum: s.Momentum, Batch: true, Activation: s.Activation}, name, nil}
	n.Weight = b.parameter(name+".weight", shape, constant(scale))
	n.Bias = b.parameter(name+".bias", shape, constant(0))
	running := func(name string, first float64) torchx.Tensor {
		t := torch.Empty(shape, false)
		b.fill(t, shape, constant(first))
		b.register(Entry{Name: name, Tensor: t, Shape: shape, Buffer: true, Momentum: s.Momentum})
		return t
	}
	n.RunningMean = running(name+".running_mean", 0)
	n.RunningVar = running(name+".running_var", 1)
	b.network.norms = append(b.network.norms, n)
	return n
}

// Forward normalises x.
func (n *Norm) Forward(x torchx.Tensor) torchx.Tensor { return n.Add(x, torchx.Tensor{}) }

// Add normalises x and adds y before the activation.
func (n *Norm) Add(x, y torchx.Tensor) torchx.Tensor { return torchx.BatchNorm(x, &n.Norm, y) }
