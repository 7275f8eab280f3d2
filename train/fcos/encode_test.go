package fcos

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func mustGrid(t testing.TB, width, height int) Grid {
	t.Helper()
	g, err := NewGrid(width, height)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func newTarget(g Grid, classes int) Target {
	fill := func(n int) []float32 { return slices.Repeat([]float32{99}, n) } // must be overwritten
	return Target{
		Labels: slices.Repeat([]int32{99}, g.Cells), Distances: fill(4 * g.Cells), Centreness: fill(g.Cells),
		Objects: slices.Repeat([]int32{99}, classes), Positives: slices.Repeat([]int32{99}, classes),
	}
}

func encode(t testing.TB, g Grid, o Options, boxes []Box) (Target, Result) {
	t.Helper()
	e, err := NewEncoder(o)
	if err != nil {
		t.Fatal(err)
	}
	tg := newTarget(g, o.Classes)
	return tg, e.Encode(g, boxes, tg)
}

// The sizes of FCOS's levels for the published input of 800×1344.
func TestGrid(t *testing.T) {
	g := mustGrid(t, 1344, 800)
	want := [Levels]Level{{8, 168, 100, 0}, {16, 84, 50, 16800}, {32, 42, 25, 21000}, {64, 21, 13, 22050}, {128, 11, 7, 22323}}
	if g.Levels != want || g.Cells != 22400 {
		t.Errorf("%d cells in %v, want 22400 in %v", g.Cells, g.Levels, want)
	}
	for _, side := range []int{-32, 0, 33, 48} {
		if _, err := NewGrid(side, 64); err == nil {
			t.Errorf("a width of %d is accepted", side)
		}
		if _, err := NewGrid(64, side); err == nil {
			t.Errorf("a height of %d is accepted", side)
		}
	}
}

// stored reads the cases of a file that testdata/make_fcos.py wrote.
func stored[T any](t *testing.T, name string) (cases []T) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatalf("%s has no case", name)
	}
	return cases
}

// The owners of cells are those of the published rule and, where its ranges are
// not touched, of torchvision: overlapping boxes, equal areas, boxes that no cell
// lies in, an image without boxes.
func TestEncodeAgainstReference(t *testing.T) {
	type targetCase struct {
		Kind          string
		Width, Height int
		Ranges        Ranges
		Radius        float64
		Boxes         [][4]float64
		Owners        []int
		Centreness    []float64
	}
	for i, c := range stored[targetCase](t, "targets.json") {
		t.Run(fmt.Sprint(i, c.Kind), func(t *testing.T) {
			g := mustGrid(t, c.Width, c.Height)
			var boxes []Box // each a class of its own, so that labels are owners
			for i, b := range c.Boxes {
				boxes = append(boxes, Box{i, b[0], b[1], b[2], b[3]})
			}
			classes := max(len(boxes), 1)
			tg, res := encode(t, g, Options{Classes: classes, Ranges: c.Ranges, Radius: c.Radius}, boxes)
			positives := make([]int32, classes)
			for cell, want := range c.Owners {
				if int(tg.Labels[cell]) != want {
					t.Fatalf("cell %d belongs to %d, want %d", cell, tg.Labels[cell], want)
				}
				if want >= 0 {
					positives[want]++
				}
			}
			if len(c.Owners) != g.Cells || !slices.Equal(positives, tg.Positives) {
				t.Errorf("%d cells, of the boxes %v, want %d, %v", g.Cells, tg.Positives, len(c.Owners), positives)
			}
			unmatched := 0
			for i := range boxes {
				if positives[i] == 0 {
					unmatched++
				}
			}
			if want := (Result{Objects: len(boxes), Unmatched: unmatched, Positives: len(c.Centreness)}); res != want {
				t.Errorf("result %+v, want %+v", res, want)
			}
			next := 0
			for cell, got := range tg.Centreness {
				want := 0.0
				if c.Owners[cell] >= 0 {
					want = c.Centreness[next]
					next++
				}
				if math.Abs(float64(got)-want) > 2e-7 {
					t.Errorf("cell %d has centre-ness %g, want %g", cell, got, want)
				}
			}
		})
	}
}

