package torchx_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"cocostat/balance"
	"cocostat/train/torchx"
)

// Two images of three cells, two classes.
func TestOneHot(t *testing.T) {
	x, err := torchx.OneHot([]int32{1, -1, 0, -1, -1, 1}, 2, 2, "cpu")
	ok(t, err)
	shape, err := torchx.Shape(x)
	ok(t, err)
	want := []float32{0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1}
	if got := read(t, x, 12); !slices.Equal(got, want) || !slices.Equal(shape, []int64{2, 2, 1, 3}) {
		t.Errorf("%v of shape %v, want %v of [2 2 1 3]", got, shape, want)
	}
	none, err := torchx.OneHot([]int32{-1, -1}, 1, 3, "cpu")
	ok(t, err)
	if got := read(t, none, 6); !slices.Equal(got, make([]float32, 6)) {
		t.Errorf("no object: %v", got)
	}
	for want, c := range map[string]struct {
		labels          []int32
		images, classes int
	}{
		"label 2 of cell 1 of image 1 is no class of 0 to 1": {[]int32{0, 0, 0, 2}, 2, 2},
		"label -2 of cell 0 of image 0":                      {[]int32{-2}, 1, 2},
		"3 labels do not fill 2 images":                      {[]int32{0, 0, 0}, 2, 2},
		"0 labels":                                           {nil, 1, 2},
		"0 classes":                                          {[]int32{-1}, 1, 0},
	} {
		if _, err := torchx.OneHot(c.labels, c.images, c.classes, "cpu"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// The heatmap loss of a pyramid is that of its cells in one row, whatever the
// levels' layout.
func TestHeatmapOfPyramid(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	shape := balance.Shape{2, 3, 1, 5*7 + 3*4}
	first, second := normal(r, 2*3*5*7, 2), normal(r, 2*3*3*4, 2)
	labels := make([]int32, 2*shape[3])
	logits, targets := make([]float64, 2*3*shape[3]), make([]float64, 2*3*shape[3])
	for i := range labels {
		labels[i] = int32(r.IntN(8)) - 5
		labels[i] = max(labels[i], -1)
		if labels[i] >= 0 {
			targets[(i/shape[3]*3+int(labels[i]))*shape[3]+i%shape[3]] = 1
		}
	}
	for plane := range 6 {
		row := logits[plane*shape[3]:]
		copy(row, widen(first[plane*35:][:35]))
		copy(row[35:], widen(second[plane*12:][:12]))
	}
	want, wantGrad := focal.Compute(logits, targets, nil, shape)
	for _, layout := range []torchx.Layout{torchx.Contiguous, torchx.ChannelsLast} {
		step(t, func() {
			x, y := leaf(t, first, 2, 3, 5, 7), leaf(t, second, 2, 3, 3, 4)
			ok(t, torchx.Move(x, "cpu", layout))
			ok(t, torchx.Move(y, "cpu", layout))
			hot, err := torchx.OneHot(labels, 2, 3, "cpu")
			ok(t, err)
			loss := torchx.Heatmap(torchx.CatCells([]torchx.Tensor{x, y}), hot, floats(t, []float32{1, 1, 1, 1, 1, 1}, 2, 3), focal)
			ok(t, torchx.Backward(loss))
			value, err := torchx.Scalar(loss)
			ok(t, err)
			near(t, "loss", float64(value), want, 1e-6)
			dx, dy := gradient(t, x, len(first)), gradient(t, y, len(second))
			for plane := range 6 {
				for i, g := range dx[plane*35:][:35] {
					near(t, "gradient of the first level", float64(g), wantGrad[plane*shape[3]+i], 1e-6)
				}
				for i, g := range dy[plane*12:][:12] {
					near(t, "gradient of the second level", float64(g), wantGrad[plane*shape[3]+35+i], 1e-6)
				}
			}
		})
	}
}
