package model

import (
	"fmt"
	"math"
	"math/rand/v2"

	torch "github.com/wangkuiyi/gotorch"
	"github.com/wangkuiyi/gotorch/nn"

	"cocostat/train/torchx"
)

// Entry is a named tensor of a model.
type Entry struct {
	Name   string
	Tensor torchx.Tensor
	Shape  []int64
	Buffer bool // not trained: a running statistic
}

// builder makes layers, fills their weights from a random stream of Go's, so
// that a seed gives the same network whatever libtorch, and notes what it made.
type builder struct {
	rng     *rand.Rand
	entries []Entry
	norms   []*nn.BatchNorm2dModule

	counts bool    // nothing is made: cost is what would be
	side   float64 // of the current features, in cells
	cost   Cost
}

func (b *builder) register(name string, t torchx.Tensor, buffer bool, shape ...int64) {
	b.entries = append(b.entries, Entry{name, t, shape, buffer})
}

// fill writes next() to every element of t.
func (b *builder) fill(t torchx.Tensor, shape []int64, next func() float64) {
	n := int64(1)
	for _, s := range shape {
		n *= s
	}
	data := make([]float32, n)
	for i := range data {
		data[i] = float32(next())
	}
	if err := torchx.Write(t, data); err != nil {
		panic(err)
	}
}

func (b *builder) normal(std float64) func() float64 {
	return func() float64 { return std * b.rng.NormFloat64() }
}

func constant(v float64) func() float64 { return func() float64 { return v } }

// convSpec describes a convolution with square kernels and "same" padding.
type convSpec struct {
	in, out, kernel, stride, groups int
	bias                            bool
	std                             float64 // of the weights; 0 means He et al., fan out
}

// count adds a layer with so many parameters whose output has so many channels.
func (b *builder) count(parameters, channels float64) {
	n := channels * b.side * b.side
	b.cost.Parameters += parameters
	b.cost.Activations += n
	b.cost.Largest = max(b.cost.Largest, n)
}

// conv makes a convolution named name. Its weights are drawn as in "Delving
// deep into rectifiers" (He et al., 2015), keeping the variance of gradients.
func (b *builder) conv(name string, s convSpec) layer {
	b.side /= float64(s.stride)
	parameters := float64(s.out) * float64(s.in/s.groups) * float64(s.kernel*s.kernel)
	if s.bias {
		parameters += float64(s.out)
	}
	b.count(parameters, float64(s.out))
	if b.counts {
		return nil
	}
	c := nn.Conv2d(int64(s.in), int64(s.out), int64(s.kernel), int64(s.stride), int64(s.kernel/2), 1, int64(s.groups), s.bias, "zeros")
	shape := []int64{int64(s.out), int64(s.in / s.groups), int64(s.kernel), int64(s.kernel)}
	std := s.std
	if std == 0 {
		std = math.Sqrt(2 / float64(s.out/s.groups*s.kernel*s.kernel))
	}
	b.fill(c.Weight, shape, b.normal(std))
	b.register(name+".weight", c.Weight, false, shape...)
	if s.bias {
		b.fill(c.Bias, shape[:1], constant(0))
		b.register(name+".bias", c.Bias, false, shape[0])
	}
	return c
}

// norm makes a batch normalisation (Ioffe and Szegedy, 2015) whose scale
// starts at gamma.
func (b *builder) norm(name string, channels int, gamma float64) layer {
	b.count(2*float64(channels), float64(channels))
	if b.counts {
		return nil
	}
	n := nn.BatchNorm2d(int64(channels), 1e-5, 0.1, true, true)
	c := int64(channels)
	b.fill(n.Weight, []int64{c}, constant(gamma))
	b.register(name+".weight", n.Weight, false, c)
	b.register(name+".bias", n.Bias, false, c)
	b.register(name+".running_mean", n.RunningMean, true, c)
	b.register(name+".running_var", n.RunningVar, true, c)
	b.norms = append(b.norms, n)
	return n
}

// double makes a 4×4 transposed convolution that doubles both sides, its
// weights drawn as conv's; each output cell sees 2×2 inputs of every channel.
func (b *builder) double(name string, in, out int) layer {
	shape := []int64{int64(in), int64(out), 4, 4}
	b.side *= 2
	b.count(16*float64(in)*float64(out), float64(out))
	if b.counts {
		return nil
	}
	weight := torch.Empty(shape, true)
	b.fill(weight, shape, b.normal(math.Sqrt(2/float64(4*in))))
	b.register(name+".weight", weight, false, shape...)
	return layerFunc(func(x torchx.Tensor) torchx.Tensor { return torchx.Double(x, weight) })
}

func sub(prefix string, i int) string { return fmt.Sprintf("%s.%d", prefix, i) }
