package torchx_test

import (
	"math/rand/v2"
	"testing"

	torch "github.com/wangkuiyi/gotorch"
	"github.com/wangkuiyi/gotorch/nn/functional"

	"cocostat/train/torchx"
)

// libtorch's own transposed convolution is the reference, for values and both
// gradients, in both memory layouts.
func TestDoubleEqualsTransposedConvolution(t *testing.T) {
	likeCUDA(t, func(t *testing.T) {
		const b, in, out, h, w = 2, 3, 5, 4, 6
		r := rand.New(rand.NewPCG(3, 1))
		data, kernel := normal(r, b*in*h*w, 1), normal(r, in*out*16, 1)
		upstream := normal(r, b*out*4*h*w, 1)
		type result struct{ y, dx, dw []float32 }
		run := func(layout torchx.Layout, double func(x, weight torchx.Tensor) torchx.Tensor) (res result) {
			step(t, func() {
				x, weight := leaf(t, data, b, in, h, w), leaf(t, kernel, in, out, 4, 4)
				ok(t, torchx.Move(x, "cpu", layout))
				y := double(x, weight)
				scaled := torch.Mul(y, floats(t, upstream, b, out, 2*h, 2*w))
				ok(t, torchx.Backward(scaled.Sum()))
				res = result{read(t, y, len(upstream)), gradient(t, x, len(data)), gradient(t, weight, len(kernel))}
			})
			return res
		}
		want := run(torchx.Contiguous, func(x, weight torchx.Tensor) torchx.Tensor {
			two, one, none := []int64{2, 2}, []int64{1, 1}, []int64{0, 0}
			return functional.ConvTranspose2d(x, weight, torchx.Tensor{}, two, one, none, 1, one)
		})
		for _, layout := range []torchx.Layout{torchx.Contiguous, torchx.ChannelsLast} {
			got := run(layout, torchx.Double)
			for _, c := range []struct {
				name      string
				got, want []float32
			}{{"value", got.y, want.y}, {"gradient of x", got.dx, want.dx}, {"gradient of the weight", got.dw, want.dw}} {
				for i := range c.want {
					near(t, c.name, float64(c.got[i]), float64(c.want[i]), 1e-5)
				}
			}
		}
	})
}
