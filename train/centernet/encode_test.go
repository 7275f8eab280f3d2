package centernet

import (
	"math"
	"math/rand/v2"
	"testing"

	"cocostat/train/data"
)

// The expected radii come from a Python transcription of the formulas in the
// CornerNet and CenterNet papers' code (double precision), run by hand.
func TestGaussianRadius(t *testing.T) {
	for _, c := range []struct{ h, w, compat, corrected float64 }{
		{10, 10, 2.7332005306815113, 0.8166998673296222},
		{1, 1, 0.2733200530681512, 0.08166998673296222},
		{5, 40, 2.562442660502196, 0.6876849128611955},
		{40, 5, 2.562442660502196, 0.6876849128611955},
		{3, 7, 1.1633326527834207, 0.33782516895603454},
		{16, 32, 5.884680573609813, 1.7238139370678969},
		{128, 128, 34.984966792723355, 10.453758301819164},
	} {
		if got := GaussianRadius(c.h, c.w, 0.7, Compat); math.Abs(got-c.compat) > 1e-12*c.compat {
			t.Errorf("compat radius of %g×%g is %.15g, want %.15g", c.h, c.w, got, c.compat)
		}
		if got := GaussianRadius(c.h, c.w, 0.7, Corrected); math.Abs(got-c.corrected) > 1e-12*c.corrected {
			t.Errorf("corrected radius of %g×%g is %.15g, want %.15g", c.h, c.w, got, c.corrected)
		}
	}
}

// At the corrected radius the worst of the three displacements overlaps by
// exactly the minimum, and the other two by more.
func TestCorrectedRadiusKeepsOverlap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		h, w := 1+99*rng.Float64(), 1+99*rng.Float64()
		r := GaussianRadius(h, w, MinOverlap, Corrected)
		shifted := (h - r) * (w - r) / (2*h*w - (h-r)*(w-r))
		inside := (h - 2*r) * (w - 2*r) / (h * w)
		outside := h * w / ((h + 2*r) * (w + 2*r))
		if worst := min(shifted, inside, outside); math.Abs(worst-MinOverlap) > 1e-9 {
			t.Fatalf("%g×%g: radius %g gives overlaps %g, %g, %g", h, w, r, shifted, inside, outside)
		}
	}
}

// newTargets returns targets of one image of size×size pixels, full of what must
// be overwritten.
func newTargets(e *Encoder, size int) *Targets {
	tg := e.NewTargets().(*Targets)
	tg.Resize(1, data.Size{Width: size, Height: size})
	for _, s := range [][]float32{tg.Heatmap, tg.Size, tg.Offset, tg.Mask} {
		for i := range s {
			s[i] = 99
		}
	}
	return tg
}

func encode(t *testing.T, classes, size, slots int, boxes []data.Box) (*Targets, []int32, data.Encoded) {
	t.Helper()
	e, err := NewEncoder(classes, slots, Compat)
	if err != nil {
		t.Fatal(err)
	}
	tg, counts := newTargets(e, size), make([]int32, classes)
	return tg, counts, e.Encode(tg, 0, boxes, counts)
}

// By hand: a box of 40×40 pixels is 10×10 cells, radius int(2.73) = 2,
// σ = 5/6; its centre (35, 30) is (8.75, 7.5) in cells. The Gaussian's values
// are exp(−d²·36/50): 0.486752, 0.236928, 0.056135, 0.027324, 0.003151 for
// d² = 1, 2, 4, 5, 8, computed with Python's math.exp.
func TestEncodeOneObject(t *testing.T) {
	tg, counts, res := encode(t, 2, 64, 4, []data.Box{{Class: 1, X: 15, Y: 10, W: 40, H: 40}})
	if res != (data.Encoded{Objects: 1}) {
		t.Fatalf("result %+v", res)
	}
	const w = 16
	if tg.Index[0] != 7*w+8 || tg.Offset[0] != 0.75 || tg.Offset[1] != 0.5 || tg.Size[0] != 10 || tg.Size[1] != 10 || tg.Mask[0] != 1 {
		t.Errorf("slot: index %d, offset %v, size %v, mask %v", tg.Index[0], tg.Offset[:2], tg.Size[:2], tg.Mask[0])
	}
	for i := 1; i < 4; i++ {
		if tg.Mask[i] != 0 || tg.Index[i] != 0 || tg.Size[2*i] != 0 || tg.Offset[2*i+1] != 0 {
			t.Errorf("slot %d is not empty", i)
		}
	}
	if counts[0] != 0 || counts[1] != 1 {
		t.Errorf("objects %v, want [0 1]", counts)
	}
	want := map[int]float64{0: 1, 1: 0.486752, 2: 0.236928, 4: 0.056135, 5: 0.027324, 8: 0.003151}
	for i, got := range tg.Heatmap {
		class, y, x := i/(w*w), i/w%w, i%w
		dx, dy := x-8, y-7
		expected := 0.0
		if class == 1 && max(abs(dx), abs(dy)) <= 2 {
			expected = want[dx*dx+dy*dy]
		}
		if math.Abs(float64(got)-expected) > 1e-6 {
			t.Errorf("class %d, cell (%d, %d): %g, want %g", class, x, y, got, expected)
		}
	}
	if tg.Heatmap[w*w+7*w+8] != 1 {
		t.Error("the centre is not exactly 1")
	}
}

