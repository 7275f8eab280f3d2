package torchx_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	torch "github.com/wangkuiyi/gotorch"

	"cocostat/train/torchx"
)

// operatorCase is what PyTorch makes of inputs of the given shapes, filled by
// wave: every stride-th number of the value and of the inputs' gradients.
type operatorCase struct {
	Name   string
	Inputs [][]int64
	Shape  []int64
	Value  []float64
	Grads  [][]float64
}

// operators are the functions that the cases of testdata/make_operators.py name.
var operators = map[string]func(x []torchx.Tensor) torchx.Tensor{
	"relu copy":   func(x []torchx.Tensor) torchx.Tensor { return torchx.ReluCopy(x[0]) },
	"hardsigmoid": func(x []torchx.Tensor) torchx.Tensor { return torchx.Hardsigmoid(three(x[0])) },
	"exp scaled":  func(x []torchx.Tensor) torchx.Tensor { return torchx.ExpScaled(x[0], x[1]) },
	"mul":         func(x []torchx.Tensor) torchx.Tensor { return torchx.Mul(x[0], x[1]) },
	"group norm":  func(x []torchx.Tensor) torchx.Tensor { return torchx.GroupNorm(x[0], x[1], x[2], 3, 1e-2) },
	"max pool 3 2 1": func(x []torchx.Tensor) torchx.Tensor {
		return torchx.MaxPool(x[0], 3, 2, 1)
	},
	"max pool 2 2 0": func(x []torchx.Tensor) torchx.Tensor {
		return torchx.MaxPool(x[0], 2, 2, 0)
	},
	"mean pool":             func(x []torchx.Tensor) torchx.Tensor { return torchx.MeanPool(x[0]) },
	"cat":                   func(x []torchx.Tensor) torchx.Tensor { return torchx.Cat(x...) },
	"cat cells":             torchx.CatCells,
	"nearest add":           func(x []torchx.Tensor) torchx.Tensor { return torchx.NearestAdd(x[0], x[1]) },
	"nearest add, 13 of 25": func(x []torchx.Tensor) torchx.Tensor { return torchx.NearestAdd(x[0], x[1]) },
	"up 2":                  func(x []torchx.Tensor) torchx.Tensor { return torchx.UpDepthwise(x[0], x[1], 2) },
	"up 4":                  func(x []torchx.Tensor) torchx.Tensor { return torchx.UpDepthwise(x[0], x[1], 4) },
	"up 8":                  func(x []torchx.Tensor) torchx.Tensor { return torchx.UpDepthwise(x[0], x[1], 8) },
}

