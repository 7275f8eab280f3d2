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
	"hardswish":   func(x []torchx.Tensor) torchx.Tensor { return torchx.Hardswish(three(x[0])) },
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
		nearEvery(t, "value", read(t, y, n), c.Value, stride)
		scaled := torch.Mul(y, floats(t, wave(len(inputs), n), c.Shape...))
		ok(t, torchx.Backward(scaled.Sum()))
		for k, x := range inputs {
			nearEvery(t, fmt.Sprintf("gradient of input %d", k), gradient(t, x, count(c.Inputs[k])), c.Grads[k], stride)
		}
	})
}

// nearEvery compares every stride-th number with what is wanted, which has six
// decimals.
func nearEvery(t *testing.T, what string, got []float32, want []float64, stride int) {
	t.Helper()
	if (len(got)+stride-1)/stride != len(want) {
		t.Fatalf("%s: %d numbers, %d stored", what, len(got), len(want))
	}
	for i, w := range want {
		near(t, fmt.Sprintf("%s[%d]", what, i*stride), float64(got[i*stride]), w, 5e-6)
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
		"nil":                       {func() { torchx.Hardswish(torchx.Tensor{}) }, "nil tensor"},
	} {
		err := torchx.Step(func() error { c.run(); return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	if _, err := torchx.Shape(torchx.Tensor{}); err == nil {
		t.Error("nil has a shape")
	}
}
