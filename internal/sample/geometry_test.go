package sample

import (
	"image"
	"image/color"
	"math"
	"slices"
	"testing"
)

func TestClip(t *testing.T) {
	// A triangle whose top left corner lies outside [0, 10]².
	got := clip([]point{{-4, 2}, {6, 2}, {6, 12}}, 10)
	// By hand: the hypotenuse is y = x + 6; it enters at (0, 6) and leaves at
	// (4, 10).
	want := []point{{0, 2}, {6, 2}, {6, 10}, {4, 10}, {0, 6}}
	slices.SortFunc(got, comparePoints)
	slices.SortFunc(want, comparePoints)
	if !slices.Equal(got, want) {
		t.Errorf("clipped to %v, want %v", got, want)
	}
	if got := clip([]point{{-4, 2}, {-1, 2}, {-2, 5}}, 10); len(got) != 0 {
		t.Errorf("ring outside clipped to %v, want nothing", got)
	}
}

func comparePoints(a, b point) int {
	if a.x != b.x {
		return int(math.Copysign(1, a.x-b.x))
	}
	return int(math.Copysign(1, a.y-b.y))
}

func TestSimplify(t *testing.T) {
	square := path(0, 0, 4, 0.01, 8, 0, 8, 4, 8.01, 6, 8, 8, 0, 8, 0, 4)
	if got, want := simplify(square, 0.1), path(0, 0, 8, 0, 8, 8, 0, 8); !slices.Equal(got, want) {
		t.Errorf("simplified to %v, want %v", got, want)
	}
	// An arc's chord may be off by the tolerance, so 0.1 of radius 50 wants
	// at least π/acos(1−0.1/50) = 49.7 points, and far fewer than all 72.
	ring := circle(0, 0, 50)
	slim := simplify(ring, 0.1)
	if len(slim) < 36 || math.Abs(signedArea(slim)-signedArea(ring)) > 0.1*2*math.Pi*50 {
		t.Errorf("%d points with area %g for %g", len(slim), signedArea(slim), signedArea(ring))
	}
}

func TestShapes(t *testing.T) {
	for _, s := range shapes {
		bounds := emptyBox()
		for _, p := range s.parts {
			bounds.add(p.outer)
			if signedArea(p.outer) <= 0 {
				t.Errorf("%s: outline has signed area %g", s.name, signedArea(p.outer))
			}
			for _, h := range p.holes {
				if signedArea(h) >= 0 {
					t.Errorf("%s: hole has signed area %g", s.name, signedArea(h))
				}
			}
		}
		longer := max(bounds.x1-bounds.x0, bounds.y1-bounds.y0)
		if math.Abs(longer-2) > 1e-9 || math.Abs(bounds.x0+bounds.x1) > 1e-9 || math.Abs(bounds.y0+bounds.y1) > 1e-9 {
			t.Errorf("%s: bounds %v, want a longer side of 2 around the origin", s.name, bounds)
		}
	}
}

func TestMaskAreas(t *testing.T) {
	// π r² and π (r² − (0.56 r)²), to the pixels of a hundredth of the outline.
	for name, want := range map[string]float64{"disc": math.Pi * 2500, "ring": math.Pi * 2500 * (1 - 0.56*0.56)} {
		i := slices.IndexFunc(shapes[:], func(s shape) bool { return s.name == name })
		o := object{centre: point{60.3, 61.7}, radii: point{50, 50}, angle: 0.4}
		if got := float64(fill(o.project(&shapes[i]), 2).count()); math.Abs(got-want) > 0.01*want {
			t.Errorf("%s: %g pixels, want about %g", name, got, want)
		}
	}
}

func TestBlurKeepsMass(t *testing.T) {
	m := tile{w: 15, h: 13, v: make([]float32, 15*13)}
	m.v[6*15+7] = 1
	sum := float32(0)
	for _, v := range m.blurred(2).v {
		sum += v
	}
	if math.Abs(float64(sum)-1) > 1e-5 {
		t.Errorf("sum %g after blur, want 1", sum)
	}
}

func TestErode(t *testing.T) {
	// A square of 7 pixels loses a pixel on each side: 5.
	m := fill([]part{solid(path(0, 0, 7, 0, 7, 7, 0, 7))}, 1).eroded(1)
	if got := m.count(); got != 25 {
		t.Errorf("%d pixels left of 7×7, want 25", got)
	}
}

func TestReduceKeepsFewColours(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 4, 2))
	for i := range 8 { // the corners of the colour cube survive 5 bits
		img.SetRGBA(i%4, i/4, color.RGBA{uint8(255 * (i & 1)), uint8(255 * (i >> 1 & 1)), uint8(255 * (i >> 2)), 255})
	}
	small := reduce(img)
	for y := range 2 {
		for x := range 4 {
			if got, want := color.RGBAModel.Convert(small.At(x, y)), img.RGBAAt(x, y); got != want {
				t.Errorf("colour %v at %d, %d, want %v", got, x, y, want)
			}
		}
	}
}
