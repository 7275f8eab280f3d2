package enclose_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"cocostat/internal/enclose"
)

func near(a, b [4]float64) bool {
	for i := range a {
		if !(math.Abs(a[i]-b[i]) < 1e-9) {
			return false
		}
	}
	return true
}

// By hand: right angles, and 45°, where a square of side 1 has the diagonal √2.
func TestByHand(t *testing.T) {
	d := math.Sqrt2
	for name, c := range map[string]struct{ got, want [4]float64 }{
		"corners":        {enclose.Corners(5, 7, 1, 2), [4]float64{1, 2, 4, 5}},
		"not turned":     {enclose.Rotated([4]float64{1, 2, 4, 5}, 0), [4]float64{1, 2, 4, 5}},
		"90°":            {enclose.Rotated([4]float64{0, 0, 4, 2}, 90), [4]float64{1, -1, 2, 4}},
		"-90°":           {enclose.Rotated([4]float64{0, 0, 4, 2}, -90), [4]float64{1, -1, 2, 4}},
		"180°":           {enclose.Rotated([4]float64{0, 0, 4, 2}, 540), [4]float64{0, 0, 4, 2}},
		"45°":            {enclose.Rotated([4]float64{0, 0, 1, 1}, 45), [4]float64{0.5 - d/2, 0.5 - d/2, d, d}},
		"corner, 90°":    {enclose.RotatedAtCorner([4]float64{10, 10, 4, 2}, 90), [4]float64{8, 10, 2, 4}},
		"corner, 45°":    {enclose.RotatedAtCorner([4]float64{0, 0, 1, 1}, 45), [4]float64{-d / 2, 0, d, d}},
		"ellipse":        {enclose.Ellipse(10, 20, 3, 1, 0), [4]float64{7, 19, 6, 2}},
		"ellipse, 90°":   {enclose.Ellipse(10, 20, 3, 1, 90), [4]float64{9, 17, 2, 6}},
		"circle, turned": {enclose.Ellipse(0, 0, 2, 2, 33), [4]float64{-2, -2, 4, 4}},
	} {
		if !near(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	if _, ok := enclose.Points(nil); ok {
		t.Error("a box around no points")
	}
}

// A turned ellipse is enclosed as its points are.
func TestEllipsePoints(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		cx, cy, rx, ry, angle := r.Float64()*100, r.Float64()*100, 1+r.Float64()*50, 1+r.Float64()*50, r.Float64()*720-360
		var xy []float64
		sin, cos := math.Sincos(angle * math.Pi / 180)
		for i := range 20000 {
			s, c := math.Sincos(2 * math.Pi * float64(i) / 20000)
			xy = append(xy, cx+rx*c*cos-ry*s*sin, cy+rx*c*sin+ry*s*cos)
		}
		want, _ := enclose.Points(xy)
		got := enclose.Ellipse(cx, cy, rx, ry, angle)
		for i := range got {
			if math.Abs(got[i]-want[i]) > 1e-4 {
				t.Fatalf("%v, its points %v", got, want)
			}
		}
	}
}
