package centernet

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"cocostat/train/data"
	"cocostat/train/detector"
)

// dense spreads the slots of a target over the cells, as a perfect network
// would predict them.
func dense(tg *Targets, cells int) (size, offset []float32) {
	area := cells * cells
	size, offset = make([]float32, 2*area), make([]float32, 2*area)
	for i, m := range tg.Mask {
		if m == 0 {
			continue
		}
		for c := range 2 {
			size[c*area+int(tg.Index[i])] = tg.Size[2*i+c]
			offset[c*area+int(tg.Index[i])] = tg.Offset[2*i+c]
		}
	}
	return size, offset
}

// Decoding the target itself gives the boxes back, whatever they are, as long
// as no two centres share a cell.
func TestDecodeInvertsEncode(t *testing.T) {
	const classes, size, cells = 5, 256, 64
	rng := rand.New(rand.NewPCG(3, 4))
	var d Decoder
	for range 200 {
		var boxes []data.Box
		taken := map[int]bool{}
		for range 1 + rng.IntN(40) {
			w, h := 0.5+rng.ExpFloat64()*40, 0.5+rng.ExpFloat64()*40
			b := data.Box{Class: rng.IntN(classes), W: min(w, size), H: min(h, size)}
			b.X, b.Y = rng.Float64()*(size-b.W), rng.Float64()*(size-b.H)
			cell := int((b.X+b.W/2)/4) + cells*int((b.Y+b.H/2)/4)
			if !taken[cell] {
				taken[cell] = true
				boxes = append(boxes, b)
			}
		}
		tg, _, _ := encode(t, classes, size, MaxObjects, boxes)
		sizes, offsets := dense(tg, cells)
		got := d.Decode(nil, tg.Heatmap, sizes, offsets, cells, cells, 100, 0.999)
		if len(got) != len(boxes) {
			t.Fatalf("%d detections of %d boxes", len(got), len(boxes))
		}
		near := func(a float32, b float64) bool { return math.Abs(float64(a)-b) < 1e-4 }
		for _, b := range boxes {
			if !slices.ContainsFunc(got, func(g detector.Found) bool {
				return g.Class == b.Class && g.Score == 1 && near(g.X, b.X) && near(g.Y, b.Y) && near(g.W, b.W) && near(g.H, b.H)
			}) {
				t.Fatalf("%+v is not among the detections", b)
			}
		}
	}
}

// slowDecode is the definition: the maximum over a 3×3 window by brute force,
// then a full sort.
func slowDecode(heat []float32, h, w, k int, threshold float32) []peak {
	var all []peak
	for i, v := range heat {
		c, y, x := i/(h*w), i/w%h, i%w
		highest := v
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				if yy, xx := y+dy, x+dx; yy >= 0 && yy < h && xx >= 0 && xx < w {
					highest = max(highest, heat[(c*h+yy)*w+xx])
				}
			}
		}
		if v == highest && v > threshold {
			all = append(all, peak{v, i})
		}
	}
	slices.SortStableFunc(all, func(a, b peak) int { return cmp.Compare(b.score, a.score) })
	return all[:min(k, len(all))]
}

// Heatmaps of few distinct values are full of ties.
func TestDecodeAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var d Decoder
	for round := range 500 {
		c, h, w := 1+rng.IntN(3), 1+rng.IntN(9), 1+rng.IntN(9)
		heat := make([]float32, c*h*w)
		for i := range heat {
			heat[i] = float32(rng.IntN(6)) / 5
		}
		zero := make([]float32, 2*h*w)
		k, threshold := rng.IntN(12), float32(rng.IntN(4))/5
		want := slowDecode(heat, h, w, k, threshold)
		got := d.Decode(nil, heat, zero, zero, h, w, k, threshold)
		if len(got) != len(want) {
			t.Fatalf("round %d: %d detections, want %d", round, len(got), len(want))
		}
		for i, p := range want {
			at := p.at % (h * w)
			if g := got[i]; g.Score != p.score || g.Class != p.at/(h*w) || g.X != float32(4*(at%w)) || g.Y != float32(4*(at/w)) {
				t.Fatalf("round %d, place %d: %+v, want score %g at %d", round, i, g, p.score, p.at)
			}
		}
	}
}

// By hand: a peak of 0.9 at cell (2, 1) with size 3×2 cells and offset
// (0.25, 0.5) has its centre at (9, 6) pixels and 12×8 pixels; its equal
// neighbour is a peak too, with a negative width that counts as 0.
func TestDecodeByHand(t *testing.T) {
	heat := []float32{
		0, 0, 0.5, 0,
		0, 0, 0.9, 0.9,
		0, 0, 0, 0.8,
	}
	size, offset := make([]float32, 24), make([]float32, 24)
	size[6], size[12+6], offset[6], offset[12+6] = 3, 2, 0.25, 0.5
	size[7], size[12+7] = -1, 1
	var d Decoder
	got := d.Decode(nil, heat, size, offset, 3, 4, 100, 0.1)
	want := []detector.Found{
		{Score: 0.9, X: 3, Y: 2, W: 12, H: 8},
		{Score: 0.9, X: 12, Y: 2, W: 0, H: 4},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := d.Decode(nil, heat, size, offset, 3, 4, 1, 0.1); !slices.Equal(got, want[:1]) {
		t.Errorf("the best one is %+v", got)
	}
	if got := d.Decode(nil, heat, size, offset, 3, 4, 100, 0.9); len(got) != 0 {
		t.Errorf("above 0.9: %+v", got)
	}
}

func TestDecodeSkipsNaN(t *testing.T) {
	nan := float32(math.NaN())
	var d Decoder
	got := d.Decode(nil, []float32{nan, 0, 0, 0.5}, make([]float32, 8), make([]float32, 8), 2, 2, 10, 0.1)
	if len(got) != 1 || got[0].Score != 0.5 {
		t.Errorf("got %+v, want the peak of 0.5 alone", got)
	}
}

func TestDecodeReusesMemory(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	heat, maps := make([]float32, 3*32*32), make([]float32, 2*32*32)
	for i := range heat {
		heat[i] = rng.Float32()
	}
	var d Decoder
	dst := d.Decode(nil, heat, maps, maps, 32, 32, 100, 0)
	if n := testing.AllocsPerRun(10, func() { dst = d.Decode(dst[:0], heat, maps, maps, 32, 32, 100, 0) }); n != 0 {
		t.Errorf("%g allocations a call", n)
	}
}
