package annotations

import (
	"math"
	"testing"
)

func TestClipBox(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		box           [4]float64
		width, height int
		want          [4]float64
		use           BoxUse
	}{
		{[4]float64{1, 2, 3, 4}, 10, 10, [4]float64{1, 2, 3, 4}, UsableBox},
		{[4]float64{-1, -2, 3, 4}, 10, 10, [4]float64{0, 0, 2, 2}, UsableBox},
		{[4]float64{8, 9, 3, 4}, 10, 10, [4]float64{8, 9, 2, 1}, UsableBox},
		{[4]float64{1, 2, 1.0 / (1 << 30), 4}, 10, 10, [4]float64{1, 2, 1.0 / (1 << 30), 4}, UsableBox}, // next to no area is some
		{[4]float64{1, 2, 0, 4}, 10, 10, [4]float64{}, FlatBox},
		{[4]float64{1, 2, 3, -4}, 10, 10, [4]float64{}, FlatBox},
		{[4]float64{}, 10, 10, [4]float64{}, FlatBox},
		{[4]float64{1, 2, inf, 4}, 10, 10, [4]float64{}, FlatBox},
		{[4]float64{math.NaN(), 2, 3, 4}, 10, 10, [4]float64{}, FlatBox},
		{[4]float64{10, 2, 3, 4}, 10, 10, [4]float64{}, StrayBox},
		{[4]float64{-3, 2, 3, 4}, 10, 10, [4]float64{}, StrayBox},
		{[4]float64{1, 11, 3, 4}, 10, 10, [4]float64{}, StrayBox},
		{[4]float64{1, 11, 3, 4}, 0, 0, [4]float64{1, 11, 3, 4}, UsableBox}, // the size is not known
	} {
		got, use := ClipBox(c.box, c.width, c.height)
		if use != c.use || use == UsableBox && got != c.want {
			t.Errorf("%v in %d×%d: %v, %d, want %v, %d", c.box, c.width, c.height, got, use, c.want, c.use)
		}
	}
}
