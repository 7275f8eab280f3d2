package torchx_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	torch "github.com/wangkuiyi/gotorch"

	"cocostat/train/torchx"
)

// joint is an operator that reads what a normalisation makes of x.
type joint struct {
	name    string
	weight  func(channels int) []int64 // its shape
	bias    bool
	convolv func(x, weight, bias torchx.Tensor, n *torchx.Norm) torchx.Tensor
}

var joints = []joint{
	{"batch norm", func(c int) []int64 { return []int64{int64(c)} }, false, func(x, _, _ torchx.Tensor, n *torchx.Norm) torchx.Tensor {
		return torchx.BatchNorm(x, n, torchx.Tensor{})
	}},
	{"depthwise", func(c int) []int64 { return []int64{int64(c), 1, 3, 3} }, false, func(x, w, _ torchx.Tensor, n *torchx.Norm) torchx.Tensor {
		return torchx.Depthwise(x, w, n, 1)
	}},
	{"depthwise, stride 2", func(c int) []int64 { return []int64{int64(c), 1, 3, 3} }, false, func(x, w, _ torchx.Tensor, n *torchx.Norm) torchx.Tensor {
		return torchx.Depthwise(x, w, n, 2)
	}},
	{"pointwise", func(c int) []int64 { return []int64{19, int64(c), 1, 1} }, true, func(x, w, b torchx.Tensor, n *torchx.Norm) torchx.Tensor {
		return torchx.Pointwise(x, w, b, n)
	}},
	{"conv 3x3", func(c int) []int64 { return []int64{19, int64(c), 3, 3} }, true, func(x, w, b torchx.Tensor, n *torchx.Norm) torchx.Tensor {
		return torchx.Conv3x3(x, w, b, n)
	}},
}

// result is the value of an operator, then the gradients of x, the normalisation's
// weight and bias, and the convolution's, and the running statistics.
type result [][]float32

// run evaluates an operator on maps that lie far from 0.
func (j joint) run(t *testing.T, shape []int64, activation torchx.Activation, batch bool) (all result) {
	t.Helper()
	step(t, func() {
		r := rand.New(rand.NewPCG(5, uint64(shape[1])))
		c, n := int(shape[1]), count(shape)
		maps := normal(r, n, 1)
		for i := range maps {
			maps[i] += 3
		}
		x := leaf(t, maps, shape...)
		ok(t, torchx.Move(x, "cpu", torchx.ChannelsLast))
		weight := leaf(t, normal(r, count(j.weight(c)), 0.5), j.weight(c)...)
		bias := torchx.Tensor{}
		if j.bias {
			bias = leaf(t, normal(r, 19, 1), 19)
		}
		norm := &torchx.Norm{
			Weight: leaf(t, normal(r, c, 1), int64(c)), Bias: leaf(t, normal(r, c, 1), int64(c)),
			RunningMean: floats(t, normal(r, c, 1), int64(c)), RunningVar: floats(t, square(normal(r, c, 1)), int64(c)),
			Eps: 1e-5, Momentum: 0.1, Batch: batch, Activation: activation,
		}
		y := j.convolv(x, weight, bias, norm)
		size := mustShape(y)
		up := normal(r, count(size), 1)
		all = append(all, read(t, y, count(size)))
		scaled := torch.Mul(y, floats(t, up, size...))
		ok(t, torchx.Backward(scaled.Sum()))
		leaves := []torchx.Tensor{x, norm.Weight, norm.Bias}
		if len(j.weight(c)) > 1 {
			leaves = append(leaves, weight)
		}
		if j.bias {
			leaves = append(leaves, bias)
		}
		for _, l := range leaves {
			all = append(all, gradient(t, l, count(mustShape(l))))
		}
		all = append(all, read(t, norm.RunningMean, c), read(t, norm.RunningVar, c))
	})
	return all
}

