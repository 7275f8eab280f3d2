package fcos

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"cocostat/train/detector"
	"cocostat/train/internal/pytorch"
	"cocostat/train/torchx"
)

// Detections are those of each image's own outputs, also where boxes were looked for
// on some levels and images alone.
func TestInferenceDecodesOutputs(t *testing.T) {
	c := small()
	c.Test = Test{Threshold: 0.3, Candidates: 40, Overlap: 0.5, Score: ScoreProduct}
	d := build(t, "mobilenet_v2", 0.25, refClasses, c)
	fill(t, d)
	for _, e := range d.Entries() { // few classes are probable, and all cells central
		var bias []float32
		switch e.Name {
		case "head.classification_head.cls_logits.bias":
			bias = []float32{-3, -3.1, -3.2}
		case "head.classification_head.bbox_ctrness.bias":
			bias = []float32{5}
		default:
			continue
		}
		if err := torchx.Write(e.Tensor, bias); err != nil {
			t.Fatal(err)
		}
	}
	for _, limits := range []detector.Limits{{Top: 30, Threshold: 0.1}, {Top: 30, Threshold: 0.4}} {
		i := infer(t, d)
		var values [outputs][]float32
		if err := torchx.Step(func() error {
			x := refImages(t, torchx.ChannelsLast)
			for k, y := range i.Forward(x) {
				values[k] = pytorch.Numbers(t, y)
			}
			i.maps.Distances = make([]float32, len(values[distances]))
			for k := range i.maps.Distances {
				i.maps.Distances[k] = float32(math.NaN()) // what was not looked at
			}
			return i.Look(x, torchx.Tensor{}, limits)
		}); err != nil {
			t.Fatal(err)
		}
		unseen := 0
		for _, v := range i.maps.Distances {
			if v != v {
				unseen++
			}
		}
		if many := limits.Threshold > 0.3; many != (unseen > 0) {
			t.Errorf("threshold %g: %d of %d distances were not looked at", limits.Threshold, unseen, len(i.maps.Distances))
		}

		compareDetections(t, i, values, limits)
	}
}

func infer(t *testing.T, d *Detector) (i *inference) {
	t.Helper()
	if err := torchx.Step(func() error {
		i = d.Inference().(*inference)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Release)
	return i
}

func compareDetections(t *testing.T, i *inference, values [outputs][]float32, limits detector.Limits) {
	t.Helper()
	g, inside := mustGrid(t, refWidth, refHeight), [4]float64{4, 0, 90, 60}
	var found [refBatch][]detector.Found
	all := 0
	for pos := range refBatch {
		m := Maps{
			Logits:     values[logits][pos*refClasses*refCells:][:refClasses*refCells],
			Distances:  values[distances][pos*4*refCells:][:4*refCells],
			Centreness: values[centreness][pos*refCells:][:refCells],
		}
		limits := limits
		limits.Threshold = float32(math.Sqrt(float64(limits.Threshold))) // slowDecode takes roots
		want := slowDecode(g, m, inside, i.config.Test, limits)
		found[pos] = i.Find(nil, pos, inside)
		all += len(want)
		if len(found[pos]) != len(want) {
			t.Fatalf("image %d: %d detections, want %d", pos, len(found[pos]), len(want))
		}
		for k, w := range want {
			near := func(a, b float32) bool { return math.Abs(float64(a-b)) <= 1e-4*(1+math.Abs(float64(b))) }
			if got := found[pos][k]; got.Class != w.Class || !near(got.X, w.X) || !near(got.W, w.W) || !near(got.Score, w.Score*w.Score) {
				t.Errorf("image %d, place %d: %+v, want %+v", pos, k, got, w)
			}
		}
	}
	if all < 3 || slices.Equal(found[0], found[1]) {
		t.Errorf("%d detections, or both images have the same ones: %v", all, found)
	}
}

func TestInferenceRefuses(t *testing.T) {
	i := infer(t, build(t, "mobilenet_v2", 0.25, refClasses, small()))
	if err := torchx.Step(func() error {
		x := refImages(t, torchx.ChannelsLast)
		if err := i.Look(x, x, hundred); err == nil {
			t.Error("mirrored images are accepted")
		}
		odd, err := torchx.FromFloats(make([]float32, 3*40*64), []int64{1, 3, 40, 64}, "cpu", torchx.ChannelsLast)
		if err != nil {
			return err
		}
		if err := i.Look(odd, torchx.Tensor{}, hundred); err == nil {
			t.Error("an input of 64×40 pixels is accepted")
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
