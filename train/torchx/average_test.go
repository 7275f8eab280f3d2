package torchx_test

import (
	"math"
	"strings"
	"testing"

	"cocostat/train/torchx"
)

// 0.25·(value − average) is added, whatever the layouts: worked out by hand.
func TestAverage(t *testing.T) {
	likeCUDA(t, func(t *testing.T) {
		const n = 2 * 3 * 5 * 7
		for _, layouts := range [][2]torchx.Layout{{torchx.Contiguous, torchx.Contiguous}, {torchx.ChannelsLast, torchx.ChannelsLast}, {torchx.ChannelsLast, torchx.Contiguous}} {
			a, v, want := make([]float32, n), make([]float32, n), make([]float32, n)
			for i := range a {
				a[i], v[i] = float32(i), float32(3*i+8)
				want[i] = float32(i) + 0.25*float32(2*i+8)
			}
			shape := []int64{2, 3, 5, 7}
			average, err := torchx.FromFloats(a, shape, "cpu", layouts[0])
			if err != nil {
				t.Fatal(err)
			}
			value, err := torchx.FromFloats(v, shape, "cpu", layouts[1])
			if err != nil {
				t.Fatal(err)
			}
			if err := torchx.SetRequiresGrad(value, true); err != nil {
				t.Fatal(err)
			}
			if err := torchx.Average([]torchx.Tensor{average}, []torchx.Tensor{value}, 0.25); err != nil {
				t.Fatal(err)
			}
			if err := torchx.Read(average, a); err != nil {
				t.Fatal(err)
			}
			for i := range a {
				if math.Abs(float64(a[i]-want[i])) > 1e-4 {
					t.Fatalf("layouts %v, element %d: %g, want %g", layouts, i, a[i], want[i])
				}
			}
		}
	})
}

func TestAverageOfOtherShapes(t *testing.T) {
	a, err := torchx.FromFloats([]float32{1, 2}, []int64{2}, "cpu", torchx.Contiguous)
	if err != nil {
		t.Fatal(err)
	}
	b, err := torchx.FromFloats([]float32{1, 2, 3}, []int64{3}, "cpu", torchx.Contiguous)
	if err != nil {
		t.Fatal(err)
	}
	if err := torchx.Average([]torchx.Tensor{a}, []torchx.Tensor{b}, 0.5); err == nil || !strings.Contains(err.Error(), "[3]") {
		t.Errorf("error %v, want one about the shapes", err)
	}
	if err := torchx.Average([]torchx.Tensor{a}, nil, 0.5); err == nil || !strings.Contains(err.Error(), "1 averages of 0") {
		t.Errorf("error %v, want one about the number", err)
	}
}
