package fcos

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"cocostat/balance"
	"cocostat/train/data"
	"cocostat/train/detector"
)

// hundred are the limits of COCO's evaluation.
var hundred = detector.Limits{Top: 100}

// What torchvision's nms keeps, with scores and overlaps that tie.
func TestSuppressAgainstTorchvision(t *testing.T) {
	type suppression struct {
		Boxes  [][4]float32
		Scores []float32
		Labels []int
		Limit  float64
		Kept   []int
	}
	for i, c := range stored[suppression](t, "nms.json") {
		var order []candidate
		for at, s := range c.Scores {
			order = append(order, candidate{s, at})
		}
		slices.SortFunc(order, better)
		var s suppressor
		s.start(slices.Max(c.Labels) + 1)
		var kept []int
		for _, o := range order {
			b := c.Boxes[o.at]
			if s.keep(c.Labels[o.at], corners{b[0], b[1], b[2], b[3]}, c.Limit) {
				kept = append(kept, o.at)
			}
		}
		if !slices.Equal(kept, c.Kept) {
			t.Errorf("case %d: %v stay, want %v", i, kept, c.Kept)
		}
	}
}

// waves are the outputs of make_fcos.py, for its grid.
func waves(g Grid, classes int) Maps {
	wave := func(n int, step, phase, scale, shift float64) []float32 {
		w := make([]float32, n)
		for i := range w {
			w[i] = float32(scale*math.Sin(step*float64(i)+phase) + shift)
		}
		return w
	}
	return Maps{
		Logits:     wave(classes*g.Cells, 1.7, 0.3, 4, -2.5),
		Centreness: wave(g.Cells, 2.3, 1.1, 3, 0),
		Distances:  wave(4*g.Cells, 0.9, 0.2, 24, 30),
	}
}

// detections.json is torchvision's own postprocessing, which has no threshold of
// the classification; threshold.json is the published order with torchvision's
// batched_nms.
func TestDecodeAgainstTorchvision(t *testing.T) {
	type decoding struct {
		Threshold, Overlap float64
		Candidates, Top    int
		Detections         [][6]float64 // class, score, x0, y0, x1, y1
	}
	g := mustGrid(t, 128, 96)
	m := waves(g, 3)
	for _, file := range []struct {
		name, score string
	}{{"detections.json", ScoreRoot}, {"threshold.json", ScoreProduct}} {
		var d Decoder
		for i, c := range stored[decoding](t, file.name) {
			test := Test{Threshold: c.Threshold, Candidates: c.Candidates, Overlap: c.Overlap, Score: file.score}
			got := d.Decode(nil, g, m, [4]float64{0, 0, 117, 90}, test, detector.Limits{Top: c.Top})
			if len(got) != len(c.Detections) {
				t.Errorf("%s, case %d: %d detections, want %d", file.name, i, len(got), len(c.Detections))
				continue
			}
			for k, f := range got {
				values := [6]float64{float64(f.Class), float64(f.Score), float64(f.X), float64(f.Y), float64(f.X + f.W), float64(f.Y + f.H)}
				for j, want := range c.Detections[k] {
					if math.Abs(values[j]-want) > 2e-5 {
						t.Fatalf("%s, case %d, place %d: %v, want %v", file.name, i, k, values, c.Detections[k])
					}
				}
			}
		}
	}
}