// slowOwner is the rule, box by box, for one cell.
func slowOwner(o Options, level int, x, y float64, boxes []Box) int {
	least, most := [...]float64{-1, o.Ranges[0], o.Ranges[1], o.Ranges[2], o.Ranges[3]}[level], math.Inf(1)
	if level < 4 {
		most = o.Ranges[level]
	}
	best := -1
	for i, b := range boxes {
		l, t, r, u := x-b.X, y-b.Y, b.X+b.W-x, b.Y+b.H-y
		far := max(l, t, r, u)
		inside := min(l, t, r, u) > 0 && least <= far && far <= most
		if s := o.Radius * float64(Strides[level]); s > 0 {
			inside = inside && math.Abs(x-(b.X+b.W/2)) < s && math.Abs(y-(b.Y+b.H/2)) < s
		}
		if inside && (best < 0 || b.W*b.H < boxes[best].W*boxes[best].H) {
			best = i
		}
	}
	return best
}

// Every pair of cell and box, for boxes on halves of pixels, whose edges meet
// points and whose distances meet the bounds of the ranges.
func TestEncodeAgainstDefinition(t *testing.T) {
	const classes = 4
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		g := mustGrid(t, 32*(1+rng.IntN(8)), 32*(1+rng.IntN(8)))
		o := Options{Classes: classes, Ranges: PublishedRanges.Scaled([]float64{1, 0.5, 0.25, 0.125}[rng.IntN(4)])}
		o.Radius = []float64{0, 0, 1.5, 0.5}[rng.IntN(4)]
		var boxes []Box
		for range rng.IntN(20) {
			w, h := 0.5+float64(rng.IntN(2*g.Width))/2, 0.5+float64(rng.IntN(2*g.Height))/2
			x, y := float64(rng.IntN(2*(g.Width-int(w))+1))/2, float64(rng.IntN(2*(g.Height-int(h))+1))/2
			boxes = append(boxes, Box{rng.IntN(classes), x, y, min(w, float64(g.Width)-x), min(h, float64(g.Height)-y)})
		}
		tg, res := encode(t, g, o, boxes)
		total, a := 0, g.Cells
		for l, level := range g.Levels {
			for i := range level.W * level.H {
				x := float64(level.Stride*(i%level.W) + level.Stride/2)
				y := float64(level.Stride*(i/level.W) + level.Stride/2)
				cell := level.First + i
				got := [5]float64{float64(tg.Labels[cell]), float64(tg.Distances[cell]), float64(tg.Distances[a+cell]), float64(tg.Distances[2*a+cell]), float64(tg.Distances[3*a+cell])}
				want := [5]float64{-1}
				if k := slowOwner(o, l, x, y, boxes); k >= 0 {
					b := boxes[k]
					want = [5]float64{float64(b.Class), x - b.X, y - b.Y, b.X + b.W - x, b.Y + b.H - y}
					total++
				}
				if got != want {
					t.Fatalf("round %d, level %d, point (%g, %g): %v, want %v", round, l, x, y, got, want)
				}
			}
		}
		if res.Positives != total || res.Objects != len(boxes) {
			t.Fatalf("round %d: %+v, want %d objects and %d positives", round, res, len(boxes), total)
		}
	}
}

// By hand, at 64×64: a box of 24×16 pixels at (8, 20) holds the points of P3 at
// x = 12, 20, 28 and y = 28 (20 and 36 are on its edges), and the point (24, 24)
// of P4, which has larger ones only. At (12, 28) the distances are 4, 8, 20, 8,
// and the centre-ness is √(4/20) = 0.4472136; at (20, 28) it is 1.
func TestEncodeOneObject(t *testing.T) {
	g := mustGrid(t, 64, 64)
	tg, res := encode(t, g, Options{Classes: 3}, []Box{{2, 8, 20, 24, 16}})
	if res != (Result{Objects: 1, Positives: 3}) || !slices.Equal(tg.Objects, []int32{0, 0, 1}) || !slices.Equal(tg.Positives, []int32{0, 0, 3}) {
		t.Fatalf("%+v, objects %v, cells %v", res, tg.Objects, tg.Positives)
	}
	first := 8*3 + 1
	for i, want := range []float32{0.4472136, 1, 0.4472136} {
		if cell := first + i; tg.Labels[cell] != 2 || tg.Centreness[cell] != want {
			t.Errorf("cell %d: label %d, centre-ness %.8g, want %.8g", i, tg.Labels[cell], tg.Centreness[cell], want)
		}
	}
	for side, want := range []float32{4, 8, 20, 8} {
		if got := tg.Distances[side*g.Cells+first]; got != want {
			t.Errorf("distance %d is %g, want %g", side, got, want)
		}
	}
}

