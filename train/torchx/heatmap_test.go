package torchx_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"cocostat/balance"
	"cocostat/train/torchx"
)

// focal is CenterNet's loss.
var focal = balance.HeatmapLoss{Gamma: balance.Gamma}

// fcos is FCOS's classification loss.
var fcos = balance.HeatmapLoss{Gamma: balance.Gamma, Alpha: balance.FCOSAlpha}

// fullShape is what the loss sees of a batch of 16 images of 512×512 with
// COCO's classes.
var fullShape = balance.Shape{16, 80, 128, 128}

// losses are the losses of a network with the given number of classes.
func losses(classes int) map[string]balance.HeatmapLoss {
	tail := make([]bool, classes)
	for i := range tail {
		tail[i] = i%3 == 0
	}
	equalised := balance.NewEqualised(tail, 0.5)
	equalisedEntropy := equalised
	equalisedEntropy.Gamma = 0
	balanced := equalised
	balanced.Alpha = 0.25
	return map[string]balance.HeatmapLoss{
		"focal":                       focal,
		"cross entropy":               {},
		"gamma 1.5":                   {Gamma: 1.5},
		"gamma 5":                     {Gamma: 5},
		"location-wise":               {Gamma: 2, Weighting: balance.LocationWise},
		"location-wise cross entropy": {Weighting: balance.LocationWise},
		"location-wise gamma 0.5":     {Gamma: 0.5, Weighting: balance.LocationWise},
		"equalised":                   equalised,
		"equalised cross entropy":     equalisedEntropy,
		"balanced":                    fcos,
		"balanced cross entropy":      {Alpha: 0.25},
		"balanced gamma 1.5":          {Gamma: 1.5, Alpha: 0.4},
		"balanced location-wise":      {Gamma: 2, Alpha: 0.25, Weighting: balance.LocationWise},
		"balanced equalised":          balanced,
	}
}

// heatmapCase is a batch for the loss.
type heatmapCase struct {
	shape                    balance.Shape
	logits, heatmap, weights []float32
}

// newCase returns normal logits of the given deviation, and a heatmap of bumps,
// with ones in their midst and many equal values.
func newCase(r *rand.Rand, shape balance.Shape, scale float64, objects int) *heatmapCase {
	n := shape[0] * shape[1] * shape[2] * shape[3]
	c := &heatmapCase{shape, normal(r, n, scale), make([]float32, n), make([]float32, shape[0]*shape[1])}
	for range objects {
		plane, y, x := r.IntN(shape[0]*shape[1]), r.IntN(shape[2]), r.IntN(shape[3])
		c.bump(plane, y, x, 1+r.IntN(1+shape[2]/8))
	}
	for i := range c.weights {
		c.weights[i] = 3 * r.Float32()
	}
	return c
}

// bump draws an object's Gaussian.
func (c *heatmapCase) bump(plane, y, x, radius int) {
	h, w := c.shape[2], c.shape[3]
	sigma := float64(2*radius+1) / 6
	for i := max(0, y-radius); i <= min(h-1, y+radius); i++ {
		for j := max(0, x-radius); j <= min(w-1, x+radius); j++ {
			g := float32(math.Exp(-float64((i-y)*(i-y)+(j-x)*(j-x)) / (2 * sigma * sigma)))
			at := &c.heatmap[(plane*h+i)*w+j]
			*at = max(*at, g)
		}
	}
}

// reference is the float64 loss.
func (c *heatmapCase) reference(l balance.HeatmapLoss) (float64, []float64) {
	return l.Compute(widen(c.logits), widen(c.heatmap), widen(c.weights), c.shape)
}

func (c *heatmapCase) tensors(t testing.TB) (x, heatmap, weights torchx.Tensor) {
	t.Helper()
	b, ch, h, w := int64(c.shape[0]), int64(c.shape[1]), int64(c.shape[2]), int64(c.shape[3])
	return leaf(t, c.logits, b, ch, h, w), floats(t, c.heatmap, b, ch, h, w), floats(t, c.weights, b, ch)
}

