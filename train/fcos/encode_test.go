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

	"cocostat/balance"
	"cocostat/train/data"
	"cocostat/train/internal/buffer"
)

func mustGrid(t testing.TB, width, height int) Grid {
	t.Helper()
	g, err := NewGrid(width, height)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// newTargets returns targets of one image, full of what must be overwritten.
func newTargets(e *Encoder, g Grid) *Targets {
	t := e.NewTargets().(*Targets)
	t.Resize(1, data.Size{Width: g.Width, Height: g.Height})
	for i := range t.Labels {
		t.Labels[i] = 99
	}
	for i := range t.Distances {
		t.Distances[i] = 99
	}
	return t
}

// encode returns the targets of one image and its counts.
func encode(t testing.TB, g Grid, classes int, c Config, boxes []data.Box) (*Targets, []int32, data.Encoded) {
	t.Helper()
	e, err := NewEncoder(classes, c)
	if err != nil {
		t.Fatal(err)
	}
	targets, counts := newTargets(e, g), slices.Repeat([]int32{99}, classes)
	return targets, counts, e.Encode(targets, 0, boxes, counts)
}

// rule is the default configuration with a target rule of its own.
func rule(ranges Ranges, radius float64, count string) Config {
	c := Default()
	c.Ranges, c.Radius, c.Count = ranges, radius, count
	return c
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
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
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
			var boxes []data.Box // each a class of its own, so that labels are owners
			for i, b := range c.Boxes {
				boxes = append(boxes, data.Box{Class: i, X: b[0], Y: b[1], W: b[2], H: b[3]})
			}
			classes := max(len(boxes), 1)
			tg, counts, res := encode(t, g, classes, rule(c.Ranges, c.Radius, CountCells), boxes)
			positives := make([]int32, classes)
			for cell, want := range c.Owners {
				if int(tg.Labels[cell]) != want {
					t.Fatalf("cell %d belongs to %d, want %d", cell, tg.Labels[cell], want)
				}
				if want >= 0 {
					positives[want]++
				}
			}
			if len(c.Owners) != g.Cells || !slices.Equal(positives, counts) {
				t.Errorf("%d cells, of the boxes %v, want %d, %v", g.Cells, counts, len(c.Owners), positives)
			}
			if want := (data.Encoded{Objects: len(boxes)}); res != want {
				t.Errorf("result %+v, want %+v", res, want)
			}
			next := 0
			for cell, o := range c.Owners {
				if o < 0 {
					continue
				}
				d := tg.Distances[4*cell:][:4]
				got := balance.Centreness(float64(d[0]), float64(d[1]), float64(d[2]), float64(d[3]))
				if want := c.Centreness[next]; math.Abs(got-want) > 2e-7 {
					t.Errorf("cell %d has centre-ness %g, want %g", cell, got, want)
				}
				next++
			}
		})
	}
}

// slowOwner is the rule, box by box, for one cell.
func slowOwner(o Config, level int, x, y float64, boxes []data.Box) int {
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
		ranges := PublishedRanges.Scaled([]float64{1, 0.5, 0.25, 0.125}[rng.IntN(4)])
		o := rule(ranges, []float64{0, 0, 1.5, 0.5}[rng.IntN(4)], CountCells)
		var boxes []data.Box
		for range rng.IntN(20) {
			w, h := 0.5+float64(rng.IntN(2*g.Width))/2, 0.5+float64(rng.IntN(2*g.Height))/2
			x, y := float64(rng.IntN(2*(g.Width-int(w))+1))/2, float64(rng.IntN(2*(g.Height-int(h))+1))/2
			boxes = append(boxes, data.Box{Class: rng.IntN(classes), X: x, Y: y, W: min(w, float64(g.Width)-x), H: min(h, float64(g.Height)-y)})
		}
		tg, counts, _ := encode(t, g, classes, o, boxes)
		cells := make([]int32, classes)
		for l, level := range g.Levels {
			for i := range level.W * level.H {
				x := float64(level.Stride*(i%level.W) + level.Stride/2)
				y := float64(level.Stride*(i/level.W) + level.Stride/2)
				cell := level.First + i
				d := tg.Distances[4*cell:][:4]
				got := [5]float64{float64(tg.Labels[cell]), float64(d[0]), float64(d[1]), float64(d[2]), float64(d[3])}
				want := [5]float64{-1}
				if k := slowOwner(o, l, x, y, boxes); k >= 0 {
					b := boxes[k]
					want = [5]float64{float64(b.Class), x - b.X, y - b.Y, b.X + b.W - x, b.Y + b.H - y}
					cells[b.Class]++
				}
				if got != want {
					t.Fatalf("round %d, level %d, point (%g, %g): %v, want %v", round, l, x, y, got, want)
				}
			}
		}
		if !slices.Equal(counts, cells) {
			t.Fatalf("round %d: counts %v, want %v", round, counts, cells)
		}
	}
}

