package layer

import (
	"fmt"
	"math/rand/v2"

	torch "github.com/wangkuiyi/gotorch"

	"cocostat/train/torchx"
)

// Builder makes layers, fills their weights from a random stream of Go's, so
// that a seed gives the same network whatever libtorch, and notes what it made.
type Builder struct {
	rng     *rand.Rand
	network Network

	counts bool // nothing is made: cost is what would be
	area   float64
	stride float64
	cost   Cost
}

// NewBuilder returns a builder that draws weights from seed.
func NewBuilder(seed uint64) *Builder {
	return &Builder{rng: rand.New(rand.NewPCG(seed, 0x6d6f64656c)), stride: 1}
}

// NewCounter returns a builder that makes nothing, and counts the cost for images
// of so many pixels. Its layers are nil.
func NewCounter(pixels float64) *Builder { return &Builder{counts: true, area: pixels, stride: 1} }

// Counts reports whether the builder only counts.
func (b *Builder) Counts() bool { return b.counts }

// Network returns all that was made.
func (b *Builder) Network() *Network { return &b.network }

// Parameter makes a parameter of its own, to be used by operators of torchx,
// filled by init. A counting builder returns nothing.
func (b *Builder) Parameter(name string, shape []int64, init Init) torchx.Tensor {
	if b.counts {
		return torchx.Tensor{}
	}
	fanIn, fanOut := fans(shape)
	return b.parameter(name, shape, init(fanIn, fanOut, b.rng))
}

// parameter makes a parameter whose elements are next().
func (b *Builder) parameter(name string, shape []int64, next func() float64) torchx.Tensor {
	t := torch.Empty(shape, true)
	b.fill(t, shape, next)
	b.register(Entry{Name: name, Tensor: t, Shape: shape})
	return t
}

// fans returns the inputs to each output, and the outputs of each input, of a
// weight O,I,K,K.
func fans(shape []int64) (in, out int) {
	if len(shape) < 2 {
		return 1, 1
	}
	kernel := 1
	for _, s := range shape[2:] {
		kernel *= int(s)
	}
	return int(shape[1]) * kernel, int(shape[0]) * kernel
}

func (b *Builder) register(e Entry) { b.network.entries = append(b.network.entries, e) }

// fill writes next() to every element of t.
func (b *Builder) fill(t torchx.Tensor, shape []int64, next func() float64) {
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

// Double makes a 4×4 transposed convolution that doubles both sides, without
// bias. Weights nil are drawn as in HeNormal for the 2×2 inputs of every channel
// that an output cell sees.
func (b *Builder) Double(name string, in, out int, weights Init) Layer {
	b.stride /= 2
	b.Count(16*float64(in)*float64(out), float64(out))
	if b.counts {
		return nil
	}
	if weights == nil {
		weights = func(_, _ int, rng *rand.Rand) func() float64 { return HeNormal(0, 4*in, rng) }
	}
	weight := b.Parameter(name+".weight", []int64{int64(in), int64(out), 4, 4}, weights)
	return doubling{weight}
}

type doubling struct{ weight torchx.Tensor }

func (d doubling) Forward(x torchx.Tensor) torchx.Tensor { return torchx.Double(x, d.weight) }

// Sub is the name of the i-th module of a list.
func Sub(prefix string, i int) string { return fmt.Sprintf("%s.%d", prefix, i) }