// run returns loss and gradient of torchx.
func (c *heatmapCase) run(t testing.TB, l balance.HeatmapLoss, layout torchx.Layout) (value float32, grad []float32) {
	t.Helper()
	return c.runOn(t, "cpu", l, layout)
}

func (c *heatmapCase) runOn(t testing.TB, device string, l balance.HeatmapLoss, layout torchx.Layout) (value float32, grad []float32) {
	t.Helper()
	step(t, func() {
		x, heatmap, weights := c.tensors(t)
		ok(t, torchx.Move(x, device, layout))
		ok(t, torchx.Move(heatmap, device, torchx.Contiguous))
		ok(t, torchx.Move(weights, device, torchx.Contiguous))
		loss := torchx.Heatmap(x, heatmap, weights, l)
		ok(t, torchx.Backward(loss))
		var err error
		value, err = torchx.Scalar(loss)
		ok(t, err)
		grad = gradient(t, x, len(c.logits))
	})
	return value, grad
}

// equalsReference compares with the reference: the loss to 1e-6 of itself, the
// gradient to 1e-5 of each number.
func (c *heatmapCase) equalsReference(t *testing.T, l balance.HeatmapLoss, layout torchx.Layout) {
	t.Helper()
	c.equalsReferenceOn(t, "cpu", l, layout)
}

func (c *heatmapCase) equalsReferenceOn(t *testing.T, device string, l balance.HeatmapLoss, layout torchx.Layout) {
	t.Helper()
	want, wantGrad := c.reference(l)
	loss, grad := c.runOn(t, device, l, layout)
	if !(math.Abs(float64(loss)-want) <= 1e-6*want) {
		t.Errorf("loss %.9g, want %.9g", loss, want)
	}
	for i, g := range grad {
		if !(math.Abs(float64(g)-wantGrad[i]) <= 1e-5*math.Abs(wantGrad[i])+1e-37) {
			t.Errorf("gradient[%d] (logit %g, heatmap %g): %.9g, want %.9g", i, c.logits[i], c.heatmap[i], g, wantGrad[i])
			return
		}
	}
}

// useKernel switches to a kernel and returns what switches back.
func useKernel(t testing.TB, name string) (restore func()) {
	t.Helper()
	ok(t, torchx.UseKernel(name))
	return func() { ok(t, torchx.UseKernel(torchx.Kernels()[0])) }
}

// ownKernels are the kernels of this machine whose results do not depend on the number
// of threads: the others multiply matrices and sum with libtorch.
func ownKernels() []string { return torchx.Kernels()[:len(torchx.Kernels())-2] }

// likeCUDA runs a test with the kernels of this machine, and with those operators of
// libtorch and that source that a CUDA device uses.
func likeCUDA(t *testing.T, test func(t *testing.T)) {
	for _, kernel := range []string{torchx.Kernels()[0], "cuda-source"} {
		t.Run(kernel, func(t *testing.T) {
			defer useKernel(t, kernel)()
			test(t)
		})
	}
}

// eachKernel runs a test with every kernel of this machine.
func eachKernel(t *testing.T, test func(t *testing.T)) {
	for _, kernel := range torchx.Kernels() {
		t.Run(kernel, func(t *testing.T) {
			defer useKernel(t, kernel)()
			test(t)
		})
	}
}

// Package balance is the reference, in float64. The shapes have strips and
// groups of cells that end early; the last deviations reach the clamp.
func TestHeatmapEqualsReference(t *testing.T) {
	shapes := []balance.Shape{{2, 3, 4, 5}, {1, 1, 8, 8}, {1, 1, 1, 1}, {3, 2, 5, 7}, {1, 4, 65, 67}, {2, 80, 16, 16}}
	eachKernel(t, func(t *testing.T) {
		for i, shape := range shapes {
			for name, l := range losses(shape[1]) {
				for j, scale := range []float64{2, 8} {
					c := newCase(rand.New(rand.NewPCG(7, uint64(10*i+j))), shape, scale, 2+shape[0]*shape[1])
					for _, layout := range []torchx.Layout{torchx.Contiguous, torchx.ChannelsLast} {
						t.Run(fmt.Sprintf("%s %v ±%v layout %d", name, shape, scale, layout), func(t *testing.T) {
							c.equalsReference(t, l, layout)
						})
					}
				}
			}
		}
	})
}