func square(v []float32) []float32 {
	for i := range v {
		v[i] = v[i]*v[i] + 0.5
	}
	return v
}

// away is the largest distance of two lists of numbers, in parts of the largest one.
func away(got, want []float32) float64 {
	var most, far float64
	for i, w := range want {
		most = max(most, math.Abs(float64(w)))
		far = max(far, math.Abs(float64(got[i])-float64(w)))
	}
	if most == 0 {
		return far
	}
	return far / most
}

// Some have the 32 tiles of 4×4 cells from which a 3×3 convolution has a kernel.
var normShapes = [][]int64{{2, 40, 9, 14}, {1, 17, 4, 4}, {3, 96, 13, 18}, {1, 16, 1, 1}, {2, 33, 1, 7}, {33, 17, 3, 4}, {2, 32, 16, 16}}

// Every kernel gives what libtorch's own operators give. A cell whose logit lies at an
// activation's edge can fall on either side of it: of such no test is made, with the
// seeds here.
func TestNormKernelsEqualOperators(t *testing.T) {
	defer func() { ok(t, torchx.UseKernel(torchx.Kernels()[0])) }()
	names := []string{"value", "x", "scale", "shift", "weight or statistic", "bias or statistic", "mean", "variance"}
	for _, j := range joints {
		for _, shape := range normShapes {
			for activation := torchx.Identity; activation <= torchx.AfterReLU; activation++ {
				for _, batch := range []bool{true, false} {
					if batch && shape[0]*shape[2]*shape[3] < 2 {
						continue // a variance of one number
					}
					ok(t, torchx.UseKernel("operators"))
					want := j.run(t, shape, activation, batch)
					for _, kernel := range torchx.Kernels() {
						if kernel == "operators" {
							continue
						}
						ok(t, torchx.UseKernel(kernel))
						got := j.run(t, shape, activation, batch)
						for i := range want {
							if d := away(got[i], want[i]); !(d < 3e-5) {
								t.Errorf("%s of activation %d, batch %v, %v, %s: %s is %.1e away", j.name, activation, batch, shape, kernel, names[i], d)
							}
						}
					}
				}
			}
		}
	}
}

// Neither a value nor a gradient depends on the number of threads, but of 3×3
// convolutions of few tiles, which are libtorch's.
func TestNormDoesNotDependOnThreads(t *testing.T) {
	defer func() { ok(t, torchx.SetThreads(1)) }()
	for _, j := range joints {
		for _, shape := range normShapes {
			if tiles := shape[0] * ((shape[2] + 3) / 4) * ((shape[3] + 3) / 4); j.name == "conv 3x3" && tiles < 32 {
				continue
			}
			ok(t, torchx.SetThreads(1))
			want := fmt.Sprint(j.run(t, shape, torchx.ReLU6, true))
			for threads := 2; threads <= 4; threads++ {
				ok(t, torchx.SetThreads(threads))
				if got := fmt.Sprint(j.run(t, shape, torchx.ReLU6, true)); got != want {
					t.Errorf("%s of %v: %d threads give other bits", j.name, shape, threads)
				}
			}
		}
	}
}

// The running statistics by hand: of 1, 2, 3, 6 the mean is 3 and the unbiased
// variance (4+1+0+9)/3.
func TestNormNotesStatistics(t *testing.T) {
	step(t, func() {
		one := func(v float32) torchx.Tensor { return floats(t, []float32{v}, 1) }
		n := &torchx.Norm{Weight: one(1), Bias: one(0), RunningMean: one(10), RunningVar: one(20), Eps: 1e-5, Momentum: 0.25, Batch: true}
		torchx.BatchNorm(floats(t, []float32{1, 2, 3, 6}, 1, 1, 2, 2), n, torchx.Tensor{})
		near(t, "mean", float64(read(t, n.RunningMean, 1)[0]), 0.75*10+0.25*3, 1e-6)
		near(t, "variance", float64(read(t, n.RunningVar, 1)[0]), 0.75*20+0.25*14/3, 1e-6)
	})
}