func init() {
	type args = []torchx.Tensor
	none := torchx.Tensor{}
	// norm is a batch normalisation of the script's, by scales and shifts that it multiplies.
	norm := func(x args, activation torchx.Activation, batch bool) *torchx.Norm {
		n := count(mustShape(x[1]))
		mean, variance := wave(7, n), wave(8, n)
		for i, v := range variance {
			variance[i] = float32(math.Abs(float64(v))) + 0.5
		}
		return &torchx.Norm{
			Weight: torchx.WeightedSum(x[1:2], []float32{3}), Bias: torchx.WeightedSum(x[2:3], []float32{2}),
			RunningMean: must(torchx.FromFloats(mean, []int64{int64(n)}, "cpu", torchx.Contiguous)),
			RunningVar:  must(torchx.FromFloats(variance, []int64{int64(n)}, "cpu", torchx.Contiguous)),
			Eps:         1e-2, Momentum: 0.1, Batch: batch, Activation: activation,
		}
	}
	plain := func(a torchx.Activation, batch bool) func(args) torchx.Tensor {
		return func(x args) torchx.Tensor { return torchx.BatchNorm(x[0], norm(x, a, batch), none) }
	}
	added := func(a torchx.Activation) func(args) torchx.Tensor {
		return func(x args) torchx.Tensor { return torchx.BatchNorm(x[0], norm(x, a, true), x[3]) }
	}
	quarter := func(w torchx.Tensor) torchx.Tensor { return torchx.WeightedSum(args{w}, []float32{0.25}) }
	for name, f := range map[string]func(args) torchx.Tensor{
		"batch norm":              plain(torchx.Identity, true),
		"batch norm, running":     plain(torchx.ReLU, false),
		"batch norm, relu":        plain(torchx.ReLU, true),
		"batch norm, relu6":       plain(torchx.ReLU6, true),
		"batch norm, hardswish":   plain(torchx.HardSwish, true),
		"batch norm after relu":   plain(torchx.AfterReLU, true),
		"batch norm, added":       added(torchx.Identity),
		"batch norm, added, relu": added(torchx.ReLU),
		"depthwise":               func(x args) torchx.Tensor { return torchx.Depthwise(x[0], x[1], nil, 1) },
		"depthwise, stride 2":     func(x args) torchx.Tensor { return torchx.Depthwise(x[0], x[1], nil, 2) },
		"depthwise of relu6":      func(x args) torchx.Tensor { return torchx.Depthwise(x[0], x[3], norm(x, torchx.ReLU6, true), 1) },
		"depthwise of hardswish, stride 2": func(x args) torchx.Tensor {
			return torchx.Depthwise(x[0], x[3], norm(x, torchx.HardSwish, true), 2)
		},
		"pointwise":            func(x args) torchx.Tensor { return torchx.Pointwise(x[0], x[1], none, nil) },
		"pointwise, bias":      func(x args) torchx.Tensor { return torchx.Pointwise(x[0], x[1], x[2], nil) },
		"pointwise of relu6":   func(x args) torchx.Tensor { return torchx.Pointwise(x[0], x[3], none, norm(x, torchx.ReLU6, true)) },
		"pointwise after relu": func(x args) torchx.Tensor { return torchx.Pointwise(x[0], x[3], x[4], norm(x, torchx.AfterReLU, true)) },
		"conv 3x3":             func(x args) torchx.Tensor { return torchx.Conv3x3(x[0], quarter(x[1]), none, nil) },
		"conv 3x3, bias":       func(x args) torchx.Tensor { return torchx.Conv3x3(x[0], quarter(x[1]), x[2], nil) },
		"conv 3x3 of relu": func(x args) torchx.Tensor {
			return torchx.Conv3x3(x[0], quarter(x[3]), none, norm(x, torchx.ReLU, true))
		},
		"conv 3x3 of few": func(x args) torchx.Tensor { return torchx.Conv3x3(x[0], quarter(x[1]), none, nil) },
	} {
		operators[name] = f
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func mustShape(x torchx.Tensor) []int64 { return must(torchx.Shape(x)) }

func three(x torchx.Tensor) torchx.Tensor {
	return torchx.WeightedSum([]torchx.Tensor{x}, []float32{3})
}

func count(shape []int64) int {
	n := 1
	for _, side := range shape {
		n *= int(side)
	}
	return n
}

// wave fills the k-th tensor of a case, as the script does.
func wave(k, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(2 * math.Sin(0.7*float64(i)*float64(k+1)+float64(k)))
	}
	return x
}

// The file was written by testdata/make_operators.py with PyTorch's own layers.
func TestOperatorsEqualPyTorch(t *testing.T) {
	raw, err := os.ReadFile("testdata/operators.json")
	ok(t, err)
	var file struct {
		Stride int
		Cases  []operatorCase
	}
	ok(t, json.Unmarshal(raw, &file))
	if len(file.Cases) != len(operators) {
		t.Errorf("%d cases in the file, %d here", len(file.Cases), len(operators))
	}
	for _, c := range file.Cases {
		operator, has := operators[c.Name]
		if !has {
			t.Errorf("no operator %s", c.Name)
			continue
		}
		for _, layout := range []torchx.Layout{torchx.Contiguous, torchx.ChannelsLast} {
			t.Run(fmt.Sprintf("%s, layout %d", c.Name, layout), func(t *testing.T) { c.test(t, operator, layout, file.Stride) })
		}
	}
}

func (c operatorCase) test(t *testing.T, operator func([]torchx.Tensor) torchx.Tensor, layout torchx.Layout, stride int) {
	step(t, func() {
		var inputs []torchx.Tensor
		for k, shape := range c.Inputs {
			x := leaf(t, wave(k, count(shape)), shape...)
			ok(t, torchx.Move(x, "cpu", layout))
			inputs = append(inputs, x)
		}
		y := operator(inputs)
		if shape, err := torchx.Shape(y); err != nil || !slices.Equal(shape, c.Shape) {
			t.Fatalf("shape %v (%v), want %v", shape, err, c.Shape)
		}
		n := count(c.Shape)
		tolerance := 5e-6
		if c.Inputs[0][1] == 25 {
			tolerance = 1e-4 // sums of hundreds of products of numbers up to 12, which cancel
		}
		nearEvery(t, "value", read(t, y, n), c.Value, stride, tolerance)
		scaled := torch.Mul(y, floats(t, wave(len(inputs), n), c.Shape...))
		ok(t, torchx.Backward(scaled.Sum()))
		for k, x := range inputs {
			nearEvery(t, fmt.Sprintf("gradient of input %d", k), gradient(t, x, count(c.Inputs[k])), c.Grads[k], stride, tolerance)
		}
	})
}

// nearEvery compares every stride-th number with what is wanted, which has six
// decimals. A gradient is a sum over hundreds of numbers, of either sign.
func nearEvery(t *testing.T, what string, got []float32, want []float64, stride int, tolerance float64) {
	t.Helper()
	if (len(got)+stride-1)/stride != len(want) {
		t.Fatalf("%s: %d numbers, %d stored", what, len(got), len(want))
	}
	for i, w := range want {
		near(t, fmt.Sprintf("%s[%d]", what, i*stride), float64(got[i*stride]), w, tolerance)
	}
}

// Shapes that do not fit are errors.
func TestLayersRefuse(t *testing.T) {
	x := floats(t, wave(0, 24), 1, 6, 2, 2)
	row := floats(t, wave(1, 6), 6)
	for name, c := range map[string]struct {
		run  func()
		want string
	}{
		"exp scaled by two numbers": {func() { torchx.ExpScaled(x, floats(t, []float32{1, 2}, 2)) }, "scale must be one number, not 2"},
		"mul that grows":            {func() { torchx.Mul(floats(t, wave(0, 6), 1, 6, 1, 1), x) }, "do not fit [1, 6, 1, 1]"},
		"mul of other channels":     {func() { torchx.Mul(x, floats(t, wave(0, 5), 1, 5, 1, 1)) }, "must match"},
		"group norm of 4 groups":    {func() { torchx.GroupNorm(x, row, row, 4, 1e-5) }, "6 channels are no whole number of each of 4 groups"},
		"group norm of 0 groups":    {func() { torchx.GroupNorm(x, row, row, 0, 1e-5) }, "0 groups"},
		"group norm of a row":       {func() { torchx.GroupNorm(row, row, row, 2, 1e-5) }, "maps must be B,C,H,W, not [6]"},
		"group norm with 3 weights": {func() { torchx.GroupNorm(x, floats(t, wave(0, 3), 3), row, 2, 1e-5) }, "weight [3] and bias [6]"},
		"max pool of kernel 0":      {func() { torchx.MaxPool(x, 0, 1, 0) }, "greater than zero"},
		"max pool of stride 0":      {func() { torchx.MaxPool(x, 2, 0, 0) }, "stride"},
		"max pool of wide padding":  {func() { torchx.MaxPool(x, 2, 2, 2) }, "pad"},
		"mean pool of a row":        {func() { torchx.MeanPool(row) }, "maps must be B,C,H,W"},
		"cat of nothing":            {func() { torchx.Cat() }, "no tensors"},
		"cat of other heights":      {func() { torchx.Cat(x, floats(t, wave(0, 12), 1, 6, 1, 2)) }, "Sizes of tensors must match"},
		"cells of nothing":          {func() { torchx.CatCells(nil) }, "no tensors"},
		"cells of other channels":   {func() { torchx.CatCells([]torchx.Tensor{x, floats(t, wave(0, 4), 1, 4, 1, 1)}) }, "differ in images or channels"},
		"nearest add to less":       {func() { torchx.NearestAdd(x, floats(t, wave(0, 12), 1, 6, 1, 2)) }, "does not grow"},
		"nearest add of channels":   {func() { torchx.NearestAdd(x, floats(t, wave(0, 36), 1, 4, 3, 3)) }, "does not grow"},
		"up by 3":                   {func() { torchx.UpDepthwise(x, floats(t, wave(0, 216), 6, 1, 6, 6), 3) }, "factor 3"},
		"up with other weights":     {func() { torchx.UpDepthwise(x, floats(t, wave(0, 80), 5, 1, 4, 4), 2) }, "weight [5, 1, 4, 4]"},
		"nil":                       {func() { torchx.Hardsigmoid(torchx.Tensor{}) }, "nil tensor"},
	} {
		refuses(t, name, c.run, c.want)
	}
	if _, err := torchx.Shape(torchx.Tensor{}); err == nil {
		t.Error("nil has a shape")
	}
}

// refuses fails unless run panics with an error that says want.
func refuses(t *testing.T, name string, run func(), want string) {
	t.Helper()
	err := torchx.Step(func() error { run(); return nil })
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: error %v, want %q", name, err, want)
	}
}