func TestHeatmapOfFullSize(t *testing.T) {
	if testing.Short() {
		t.Skip("21 million cells take a while")
	}
	c := newCase(rand.New(rand.NewPCG(1, 1)), fullShape, 2, 120)
	tail := make([]bool, fullShape[1])
	tail[3] = true
	for name, l := range map[string]balance.HeatmapLoss{
		"focal": focal, "cross entropy": {}, "location-wise": {Gamma: 2, Weighting: balance.LocationWise}, "equalised": balance.NewEqualised(tail, 0.5),
	} {
		t.Run(name, func(t *testing.T) { c.equalsReference(t, l, torchx.Contiguous) })
	}
}

// Equal largest values give the location to the first class.
func TestLocationWiseTies(t *testing.T) {
	c := &heatmapCase{balance.Shape{1, 3, 1, 2}, []float32{0.1, -0.2, 0.3, -0.4, 0.5, 0.6}, []float32{0.25, 0, 0.5, 1, 0.5, 1}, []float32{2, 3, 5}}
	eachKernel(t, func(t *testing.T) {
		c.equalsReference(t, balance.HeatmapLoss{Gamma: 2, Weighting: balance.LocationWise}, torchx.Contiguous)
	})
}

// Logits at and beyond the clamp: as the reference, value and slope. The second
// number is the largest float32 that is not beyond.
func TestHeatmapExtremes(t *testing.T) {
	inf := float32(math.Inf(1))
	edge := float32(math.Nextafter32(float32(math.Log(9999)), 0))
	c := &heatmapCase{shape: balance.Shape{1, 1, 8, 8}, weights: []float32{1.5}}
	for _, x := range []float32{0, edge, float32(math.Log(9999)), math.Nextafter32(float32(math.Log(9999)), 10), 12, 89, 1e30, inf} {
		for _, g := range []float32{0, 0.5, 1, 0} {
			c.logits = append(c.logits, x, -x)
			c.heatmap = append(c.heatmap, g, g)
		}
	}
	eachKernel(t, func(t *testing.T) {
		for _, gamma := range []float64{0, 0.5, 2} {
			c.equalsReference(t, balance.HeatmapLoss{Gamma: gamma}, torchx.Contiguous)
		}
	})
}

// Nothing is clamped in the α-balanced loss: far logits cost what they say, up to
// where float32 has no exp(-|x|) any more and beyond.
func TestBalancedHeatmapExtremes(t *testing.T) {
	c := &heatmapCase{shape: balance.Shape{1, 1, 8, 8}, weights: []float32{1.5}}
	for _, x := range []float32{0, 9.3, 20, 44, 86.9, 87.1, 1000, 1e30} {
		for _, g := range []float32{0, 0.5, 1, 0} {
			c.logits = append(c.logits, x, -x)
			c.heatmap = append(c.heatmap, g, g)
		}
	}
	eachKernel(t, func(t *testing.T) {
		for _, gamma := range []float64{0, 0.5, 2, 5} {
			c.equalsReference(t, balance.HeatmapLoss{Gamma: gamma, Alpha: 0.25}, torchx.Contiguous)
		}
		// What is infinite shows, and right predictions stay free.
		for _, g := range []float32{0, 1} {
			wrong := float32(math.Inf(1 - 2*int(g)))
			d := &heatmapCase{balance.Shape{1, 1, 1, 2}, []float32{wrong, -wrong}, []float32{g, g}, []float32{1}}
			if loss, _ := d.run(t, fcos, torchx.Contiguous); !math.IsInf(float64(loss), 1) {
				t.Errorf("target %v, logit %v: loss %v", g, wrong, loss)
			}
		}
	})
}

