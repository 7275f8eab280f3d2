package layer

import (
	"math"
	"math/rand/v2"

	"cocostat/train/torchx"
)

// UpDepthwise makes a transposed convolution of each channel by itself that
// enlarges both sides by a factor of 2, 4 or 8, without bias. It begins as linear
// interpolation.
func (b *Builder) UpDepthwise(name string, channels, factor int) Layer {
	kernel := 2 * factor
	b.stride /= float64(factor)
	b.Count(float64(channels*kernel*kernel), float64(channels))
	weight := b.Parameter(name+".weight", []int64{int64(channels), 1, int64(kernel), int64(kernel)}, Bilinear(factor))
	if b.counts {
		return nil
	}
	return Func(func(x torchx.Tensor) torchx.Tensor { return torchx.UpDepthwise(x, weight, factor) })
}

// Bilinear fills kernels of 2f×2f, one after the other, with which a transposed
// convolution of stride f interpolates linearly: the product, over rows and
// columns i, of 1 − |i + 1/2 − f|/f. For f = 2 these are ¼ ¾ ¾ ¼.
func Bilinear(f int) Init {
	return func(int, int, *rand.Rand) func() float64 {
		side, n := 2*f, 0
		at := func(i int) float64 { return 1 - math.Abs(float64(i)+0.5-float64(f))/float64(f) }
		return func() float64 {
			row, column := n/side%side, n%side
			n++
			return at(row) * at(column)
		}
	}
}