// What is not a number stays that, so that a run that has come off the rails shows it.
func TestNormKeepsNaN(t *testing.T) {
	shape := []int64{1, 16, 8, 8}
	for _, j := range joints {
		for activation := torchx.Identity; activation <= torchx.AfterReLU; activation++ {
			step(t, func() {
				x := make([]float32, count(shape))
				x[5] = float32(math.NaN())
				maps := floats(t, x, shape...)
				ok(t, torchx.Move(maps, "cpu", torchx.ChannelsLast))
				numbers := func(v float32) torchx.Tensor {
					all := make([]float32, 16)
					for i := range all {
						all[i] = v
					}
					return floats(t, all, 16)
				}
				n := &torchx.Norm{Weight: numbers(1), Bias: numbers(1), RunningMean: numbers(0), RunningVar: numbers(1), Eps: 1e-5, Momentum: 0.1, Batch: true, Activation: activation}
				weight := make([]float32, count(j.weight(16)))
				for i := range weight {
					weight[i] = 1
				}
				y := j.convolv(maps, floats(t, weight, j.weight(16)...), torchx.Tensor{}, n)
				var found bool
				for _, v := range read(t, y, count(mustShape(y))) {
					found = found || v != v
				}
				if !found {
					t.Errorf("%s of activation %d: a NaN is gone", j.name, activation)
				}
			})
		}
	}
}

// Shapes that do not fit are errors.
func TestNormRefuses(t *testing.T) {
	x, six, five := floats(t, wave(0, 24), 1, 6, 2, 2), floats(t, wave(1, 6), 6), floats(t, wave(1, 5), 5)
	norm := func(weight torchx.Tensor) *torchx.Norm {
		return &torchx.Norm{Weight: weight, Bias: six, RunningMean: six, RunningVar: six}
	}
	for name, c := range map[string]struct {
		run  func()
		want string
	}{
		"norm of five for six maps": {func() { torchx.BatchNorm(x, norm(five), torchx.Tensor{}) }, "a normalisation of [5] for maps [1, 6, 2, 2]"},
		"other maps added":          {func() { torchx.BatchNorm(x, norm(six), floats(t, wave(0, 12), 1, 6, 1, 2)) }, "cannot add [1, 6, 1, 2]"},
		"unknown activation": {func() {
			n := norm(six)
			n.Activation = 7
			torchx.BatchNorm(x, n, torchx.Tensor{})
		}, "no activation 7"},
		"depthwise of five":     {func() { torchx.Depthwise(x, floats(t, wave(0, 45), 5, 1, 3, 3), nil, 1) }, "weight [5, 1, 3, 3] for maps"},
		"depthwise of stride 3": {func() { torchx.Depthwise(x, floats(t, wave(0, 54), 6, 1, 3, 3), nil, 3) }, "stride 3, want 1 or 2"},
		"pointwise of five":     {func() { torchx.Pointwise(x, floats(t, wave(0, 10), 2, 5, 1, 1), torchx.Tensor{}, nil) }, "weight [2, 5, 1, 1] for maps"},
		"pointwise bias of six": {func() { torchx.Pointwise(x, floats(t, wave(0, 12), 2, 6, 1, 1), six, nil) }, "bias [6] for weight [2, 6, 1, 1]"},
		"conv 3x3 of 1x1":       {func() { torchx.Conv3x3(x, floats(t, wave(0, 12), 2, 6, 1, 1), torchx.Tensor{}, nil) }, "weight [2, 6, 1, 1] for maps"},
		"conv 3x3 bias of six":  {func() { torchx.Conv3x3(x, floats(t, wave(0, 108), 2, 6, 3, 3), six, nil) }, "bias [6] for weight [2, 6, 3, 3]"},
	} {
		refuses(t, name, c.run, c.want)
	}
}