// A distance of exactly 64 belongs to P3 and to P4: the first box reaches 64 to
// the right of the point (68, 60) of P3, the second 64 to both sides, the third 64
// to the right of the point (56, 56) of P4.
func TestEncodeRangesHoldTheirBounds(t *testing.T) {
	g := mustGrid(t, 160, 128)
	for _, c := range []struct{ level, cell, left, right int }{{0, 20*7 + 8, 40, 132}, {0, 20*7 + 8, 4, 132}, {1, 10*3 + 3, 40, 120}} {
		tg, _ := encode(t, g, Options{Classes: 1}, []Box{{0, float64(c.left), 40, float64(c.right - c.left), 40}})
		if cell := g.Levels[c.level].First + c.cell; tg.Labels[cell] != 0 || tg.Distances[2*g.Cells+cell] != 64 {
			t.Errorf("level %d: label %d at a distance of %g", c.level, tg.Labels[cell], tg.Distances[2*g.Cells+cell])
		}
	}
}

// Boxes are clipped to the input before anything else, and what has no area then
// does not count.
func TestEncodeClips(t *testing.T) {
	g := mustGrid(t, 64, 32)
	tg, res := encode(t, g, Options{Classes: 2}, []Box{
		{0, 40, 10, 400, 400},
		{1, -30, 8, 30, 8},       // ends at the left edge
		{1, 70, 8, 30, 8},        // begins beyond the right one
		{1, 10, 10, 0, 8},        // no area
		{1, math.NaN(), 1, 5, 5}, // no number
		{1, -100, 0, 105, 3},     // between all points
		{0, -1e300, 2, 2e300, 3}, // clipped to the whole width
	})
	if res.Objects != 3 || res.Dropped != 4 || res.Unmatched != 1 || !slices.Equal(tg.Objects, []int32{2, 1}) {
		t.Fatalf("%+v, objects %v", res, tg.Objects)
	}
	cell := 8*2 + 5 // point (44, 20) of P3: the box is clipped to (40, 10)–(64, 32)
	for side, want := range []float32{4, 10, 20, 12} {
		if got := tg.Distances[side*g.Cells+cell]; got != want {
			t.Errorf("distance %d is %g, want %g", side, got, want)
		}
	}
}

func TestEncodeReusesMemory(t *testing.T) {
	large, small := mustGrid(t, 320, 256), mustGrid(t, 64, 96)
	boxes := []Box{{0, 3, 4, 50, 40}, {1, 3, 4, 60, 90}, {1, 10, 20, 5, 90}}
	e, err := NewEncoder(Options{Classes: 2})
	if err != nil {
		t.Fatal(err)
	}
	a, b := newTarget(large, 2), newTarget(small, 2)
	if n := testing.AllocsPerRun(10, func() { e.Encode(large, boxes, a); e.Encode(small, boxes, b) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
	want, _ := encode(t, small, Options{Classes: 2}, boxes)
	if !slices.Equal(b.Labels, want.Labels) || !slices.Equal(b.Distances, want.Distances) || !slices.Equal(b.Centreness, want.Centreness) {
		t.Error("an image after a larger one has other targets than alone")
	}
}

func TestNewEncoderRefuses(t *testing.T) {
	for _, o := range []Options{
		{Classes: 0}, {Classes: 1, Radius: -1}, {Classes: 1, Radius: math.NaN()},
		{Classes: 1, Ranges: Ranges{64, 64, 128, 256}}, {Classes: 1, Ranges: Ranges{-1, 64, 128, 256}},
		{Classes: 1, Ranges: Ranges{1, 2, 3, math.Inf(1)}}, {Classes: 1, Ranges: Ranges{1, 2, math.NaN(), 4}},
	} {
		if _, err := NewEncoder(o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	g := mustGrid(b, 1344, 800)
	rng := rand.New(rand.NewPCG(5, 6))
	var boxes []Box
	for range 30 {
		boxes = append(boxes, Box{rng.IntN(80), rng.Float64() * 1000, rng.Float64() * 600, rng.ExpFloat64() * 150, rng.ExpFloat64() * 150})
	}
	e, err := NewEncoder(Options{Classes: 80})
	if err != nil {
		b.Fatal(err)
	}
	t := newTarget(g, 80)
	for b.Loop() {
		e.Encode(g, boxes, t)
	}
}