// slowDecode is the definition for whole numbers of everything: sort all, and
// compare each with all better ones that stayed.
func slowDecode(g Grid, m Maps, inside [4]float64, lim Test, limits detector.Limits) (out []detector.Found) {
	type pair struct {
		class, cell, level int
		product            float32
	}
	var all []pair
	for l, level := range g.Levels {
		var here []pair
		for class := range len(m.Logits) / g.Cells {
			for cell := level.First; cell < level.First+level.W*level.H; cell++ {
				x := m.Logits[class*g.Cells+cell]
				if p := 1 / (1 + math.Exp(-float64(x))); p > lim.Threshold {
					here = append(here, pair{class, cell, l, float32(p / (1 + math.Exp(-float64(m.Centreness[cell]))))})
				}
			}
		}
		slices.SortStableFunc(here, func(a, b pair) int { return int(math.Copysign(1, float64(b.product-a.product))) })
		all = append(all, here[:min(len(here), lim.Candidates)]...)
	}
	slices.SortFunc(all, func(a, b pair) int {
		switch {
		case a.product != b.product:
			return int(math.Copysign(1, float64(b.product-a.product)))
		case a.class != b.class:
			return a.class - b.class
		}
		return a.cell - b.cell
	})
	for _, p := range all {
		level := g.Levels[p.level]
		i := p.cell - level.First
		x, y := float32(level.Stride*(i%level.W)+level.Stride/2), float32(level.Stride*(i/level.W)+level.Stride/2)
		x0, x1 := max(x-m.Distances[p.cell], float32(inside[0])), min(x+m.Distances[2*g.Cells+p.cell], float32(inside[2]))
		y0, y1 := max(y-m.Distances[g.Cells+p.cell], float32(inside[1])), min(y+m.Distances[3*g.Cells+p.cell], float32(inside[3]))
		f := detector.Found{Class: p.class, Score: float32(math.Sqrt(float64(p.product))), X: x0, Y: y0, W: x1 - x0, H: y1 - y0}
		if f.Score <= limits.Threshold || f.W <= 0 || f.H <= 0 || slices.ContainsFunc(out, func(o detector.Found) bool {
			w := min(f.X+f.W, o.X+o.W) - max(f.X, o.X)
			h := min(f.Y+f.H, o.Y+o.H) - max(f.Y, o.Y)
			both := max(w, 0) * max(h, 0)
			return o.Class == f.Class && float64(both/(f.W*f.H+o.W*o.H-both)) > lim.Overlap
		}) {
			continue
		}
		out = append(out, f)
	}
	return out[:min(len(out), limits.Top)]
}

// Maps of few distinct values are full of ties, of scores and of overlaps; the
// image is smaller than the input.
func TestDecodeAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var d Decoder
	found := 0
	for round := range 150 {
		g := mustGrid(t, 32*(1+rng.IntN(4)), 32*(1+rng.IntN(4)))
		classes := 1 + rng.IntN(4)
		few := func(n, values int, scale, shift float32) []float32 {
			s := make([]float32, n)
			for i := range s {
				s[i] = scale*float32(rng.IntN(values)) + shift
			}
			return s
		}
		m := Maps{few(classes*g.Cells, 6, 1, -3), few(g.Cells, 3, 2, -2), few(4*g.Cells, 8, 8, 0)}
		test := Test{Threshold: []float64{0, 0.05, 0.5}[rng.IntN(3)], Candidates: 1 + rng.IntN(60), Overlap: []float64{0, 0.5, 0.6, 1}[rng.IntN(4)]}
		limits := detector.Limits{Top: rng.IntN(40), Threshold: []float32{0, 0, 0.3}[rng.IntN(3)]}
		inside := [4]float64{float64(rng.IntN(8)), float64(rng.IntN(8)), float64(g.Width - rng.IntN(20)), float64(g.Height - rng.IntN(20))}
		want := slowDecode(g, m, inside, test, limits)
		if got := d.Decode(nil, g, m, inside, test, limits); !slices.Equal(got, want) {
			t.Fatalf("round %d, %+v, %+v:\n%v, want\n%v", round, test, limits, got, want)
		}
		if len(want) > 0 { // a threshold that is the score of some leaves them out
			limits.Threshold = want[len(want)/2].Score
			want := slices.DeleteFunc(slices.Clone(want), func(f detector.Found) bool { return f.Score <= limits.Threshold })
			if got := d.Decode(nil, g, m, inside, test, limits); !slices.Equal(got, want) {
				t.Fatalf("round %d, above %g:\n%v, want\n%v", round, limits.Threshold, got, want)
			}
		}
		found += len(want)
	}
	if found < 500 {
		t.Errorf("only %d detections were compared", found)
	}
}

