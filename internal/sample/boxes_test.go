package sample_test

import (
	"math"
	"testing"
)

// fine is the number of samples along a pixel when the tests rasterise
// polygons themselves, by even-odd ray casting.
const fine = 4

func TestBoxesAreTight(t *testing.T) {
	o := small()
	o.Classes, o.Images = 40, 60
	sum := generate(t, t.TempDir(), o)
	for _, a := range readCOCO(t, sum.Train.Annotations).Annotations {
		x, y, w, h := a.BBox[0], a.BBox[1], a.BBox[2], a.BBox[3]
		if x < 0 || y < 0 || w <= 0 || h <= 0 || x+w > 64 || y+h > 64 {
			t.Errorf("annotation %d: box %v leaves the image", a.ID, a.BBox)
		}
		x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
		for j := range 64 * fine {
			for i := range 64 * fine {
				px, py := (float64(i)+0.5)/fine, (float64(j)+0.5)/fine
				if px > x-1 && px < x+w+1 && py > y-1 && py < y+h+1 && inside(a.Segmentation, px, py) {
					x0, x1 = min(x0, px), max(x1, px)
					y0, y1 = min(y0, py), max(y1, py)
				}
			}
		}
		// Samples lie 1/8 pixel inside; sharp tips fall between them.
		const slack = 0.95
		for k, gap := range []float64{x0 - x, y0 - y, x + w - x1, y + h - y1} {
			if gap < -0.15 || gap > slack {
				t.Errorf("annotation %d (class %d): side %d of box %v is %.2f from the outline", a.ID, a.CategoryID, k, a.BBox, gap)
			}
		}
	}
}

func TestAreasAreVisiblePixels(t *testing.T) {
	o := small()
	o.Classes = 40
	sum := generate(t, t.TempDir(), o)
	file := readCOCO(t, sum.Train.Annotations)
	overlaps := 0
	for _, img := range file.Images {
		var owner [64 * 64]int
		full := map[int]float64{}
		for _, a := range file.Annotations { // later ones lie on top
			for i := range owner {
				if a.ImageID == img.ID && inside(a.Segmentation, float64(i%64)+0.5, float64(i/64)+0.5) {
					owner[i] = a.ID
					full[a.ID]++
				}
			}
		}
		seen := map[int]float64{}
		for _, id := range owner {
			seen[id]++
		}
		for _, a := range file.Annotations {
			if a.ImageID != img.ID {
				continue
			}
			if math.Abs(seen[a.ID]-a.Area) > 4+0.1*full[a.ID] {
				t.Errorf("annotation %d: area %g, but its polygons show %g pixels", a.ID, a.Area, seen[a.ID])
			}
			if a.Area < 0.35*full[a.ID] {
				t.Errorf("annotation %d: only %g pixels of %g are visible", a.ID, a.Area, full[a.ID])
			}
			if a.Area < 0.9*full[a.ID] {
				overlaps++
			}
		}
	}
	if overlaps < len(file.Annotations)/20 {
		t.Errorf("%d of %d objects are partly hidden, want at least one in twenty", overlaps, len(file.Annotations))
	}
}

// inside reports whether a point lies in one of the polygons.
func inside(polygons [][]float64, x, y float64) bool {
	for _, p := range polygons {
		odd := false
		for i := 0; i < len(p); i += 2 {
			j := (i + 2) % len(p)
			ax, ay, bx, by := p[i], p[i+1], p[j], p[j+1]
			if ay > y != (by > y) && x < ax+(y-ay)/(by-ay)*(bx-ax) {
				odd = !odd
			}
		}
		if odd {
			return true
		}
	}
	return false
}
