package torchx_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	torch "github.com/wangkuiyi/gotorch"
	"github.com/wangkuiyi/gotorch/nn/functional"

	"cocostat/train/torchx"
)

// upResult is the value and the gradients of an upsampling.
type upResult struct{ y, dx, dw []float32 }

// runUp upsamples B,C,H,W numbers by f.
func runUp(t *testing.T, shape [4]int64, f int64, layout torchx.Layout, up func(x, weight torchx.Tensor) torchx.Tensor) (res upResult) {
	t.Helper()
	r := rand.New(rand.NewPCG(11, uint64(f)))
	b, c, h, w := shape[0], shape[1], shape[2], shape[3]
	data, kernel := normal(r, count(shape[:]), 1), normal(r, int(4*f*f*c), 1)
	upstream := normal(r, len(data)*int(f*f), 1)
	step(t, func() {
		x, weight := leaf(t, data, b, c, h, w), leaf(t, kernel, c, 1, 2*f, 2*f)
		ok(t, torchx.Move(x, "cpu", layout))
		y := up(x, weight)
		scaled := torch.Mul(y, floats(t, upstream, b, c, f*h, f*w))
		ok(t, torchx.Backward(scaled.Sum()))
		res = upResult{read(t, y, len(upstream)), gradient(t, x, len(data)), gradient(t, weight, len(kernel))}
	})
	return res
}

// upShapes have bands of rows that end early, odd numbers of channels, and a
// single cell.
var upShapes = [][4]int64{{2, 5, 19, 3}, {1, 16, 33, 4}, {3, 2, 1, 1}}

// libtorch's own transposed convolution is the reference.
func TestUpDepthwiseEqualsTransposedConvolution(t *testing.T) {
	likeCUDA(t, func(t *testing.T) {
		for _, shape := range upShapes {
			for _, f := range []int64{2, 4, 8} {
				want := runUp(t, shape, f, torchx.Contiguous, func(x, weight torchx.Tensor) torchx.Tensor {
					both := func(n int64) []int64 { return []int64{n, n} }
					return functional.ConvTranspose2d(x, weight, torchx.Tensor{}, both(f), both(f/2), both(0), shape[1], both(1))
				})
				for _, layout := range []torchx.Layout{torchx.Contiguous, torchx.ChannelsLast} {
					got := runUp(t, shape, f, layout, func(x, weight torchx.Tensor) torchx.Tensor { return torchx.UpDepthwise(x, weight, int(f)) })
					for _, c := range []struct {
						name      string
						got, want []float32
					}{{"value", got.y, want.y}, {"gradient of x", got.dx, want.dx}, {"gradient of the weight", got.dw, want.dw}} {
						for i := range c.want {
							near(t, fmt.Sprintf("%v by %d, %s[%d]", shape, f, c.name, i), float64(c.got[i]), float64(c.want[i]), 1e-5)
						}
					}
				}
			}
		}
	})
}

// Not a bit depends on the number of threads.
func TestUpDepthwiseOfOneAndTwoThreads(t *testing.T) {
	defer func() { ok(t, torchx.SetThreads(1)) }()
	var first upResult
	for threads := 1; threads <= 3; threads++ {
		ok(t, torchx.SetThreads(threads))
		got := runUp(t, [4]int64{3, 8, 40, 9}, 2, torchx.ChannelsLast, func(x, weight torchx.Tensor) torchx.Tensor { return torchx.UpDepthwise(x, weight, 2) })
		if threads == 1 {
			first = got
		} else if !slices.Equal(got.y, first.y) || !slices.Equal(got.dx, first.dx) || !slices.Equal(got.dw, first.dw) {
			t.Errorf("%d threads give other bits than one", threads)
		}
	}
}