// A logit that is not a number shows in the loss, wherever it stands.
func TestHeatmapOfNaN(t *testing.T) {
	nan := float32(math.NaN())
	eachKernel(t, func(t *testing.T) {
		for name, l := range losses(2) {
			for _, at := range []int{0, 20, 21, 24, 49} {
				c := newCase(rand.New(rand.NewPCG(2, 1)), balance.Shape{1, 2, 5, 5}, 2, 0)
				c.heatmap[20], c.heatmap[21] = 1, 0.5
				c.logits[at] = nan
				loss, grad := c.run(t, l, torchx.Contiguous)
				if loss == loss || grad[at] == grad[at] {
					t.Errorf("%s, logit %d: loss %v, gradient %v", name, at, loss, grad[at])
				}
			}
		}
	})
}

// The gradient of the loss times 3 is three times the gradient of the loss, and
// the loss can be one of several terms of the same logits.
func TestHeatmapComposes(t *testing.T) {
	c := newCase(rand.New(rand.NewPCG(3, 1)), balance.Shape{2, 3, 9, 7}, 2, 5)
	_, once := c.reference(focal)
	eachKernel(t, func(t *testing.T) {
		for _, weights := range [][]float32{{3}, {1}, {1, 1}, {0.5, 2}} {
			step(t, func() {
				x, heatmap, w := c.tensors(t)
				var terms []torchx.Tensor
				total := 0.0
				for _, weight := range weights {
					terms = append(terms, torchx.Heatmap(x, heatmap, w, focal))
					total += float64(weight)
				}
				ok(t, torchx.Backward(torchx.WeightedSum(terms, weights)))
				for i, g := range gradient(t, x, len(c.logits)) {
					near(t, "gradient", float64(g), total*once[i], 1e-6)
				}
			})
		}
	})
}

// Not a bit depends on the number of threads.
func TestHeatmapOfOneAndTwoThreads(t *testing.T) {
	defer func() { ok(t, torchx.SetThreads(1)) }()
	c := newCase(rand.New(rand.NewPCG(4, 1)), balance.Shape{3, 5, 90, 110}, 3, 20)
	for _, kernel := range ownKernels() {
		defer useKernel(t, kernel)()
		for name, l := range losses(5) {
			ok(t, torchx.SetThreads(1))
			loss, grad := c.run(t, l, torchx.Contiguous)
			for _, threads := range []int{2, 3} {
				ok(t, torchx.SetThreads(threads))
				other, otherGrad := c.run(t, l, torchx.Contiguous)
				if other != loss {
					t.Errorf("%s, %s: loss %v with %d threads, %v with one", kernel, name, other, threads, loss)
				}
				for i := range grad {
					if grad[i] != otherGrad[i] {
						t.Fatalf("%s, %s: gradient[%d] %v with %d threads, %v with one", kernel, name, i, otherGrad[i], threads, grad[i])
					}
				}
			}
		}
	}
}

func TestKernels(t *testing.T) {
	names := torchx.Kernels()
	if n := len(names); n < 3 || !slices.Equal(names[n-3:], []string{"baseline", "cuda-source", "operators"}) {
		t.Errorf("kernels %v", names)
	}
	if err := torchx.UseKernel("abacus"); err == nil || !strings.Contains(err.Error(), "abacus") || !strings.Contains(err.Error(), "baseline") {
		t.Errorf("unknown kernel: %v", err)
	}
	for what, l := range map[string]balance.HeatmapLoss{
		"unknown weighting": {Weighting: "box-wise"},
		"gamma -1":          {Gamma: -1},
		"alpha 1":           {Alpha: 1},
		"2 foreground":      balance.NewEqualised(make([]bool, 2), 1),
	} {
		c := newCase(rand.New(rand.NewPCG(5, 1)), balance.Shape{1, 3, 2, 2}, 1, 1)
		err := torchx.Step(func() error {
			x, heatmap, weights := c.tensors(t)
			torchx.Heatmap(x, heatmap, weights, l)
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v, want %q", err, what)
		}
	}
}
