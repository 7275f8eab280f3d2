package centernet

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"cocostat/train/data"
	"cocostat/train/detector"
	"cocostat/train/torchx"
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

// decodeMaps decodes the maps of one image, C×H×W and twice 2×H×W.
func decodeMaps(t *testing.T, heat, size, offset []float32, h, w, k int, threshold float32) []detector.Found {
	t.Helper()
	var i inference
	if err := torchx.Step(func() error {
		maps, err := torchx.FromFloats(heat, []int64{1, int64(len(heat) / (h * w)), int64(h), int64(w)}, "cpu", torchx.Contiguous)
		if err != nil {
			return err
		}
		return i.decode(scores{maps, false}, detector.Limits{Top: k, Threshold: threshold}, func(cells []int64, width int64) (a, b torchx.Tensor) {
			if width != int64(w) {
				t.Errorf("rows of %d cells, want %d", width, w)
			}
			return gather(t, size, cells), gather(t, offset, cells)
		})
	}); err != nil {
		t.Fatal(err)
	}
	return i.Find(nil, 0, [4]float64{})
}

// gather returns the two numbers of each cell.
func gather(t *testing.T, maps []float32, cells []int64) torchx.Tensor {
	t.Helper()
	var values []float32
	for _, c := range cells {
		values = append(values, maps[c], maps[len(maps)/2+int(c)])
	}
	x, err := torchx.FromFloats(values, []int64{int64(len(cells)), 2, 1, 1}, "cpu", torchx.Contiguous)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Decoding the target itself gives the boxes back, whatever they are, as long
// as no two centres share a cell.
func TestDecodeInvertsEncode(t *testing.T) {
	const classes, size, cells = 5, 256, 64
	rng := rand.New(rand.NewPCG(3, 4))
	for range 50 {
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
		got := decodeMaps(t, tg.Heatmap, sizes, offsets, cells, cells, 100, 0.999)
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
	got := decodeMaps(t, heat, size, offset, 3, 4, 100, 0.1)
	want := []detector.Found{
		{Score: 0.9, X: 3, Y: 2, W: 12, H: 8},
		{Score: 0.9, X: 12, Y: 2, W: 0, H: 4},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := decodeMaps(t, heat, size, offset, 3, 4, 1, 0.1); !slices.Equal(got, want[:1]) {
		t.Errorf("the best one is %+v", got)
	}
	if got := decodeMaps(t, heat, size, offset, 3, 4, 100, 0.9); len(got) != 0 {
		t.Errorf("above 0.9: %+v", got)
	}
}

// Logits near a threshold are told apart by their probabilities.
func TestThresholdOfLogits(t *testing.T) {
	for _, threshold := range []float32{0, 1e-6, 0.3, 0.5, 0.9, 0.9999} {
		s := scores{torchx.Tensor{}, true}
		floor := s.floor(threshold)
		for _, x := range []float64{-30, -14, -1, -0.8, 0, 1e-6, 2, 2.2, 9.2, 9.3, 20} {
			if p := s.probability(float32(x)); p > threshold && !(float32(x) > floor) {
				t.Errorf("a probability of %g is above %g, its logit %g not above %g", p, threshold, x, floor)
			}
		}
	}
	if p := (scores{torchx.Tensor{}, true}).probability(1.3862944); math.Abs(float64(p)-0.8) > 1e-6 { // log 4
		t.Errorf("probability %g, want 0.8", p)
	}
}