// Decoding what the encoder wrote gives the boxes back, with one cell each
// certain: overlapping ones of a class, too, while they overlap by less than the
// limit.
func TestDecodeInvertsEncode(t *testing.T) {
	g := mustGrid(t, 256, 192)
	boxes := []data.Box{
		{Class: 1, X: 10, Y: 20, W: 30, H: 25},
		{Class: 0, X: 60, Y: 40, W: 130, H: 120},
		{Class: 1, X: 100, Y: 50, W: 30.5, H: 100.25},
		{Class: 2, X: 0, Y: 0, W: 256, H: 192},
		{Class: 1, X: 20, Y: 20, W: 30, H: 25},
	}
	tg, _, _ := encode(t, g, 3, Default(), boxes)
	m := Maps{Logits: slices.Repeat([]float32{-20}, 3*g.Cells), Centreness: make([]float32, g.Cells), Distances: make([]float32, 4*g.Cells)}
	for cell, label := range tg.Labels {
		if label == Background {
			continue
		}
		m.Logits[int(label)*g.Cells+cell] = 9
		d := tg.Distances[4*cell:][:4]
		for side, v := range d {
			m.Distances[side*g.Cells+cell] = v
		}
		c := balance.Centreness(float64(d[0]), float64(d[1]), float64(d[2]), float64(d[3]))
		m.Centreness[cell] = float32(math.Log(c / (1.0001 - c)))
	}
	var d Decoder
	got := d.Decode(nil, g, m, [4]float64{0, 0, 256, 192}, DefaultTest(), hundred)
	if len(got) != len(boxes) {
		t.Errorf("%d detections of %d boxes: %v", len(got), len(boxes), got)
	}
	for _, b := range boxes {
		if !slices.ContainsFunc(got, func(f detector.Found) bool {
			return f.Class == b.Class && f.X == float32(b.X) && f.Y == float32(b.Y) && f.W == float32(b.W) && f.H == float32(b.H)
		}) {
			t.Errorf("%v is not among the detections %v", b, got)
		}
	}
}

// What is no number gives no detection, what is infinite ends at the image's edge.
func TestDecodeOddNumbers(t *testing.T) {
	g := mustGrid(t, 32, 32)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	m := Maps{Logits: slices.Repeat([]float32{nan}, g.Cells), Centreness: slices.Repeat([]float32{1}, g.Cells), Distances: slices.Repeat([]float32{3}, 4*g.Cells)}
	m.Logits[0], m.Centreness[0] = 5, nan
	m.Logits[1], m.Distances[1] = 4, nan
	m.Logits[2], m.Distances[2], m.Distances[2*g.Cells+2] = inf, inf, inf
	var d Decoder
	got := d.Decode(nil, g, m, [4]float64{0, 0, 32, 30}, DefaultTest(), hundred)
	if len(got) != 1 || got[0].X != 0 || got[0].W != 32 || got[0].Y != 1 || got[0].H != 6 {
		t.Errorf("got %+v, want one box over the whole width", got)
	}
}

func TestDecodeReusesMemory(t *testing.T) {
	g := mustGrid(t, 256, 192)
	m := waves(g, 5)
	var d Decoder
	dst := d.Decode(nil, g, m, [4]float64{0, 0, 256, 192}, DefaultTest(), hundred)
	if n := testing.AllocsPerRun(10, func() { dst = d.Decode(dst[:0], g, m, [4]float64{0, 0, 256, 192}, DefaultTest(), hundred) }); n != 0 {
		t.Errorf("%g allocations a call", n)
	}
}

// A network at work: 1 in 200 pairs of cell and class is a candidate.
func BenchmarkDecode(b *testing.B) {
	const classes = 80
	g := mustGrid(b, 1344, 800)
	rng := rand.New(rand.NewPCG(5, 6))
	m := waves(g, classes)
	for i := range m.Logits {
		m.Logits[i] = float32(-6 + 1.2*rng.NormFloat64())
	}
	var d Decoder
	var dst []detector.Found
	for b.Loop() {
		dst = d.Decode(dst[:0], g, m, [4]float64{0, 0, 1333, 800}, DefaultTest(), hundred)
	}
}