// Two objects of one class whose centres fall into one cell: both keep a slot
// and count, the heatmap has the maximum of both Gaussians.
func TestEncodeCollision(t *testing.T) {
	small, large := data.Box{Class: 0, X: 29, Y: 29, W: 4, H: 4}, data.Box{Class: 0, X: 10, Y: 10, W: 40, H: 40}
	both, counts, res := encode(t, 1, 64, 4, []data.Box{small, large})
	one, _, _ := encode(t, 1, 64, 4, []data.Box{large})
	if res.Objects != 2 || counts[0] != 2 || both.Index[0] != both.Index[1] || both.Index[0] != 7*16+7 {
		t.Errorf("objects %d, %v, indices %v", res.Objects, counts, both.Index)
	}
	if both.Size[0] != 1 || both.Size[2] != 10 {
		t.Errorf("sizes %v, want 1 then 10", both.Size)
	}
	for i := range one.Heatmap { // the small one has radius 0: only the centre
		if both.Heatmap[i] != one.Heatmap[i] {
			t.Fatalf("cell %d: %g, want %g", i, both.Heatmap[i], one.Heatmap[i])
		}
	}
}

// A box over the right and bottom edges is clipped: from 56 to 64 pixels, 2×2
// cells with the centre at 15, in the last cell.
func TestEncodeBorder(t *testing.T) {
	tg, _, res := encode(t, 1, 64, 4, []data.Box{
		{X: 56, Y: 56, W: 400, H: 400},
		{X: -30, Y: 8, W: 30, H: 8},     // ends at the left edge: nothing is left
		{X: 10, Y: 10, W: 0, H: 8},      // no area
		{X: -100, Y: 2, W: 101, H: 2},   // one pixel is left
		{X: 60, Y: 60, W: 1e300, H: 12}, // huge
	})
	if res != (data.Encoded{Objects: 3, Dropped: 2}) {
		t.Fatalf("result %+v", res)
	}
	if tg.Index[0] != 15*16+15 || tg.Size[0] != 2 || tg.Size[1] != 2 || tg.Offset[0] != 0 {
		t.Errorf("corner: index %d, size %v, offset %v", tg.Index[0], tg.Size[:2], tg.Offset[:2])
	}
	if tg.Index[1] != 0 || tg.Size[2] != 0.25 || tg.Offset[2] != 0.125 || tg.Offset[3] != 0.75 {
		t.Errorf("left edge: index %d, size %v, offset %v", tg.Index[1], tg.Size[2:4], tg.Offset[2:4])
	}
	if tg.Index[2] != 15*16+15 || tg.Size[4] != 1 || tg.Size[5] != 1 {
		t.Errorf("huge: index %d, size %v", tg.Index[2], tg.Size[4:6])
	}
}

func TestEncodeTruncates(t *testing.T) {
	boxes := []data.Box{{Class: 0, X: -9, Y: 0, W: 8, H: 8}} // outside: takes no slot
	for i := range 5 {
		boxes = append(boxes, data.Box{Class: i % 2, X: float64(8 * i), Y: 0, W: 8, H: 8})
	}
	tg, counts, res := encode(t, 2, 64, 3, boxes)
	if res != (data.Encoded{Objects: 3, Dropped: 1, Truncated: 2}) {
		t.Errorf("result %+v", res)
	}
	if counts[0] != 2 || counts[1] != 1 {
		t.Errorf("objects %v, want those of the first three", counts)
	}
	if tg.Heatmap[256+1*16+7] != 0 {
		t.Error("an object beyond the slots is in the heatmap")
	}
}

func TestNewEncoderRefuses(t *testing.T) {
	for _, c := range []struct{ classes, slots, mode int }{{0, 1, 0}, {1, 0, 0}, {1, 1, 2}} {
		if _, err := NewEncoder(c.classes, c.slots, RadiusMode(c.mode)); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}

func TestRadiusModeNames(t *testing.T) {
	for _, m := range []RadiusMode{Compat, Corrected} {
		if got, err := ParseRadiusMode(m.String()); err != nil || got != m {
			t.Errorf("%v comes back as %v, %v", m, got, err)
		}
	}
	if _, err := ParseRadiusMode("exact"); err == nil {
		t.Error("an unknown mode is accepted")
	}
}

func TestEncodeAllocatesNothing(t *testing.T) {
	e, err := NewEncoder(3, 4, Corrected)
	if err != nil {
		t.Fatal(err)
	}
	tg, boxes, counts := newTargets(e, 64), []data.Box{{Class: 2, X: 3, Y: 4, W: 50, H: 40}}, make([]int32, 3)
	if n := testing.AllocsPerRun(10, func() { e.Encode(tg, 0, boxes, counts) }); n != 0 {
		t.Errorf("%g allocations a call", n)
	}
}

// The maps of an input that is wider than high: a box of 8×8 pixels at (80, 20)
// has its centre in cell (21, 6) of 24×8, and a second image is beside the first.
func TestEncodeOblong(t *testing.T) {
	e, err := NewEncoder(2, 4, Compat)
	if err != nil {
		t.Fatal(err)
	}
	tg := e.NewTargets()
	tg.Resize(2, data.Size{Width: 96, Height: 32})
	for pos := range 2 {
		e.Encode(tg, pos, []data.Box{{Class: pos, X: 80, Y: 20, W: 8, H: 8}}, make([]int32, 2))
	}
	maps := tg.(*Targets)
	if len(maps.Heatmap) != 2*2*24*8 || len(maps.Index) != 8 {
		t.Fatalf("%d cells and %d slots", len(maps.Heatmap), len(maps.Index))
	}
	const area, at = 24 * 8, 6*24 + 21
	for i, v := range maps.Heatmap {
		if centre := i == at || i == 3*area+at; (v == 1) != centre {
			t.Errorf("heatmap[%d] is %g", i, v)
		}
	}
	if maps.Index[0] != at || maps.Index[4] != at {
		t.Errorf("indices %v, want %d", maps.Index, at)
	}
}