// By hand, at 64×64: a box of 24×16 pixels at (8, 20) holds the points of P3 at
// x = 12, 20, 28 and y = 28 (20 and 36 are on its edges), and the point (24, 24)
// of P4, which has larger ones only.
func TestEncodeOneObject(t *testing.T) {
	g := mustGrid(t, 64, 64)
	boxes := []data.Box{{Class: 2, X: 8, Y: 20, W: 24, H: 16}}
	tg, objects, res := encode(t, g, 3, Default(), boxes)
	_, cells, _ := encode(t, g, 3, rule(PublishedRanges, 0, CountCells), boxes)
	if res != (data.Encoded{Objects: 1}) || !slices.Equal(objects, []int32{0, 0, 1}) || !slices.Equal(cells, []int32{0, 0, 3}) {
		t.Fatalf("%+v, objects %v, cells %v", res, objects, cells)
	}
	for i, want := range [][4]float32{{4, 8, 20, 8}, {12, 8, 12, 8}, {20, 8, 4, 8}} {
		cell := 8*3 + 1 + i
		if got := tg.Distances[4*cell:][:4]; tg.Labels[cell] != 2 || !slices.Equal(got, want[:]) {
			t.Errorf("cell %d: label %d, distances %v, want %v", i, tg.Labels[cell], got, want)
		}
	}
}

// A distance of exactly 64 belongs to P3 and to P4: the first box reaches 64 to
// the right of the point (68, 60) of P3, the second 64 to both sides, the third 64
// to the right of the point (56, 56) of P4.
func TestEncodeRangesHoldTheirBounds(t *testing.T) {
	g := mustGrid(t, 160, 128)
	for _, c := range []struct{ level, cell, left, right int }{{0, 20*7 + 8, 40, 132}, {0, 20*7 + 8, 4, 132}, {1, 10*3 + 3, 40, 120}} {
		tg, _, _ := encode(t, g, 1, Default(), []data.Box{{X: float64(c.left), Y: 40, W: float64(c.right - c.left), H: 40}})
		if cell := g.Levels[c.level].First + c.cell; tg.Labels[cell] != 0 || tg.Distances[4*cell+2] != 64 {
			t.Errorf("level %d: label %d at a distance of %g", c.level, tg.Labels[cell], tg.Distances[4*cell+2])
		}
	}
}

