package fcos

import (
	"math/rand/v2"
	"slices"
	"testing"

	"cocostat/train/data"
	"cocostat/train/detector"
	"cocostat/train/internal/pytorch"
	"cocostat/train/torchx"
)

// The finder decodes each image's own outputs.
func TestFinderDecodesOutputs(t *testing.T) {
	c := small()
	c.Test = Test{Threshold: 0.3, Candidates: 40, Overlap: 0.5, Score: ScoreProduct}
	d := build(t, "mobilenet_v2", 0.25, refClasses, c)
	fill(t, d)
	d.SetTraining(false)
	f := d.Finder()
	var values [outputs][]float32
	if err := torchx.Step(func() error {
		out := d.Forward(refImages(t, torchx.ChannelsLast))
		for i, x := range out {
			values[i] = pytorch.Numbers(t, x)
		}
		return f.Read(out, refBatch, data.Size{Width: refWidth, Height: refHeight})
	}); err != nil {
		t.Fatal(err)
	}
	g, limits := mustGrid(t, refWidth, refHeight), detector.Limits{Top: 30, Threshold: 0.1}
	inside := [4]float64{4, 0, 90, 60}
	var found [refBatch][]detector.Found
	for pos := range refBatch {
		m := Maps{
			Logits:     values[logits][pos*refClasses*refCells:][:refClasses*refCells],
			Distances:  values[distances][pos*4*refCells:][:4*refCells],
			Centreness: values[centreness][pos*refCells:][:refCells],
		}
		want := slowDecode(g, m, inside, c.Test, limits)
		for i := range want {
			want[i].Score *= want[i].Score // slowDecode takes roots
		}
		found[pos] = f.Find(nil, pos, inside, limits)
		if len(want) < 10 || len(found[pos]) != len(want) {
			t.Fatalf("image %d: %d detections, want %d", pos, len(found[pos]), len(want))
		}
		for i, w := range want {
			if got := found[pos][i]; got.Class != w.Class || got.X != w.X || got.W != w.W || got.Score-w.Score > 1e-6 || w.Score-got.Score > 1e-6 {
				t.Errorf("image %d, place %d: %+v, want %+v", pos, i, got, w)
			}
		}
	}
	if slices.Equal(found[0], found[1]) {
		t.Error("both images have the same detections")
	}
}

func TestFinderRefuses(t *testing.T) {
	d := build(t, "mobilenet_v2", 0.25, refClasses, small())
	f := d.Finder()
	if err := f.ReadMirrored(nil); err == nil {
		t.Error("mirrored images are accepted")
	}
	if err := torchx.Step(func() error {
		out := d.Forward(refImages(t, torchx.ChannelsLast))
		for _, size := range []data.Size{{Width: refWidth, Height: refWidth}, {Width: 40, Height: 64}} {
			if err := f.Read(out, refBatch, size); err == nil {
				t.Errorf("outputs of another size than %v are accepted", size)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// Noise that a network gives in training must not make decoding slow: with all
// pairs of class and cell above the threshold only the best of a level are
// sorted in the end.
func BenchmarkDecodeAllCandidates(b *testing.B) {
	g := mustGrid(b, 1344, 800)
	rng := rand.New(rand.NewPCG(5, 6))
	m := waves(g, 80)
	for i := range m.Logits {
		m.Logits[i] = float32(rng.NormFloat64())
	}
	var d Decoder
	var dst []detector.Found
	for b.Loop() {
		dst = d.Decode(dst[:0], g, m, [4]float64{0, 0, 1333, 800}, DefaultTest(), hundred)
	}
}
