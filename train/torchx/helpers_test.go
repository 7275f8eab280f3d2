package torchx_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"cocostat/train/torchx"
)

// step runs body in torchx.Step and fails the test on an error.
func step(t testing.TB, body func()) {
	t.Helper()
	if err := torchx.Step(func() error { body(); return nil }); err != nil {
		t.Fatal(err)
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func floats(t testing.TB, data []float32, shape ...int64) torchx.Tensor {
	t.Helper()
	x, err := torchx.FromFloats(data, shape, "cpu", torchx.Contiguous)
	ok(t, err)
	return x
}

func leaf(t testing.TB, data []float32, shape ...int64) torchx.Tensor {
	t.Helper()
	x := floats(t, data, shape...)
	ok(t, torchx.SetRequiresGrad(x, true))
	return x
}

func read(t testing.TB, x torchx.Tensor, n int) []float32 {
	t.Helper()
	data := make([]float32, n)
	ok(t, torchx.Read(x, data))
	return data
}

func gradient(t testing.TB, x torchx.Tensor, n int) []float32 {
	t.Helper()
	data := make([]float32, n)
	has, err := torchx.Gradient(x, data)
	ok(t, err)
	if !has {
		t.Fatal("the tensor has no gradient")
	}
	return data
}

// near fails unless got is within tolerance of want, relative to 1+|want|.
func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*(1+math.Abs(want))) {
		t.Errorf("%s: got %.9g, want %.9g", what, got, want)
	}
}

func normal(r *rand.Rand, n int, scale float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(scale * r.NormFloat64())
	}
	return x
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}
