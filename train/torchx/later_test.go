package torchx_test

import (
	"slices"
	"strings"
	"testing"

	"cocostat/train/torchx"
)

// Numbers that were asked for are those of that moment.
func TestReadLater(t *testing.T) {
	step(t, func() {
		x, y := leaf(t, []float32{1.5}, 1), floats(t, []float32{-2}, 1)
		later, err := torchx.ReadLater(x, y)
		ok(t, err)
		ok(t, torchx.Write(x, []float32{7}))
		values, err := later.Values()
		ok(t, err)
		if !slices.Equal(values, []float32{1.5, -2}) {
			t.Errorf("values %v", values)
		}
		if _, err := later.Values(); err == nil {
			t.Error("values were there twice")
		}
		if _, err := torchx.ReadLater(floats(t, []float32{1, 2}, 2)); err == nil || !strings.Contains(err.Error(), "one number") {
			t.Errorf("error %v", err)
		}
	})
}
