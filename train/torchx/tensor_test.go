package torchx_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	torch "github.com/wangkuiyi/gotorch"

	"cocostat/balance"
	"cocostat/train/torchx"
)

func TestFloatsKeepTheirOrderInEveryLayout(t *testing.T) {
	data := make([]float32, 2*3*4*5)
	for i := range data {
		data[i] = float32(i)
	}
	for _, layout := range []torchx.Layout{torchx.Contiguous, torchx.ChannelsLast} {
		x, err := torchx.FromFloats(data, []int64{2, 3, 4, 5}, "cpu", layout)
		ok(t, err)
		if got := read(t, x, len(data)); !slices.Equal(got, data) {
			t.Errorf("layout %d: read %v", layout, got)
		}
		ok(t, torchx.Move(x, "cpu", 1-layout))
		if got := read(t, x, len(data)); !slices.Equal(got, data) {
			t.Errorf("layout %d after Move: read %v", layout, got)
		}
		reversed := slices.Clone(data)
		slices.Reverse(reversed)
		ok(t, torchx.Write(x, reversed))
		if got := read(t, x, len(data)); !slices.Equal(got, reversed) {
			t.Errorf("layout %d after Write: read %v", layout, got)
		}
	}
}

func TestOperators(t *testing.T) {
	step(t, func() {
		if got := read(t, torchx.Relu(floats(t, []float32{-1, 3, 9}, 3)), 3); !slices.Equal(got, []float32{0, 3, 9}) {
			t.Errorf("relu: %v", got)
		}
		if got := read(t, torchx.Add(floats(t, []float32{1, 2}, 2), floats(t, []float32{10, 20}, 2)), 2); !slices.Equal(got, []float32{11, 22}) {
			t.Errorf("add: %v", got)
		}
		// 1/(1+e^-ln 3) = 3/4
		near(t, "sigmoid", float64(read(t, torchx.Sigmoid(floats(t, []float32{1.0986123}, 1)), 1)[0]), 0.75, 1e-7)
	})
}

// Every failure inside libtorch comes back as an error that says what was
// wrong; none ends the process.
func TestFailuresAreErrors(t *testing.T) {
	cases := []struct {
		name string
		run  func(*testing.T) error
		want string
	}{
		{"shapes of our operator", func(t *testing.T) error {
			torchx.Add(floats(t, make([]float32, 2), 2), floats(t, make([]float32, 3), 3))
			return nil
		}, "size of tensor"},
		{"shapes of gotorch's operator", func(t *testing.T) error {
			torch.MM(floats(t, make([]float32, 6), 2, 3), floats(t, make([]float32, 6), 2, 3))
			return nil
		}, "mat1 and mat2"},
		{"loss without graph", func(t *testing.T) error { return torchx.Backward(floats(t, []float32{1}, 1)) }, "does not require grad"},
		{"loss with two elements", func(t *testing.T) error { return torchx.Backward(leaf(t, []float32{1, 2}, 2)) }, "scalar"},
		{"backward through an overwritten operand", func(t *testing.T) error {
			x := leaf(t, []float32{1, 2}, 2)
			y := torchx.Sigmoid(x)
			z := torch.Mul(y, y)
			torchx.Add(y, floats(t, []float32{1, 1}, 2))
			return torchx.Backward(z.Sum())
		}, "modified by an inplace operation"},
		{"heatmap of another shape", func(t *testing.T) error {
			torchx.Heatmap(floats(t, make([]float32, 4), 1, 1, 2, 2), floats(t, make([]float32, 2), 1, 1, 1, 2), floats(t, []float32{1}, 1, 1), balance.HeatmapLoss{})
			return nil
		}, "heatmap [1, 1, 1, 2] differs from logits"},
		{"cell outside the map", func(t *testing.T) error {
			index, err := torchx.FromInts([]int64{4}, []int64{1, 1}, "cpu")
			ok(t, err)
			torchx.GatherL1(floats(t, make([]float32, 8), 1, 2, 2, 2), index, floats(t, make([]float32, 2), 1, 1, 2), floats(t, []float32{1}, 1, 1))
			return nil
		}, "out of bounds"},
		{"released tensor", func(t *testing.T) error {
			x := floats(t, []float32{1}, 1)
			torchx.Release(x)
			torchx.Relu(x)
			return nil
		}, "undefined"},
		{"nil tensor", func(*testing.T) error { torchx.Relu(torchx.Tensor{}); return nil }, "nil tensor"},
		{"unknown device", func(*testing.T) error {
			_, err := torchx.FromFloats([]float32{1}, []int64{1}, "abacus", torchx.Contiguous)
			return err
		}, "abacus"},
		{"wrong length", func(t *testing.T) error { return torchx.Read(floats(t, []float32{1}, 1), make([]float32, 2)) }, "1 elements, the buffer 2"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := torchx.Step(func() error { return c.run(t) })
			var e *torchx.Error
			if !errors.As(err, &e) || !strings.Contains(e.Message, c.want) {
				t.Errorf("error %v, want a torchx.Error with %q", err, c.want)
			}
		})
	}
}

// An allocation of 2^60 bytes cannot succeed on any machine.
func TestOutOfMemoryIsAnError(t *testing.T) {
	err := torchx.Step(func() error {
		torch.Empty([]int64{1 << 58}, false)
		return nil
	})
	if !errors.Is(err, torchx.ErrOutOfMemory) {
		t.Errorf("error %v is not ErrOutOfMemory", err)
	}
}

// Pixels are read where they lie, as the channels of an image: of channel c, row y and
// column x the number at (y·W + x)·C + c.
func TestPixels(t *testing.T) {
	data := make([]float32, 2*2*3*3) // two images of 2×3
	for i := range data {
		data[i] = float32(i)
	}
	step(t, func() {
		x, done, err := torchx.Pixels(data, [4]int64{2, 3, 2, 3}, "cpu")
		ok(t, err)
		data[35] = -1
		planes := []float32{0, 3, 6, 9, 12, 15, 1, 4, 7, 10, 13, 16, 2, 5, 8, 11, 14, 17,
			18, 21, 24, 27, 30, 33, 19, 22, 25, 28, 31, 34, 20, 23, 26, 29, 32, -1}
		if got := read(t, x, 36); !slices.Equal(got, planes) {
			t.Errorf("the planes are %v, want %v", got, planes)
		}
		done()
	})
	if _, _, err := torchx.Pixels(data, [4]int64{2, 3, 2, 4}, "cpu"); err == nil {
		t.Error("36 numbers fill a shape of 48")
	}
}

// A view costs no copy: what changes in Go's memory changes in the tensor.
func TestViewFloats(t *testing.T) {
	data := []float32{1, 2, 3, 4, 5, 6}
	step(t, func() {
		x, done, err := torchx.ViewFloats(data, []int64{2, 3})
		ok(t, err)
		data[5] = 7
		if got := read(t, x, 6); !slices.Equal(got, data) {
			t.Errorf("the view holds %v, want %v", got, data)
		}
		twice := torchx.WeightedSum([]torchx.Tensor{x}, []float32{2})
		done()
		if got := read(t, twice, 6); got[5] != 14 {
			t.Errorf("twice the view is %v", got)
		}
	})
	if _, _, err := torchx.ViewFloats(data, []int64{7}); err == nil {
		t.Error("six numbers fill a shape of seven")
	}
}