// Boxes are clipped to the input before anything else; what has no area then and
// crowds do not count.
func TestEncodeClips(t *testing.T) {
	g := mustGrid(t, 64, 32)
	tg, counts, res := encode(t, g, 2, Default(), []data.Box{
		{X: 40, Y: 10, W: 400, H: 400},
		{Class: 1, X: -30, Y: 8, W: 30, H: 8},             // ends at the left edge
		{Class: 1, X: 70, Y: 8, W: 30, H: 8},              // begins beyond the right one
		{Class: 1, X: 10, Y: 10, W: 0, H: 8},              // no area
		{Class: 1, X: math.NaN(), Y: 1, W: 5, H: 5},       // no number
		{Class: 1, X: 40, Y: 10, W: 9, H: 9, Crowd: true}, // would hide the first
		{Class: 1, X: -100, Y: 0, W: 105, H: 3},           // between all points, but an object
		{X: -1e300, Y: 2, W: 2e300, H: 3},                 // clipped to the whole width
	})
	if res != (data.Encoded{Objects: 3, Dropped: 5}) || !slices.Equal(counts, []int32{2, 1}) {
		t.Fatalf("%+v, counts %v", res, counts)
	}
	cell := 8*2 + 5 // point (44, 20) of P3: the box is clipped to (40, 10)–(64, 32)
	if got, want := tg.Distances[4*cell:][:4], []float32{4, 10, 20, 12}; !slices.Equal(got, want) {
		t.Errorf("distances %v, want %v", got, want)
	}
}

// Targets grow and shrink with the batch and the input, and images do not touch
// each other's.
func TestEncodeReusesMemory(t *testing.T) {
	boxes := []data.Box{{X: 3, Y: 4, W: 50, H: 40}, {Class: 1, X: 3, Y: 4, W: 60, H: 90}, {Class: 1, X: 10, Y: 20, W: 5, H: 90}}
	e, err := NewEncoder(2, Default())
	if err != nil {
		t.Fatal(err)
	}
	tg, counts := e.NewTargets().(*Targets), make([]int32, 2)
	batch := func() {
		tg.Resize(2, data.Size{Width: 320, Height: 256})
		e.Encode(tg, 0, boxes, counts)
		e.Encode(tg, 1, boxes[:2], counts)
		tg.Resize(3, data.Size{Width: 64, Height: 96})
		for i := range 3 {
			e.Encode(tg, i, boxes[i:], counts)
		}
	}
	if n := testing.AllocsPerRun(10, batch); n != 0 {
		t.Errorf("%g allocations", n)
	}
	for i := range 3 {
		want, _, _ := encode(t, mustGrid(t, 64, 96), 2, Default(), boxes[i:])
		if !slices.Equal(buffer.Part(tg.Labels, i, 3), want.Labels) || !slices.Equal(buffer.Part(tg.Distances, i, 3), want.Distances) {
			t.Errorf("image %d has other targets in a batch than alone", i)
		}
	}
}

func TestClonesEncodeAlike(t *testing.T) {
	g := mustGrid(t, 96, 64)
	e, err := NewEncoder(2, rule(Ranges{16, 32, 64, 128}, 1.5, CountCells))
	if err != nil {
		t.Fatal(err)
	}
	boxes := []data.Box{{Class: 1, X: 3, Y: 4, W: 80, H: 50}}
	a, b := newTargets(e, g), newTargets(e, g)
	counts, again := make([]int32, 2), make([]int32, 2)
	e.Encode(a, 0, boxes, counts)
	e.Clone().Encode(b, 0, boxes, again)
	if !slices.Equal(a.Labels, b.Labels) || !slices.Equal(counts, again) || counts[1] == 0 {
		t.Errorf("counts %v and %v", counts, again)
	}
}

func BenchmarkEncode(b *testing.B) {
	g := mustGrid(b, 1344, 800)
	rng := rand.New(rand.NewPCG(5, 6))
	var boxes []data.Box
	for range 30 {
		boxes = append(boxes, data.Box{Class: rng.IntN(80), X: rng.Float64() * 1000, Y: rng.Float64() * 600, W: rng.ExpFloat64() * 150, H: rng.ExpFloat64() * 150})
	}
	e, err := NewEncoder(80, Default())
	if err != nil {
		b.Fatal(err)
	}
	t, counts := newTargets(e, g), make([]int32, 80)
	for b.Loop() {
		e.Encode(t, 0, boxes, counts)
	}
}
