package torchx_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	torch "github.com/wangkuiyi/gotorch"

	"cocostat/train/torchx"
)

// normCase is a batch for group normalisation, with a gradient from above.
type normCase struct {
	images, channels, height, width, groups int
	x, weight, bias, upstream               []float32
}

const normEps = 1e-5

// newNormCase returns maps of deviation 1 around mean.
func newNormCase(images, channels, height, width, groups int, mean float32) *normCase {
	r := rand.New(rand.NewPCG(12, uint64(channels)))
	n := images * channels * height * width
	c := &normCase{images, channels, height, width, groups, normal(r, n, 1), normal(r, channels, 1), normal(r, channels, 1), normal(r, n, 1)}
	for i := range c.x {
		c.x[i] += mean
	}
	return c
}

// reference is y = (x−μ)/√(σ²+eps)·w + b and its gradients, in float64: with
// z = (x−μ)/√(σ²+eps) and means over a group,
//
//	dx = (w·dy − mean(w·dy) − z·mean(w·dy·z)) / √(σ²+eps)
func (c *normCase) reference() (y, dx, dw, db []float64) {
	cells := c.height * c.width
	y, dx = make([]float64, len(c.x)), make([]float64, len(c.x))
	dw, db = make([]float64, c.channels), make([]float64, c.channels)
	n := c.channels / c.groups * cells // numbers of a group, which lie together
	for from := 0; from < len(c.x); from += n {
		x, up := widen(c.x[from:][:n]), widen(c.upstream[from:][:n])
		channel := func(i int) int { return (from + i) / cells % c.channels }
		var mean, variance, straight, along float64
		for _, v := range x {
			mean += v / float64(n)
		}
		for _, v := range x {
			variance += (v - mean) * (v - mean) / float64(n)
		}
		root := math.Sqrt(variance + normEps)
		for i, v := range x {
			z, k := (v-mean)/root, channel(i)
			y[from+i] = z*float64(c.weight[k]) + float64(c.bias[k])
			dw[k] += up[i] * z
			db[k] += up[i]
			straight += float64(c.weight[k]) * up[i] / float64(n)
			along += float64(c.weight[k]) * up[i] * z / float64(n)
		}
		for i, v := range x {
			dx[from+i] = (float64(c.weight[channel(i)])*up[i] - straight - (v-mean)/root*along) / root
		}
	}
	return y, dx, dw, db
}

func (c *normCase) run(t *testing.T, layout torchx.Layout) (y, dx, dw, db []float32) {
	t.Helper()
	shape := []int64{int64(c.images), int64(c.channels), int64(c.height), int64(c.width)}
	step(t, func() {
		x, weight, bias := leaf(t, c.x, shape...), leaf(t, c.weight, shape[1]), leaf(t, c.bias, shape[1])
		ok(t, torchx.Move(x, "cpu", layout))
		out := torchx.GroupNorm(x, weight, bias, c.groups, normEps)
		y = read(t, out, len(c.x))
		scaled := torch.Mul(out, floats(t, c.upstream, shape...))
		ok(t, torchx.Backward(scaled.Sum()))
		dx, dw, db = gradient(t, x, len(c.x)), gradient(t, weight, c.channels), gradient(t, bias, c.channels)
	})
	return y, dx, dw, db
}

// Several bands of cells, the last of them short; groups of one channel and of
// all; and a mean far from 0.
func TestGroupNormEqualsDefinition(t *testing.T) {
	for _, c := range []*normCase{
		newNormCase(2, 6, 13, 23, 3, 0), newNormCase(1, 4, 3, 2, 4, 0), newNormCase(2, 5, 8, 16, 1, 0), newNormCase(1, 8, 16, 17, 2, 30),
	} {
		wantY, wantDx, wantDw, wantDb := c.reference()
		for _, layout := range []torchx.Layout{torchx.Contiguous, torchx.ChannelsLast} {
			y, dx, dw, db := c.run(t, layout)
			for _, part := range []struct {
				name      string
				got       []float32
				want      []float64
				tolerance float64
			}{{"value", y, wantY, 2e-5}, {"gradient of x", dx, wantDx, 2e-5}, {"gradient of the weight", dw, wantDw, 1e-4}, {"gradient of the bias", db, wantDb, 1e-5}} {
				for i, w := range part.want {
					near(t, fmt.Sprintf("%d channels, layout %d, %s[%d]", c.channels, layout, part.name, i), float64(part.got[i]), w, part.tolerance)
				}
			}
		}
	}
}

// Not a bit depends on the number of threads, and NaN shows in its group alone.
func TestGroupNormOfOneAndTwoThreads(t *testing.T) {
	defer func() { ok(t, torchx.SetThreads(1)) }()
	c := newNormCase(3, 8, 20, 31, 4, 1)
	ok(t, torchx.SetThreads(1))
	y, dx, dw, db := c.run(t, torchx.ChannelsLast)
	for threads := 2; threads <= 3; threads++ {
		ok(t, torchx.SetThreads(threads))
		y2, dx2, dw2, db2 := c.run(t, torchx.ChannelsLast)
		if !slices.Equal(y, y2) || !slices.Equal(dx, dx2) || !slices.Equal(dw, dw2) || !slices.Equal(db, db2) {
			t.Errorf("%d threads give other bits than one", threads)
		}
	}
	c.x[0] = float32(math.NaN())
	y, _, _, _ = c.run(t, torchx.ChannelsLast)
	group := 2 * 20 * 31
	for i, v := range y {
		if (v != v) != (i < group) {
			t.Fatalf("NaN in group 0: value[%d] is %v", i, v)
		}
	}
}
