package centernet

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"cocostat/train/detector"
	reference "cocostat/train/internal/pytorch"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// loudDetector is a small network of two classes whose heads answer strongly to
// their input.
func loudDetector(t *testing.T) *Detector {
	t.Helper()
	var net *Detector
	if err := torchx.Step(func() error {
		net = New(layer.NewBuilder(3), "mobilenet_v2", 0.1, 2, Config{Neck: []int{8, 8}, HeadChannels: 8, HeatmapBias: -1})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, e := range net.Entries() {
		switch e.Name {
		case "heads.heatmap.out.weight", "heads.size.out.weight", "heads.offset.out.weight":
			values := make([]float32, e.Shape[0]*e.Shape[1])
			for i := range values {
				values[i] = float32(rng.NormFloat64())
			}
			if err := torchx.Write(e.Tensor, values); err != nil {
				t.Fatal(err)
			}
		}
	}
	net.SetTraining(false)
	return net
}

func noise(n int) []float32 {
	rng := rand.New(rand.NewPCG(4, 5))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// at returns the mirrored position of i in rows of width numbers.
func at(i, width int) int { return i - i%width + width - 1 - i%width }

// maps are what a network says of two images of 64×64: probabilities 2×C×H×W, sizes
// and offsets 2×2×H×W.
type maps struct{ heatmap, size, offset []float32 }

const side, cells = 64, 16

func images(t *testing.T, x []float32) torchx.Tensor {
	t.Helper()
	y, err := torchx.FromFloats(x, []int64{2, 3, side, side}, "cpu", torchx.ChannelsLast)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

// look returns the maps of the network itself.
func look(t *testing.T, net *Detector, x []float32) (m maps) {
	t.Helper()
	if err := torchx.Step(func() error {
		out := net.Forward(images(t, x))
		m = maps{reference.Numbers(t, torchx.Sigmoid(out[0])), reference.Numbers(t, out[1]), reference.Numbers(t, out[2])}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return m
}

// find returns the detections of the network for inference.
func find(t *testing.T, net *Detector, x, mirrored []float32, l detector.Limits) (found [2][]detector.Found) {
	t.Helper()
	if err := torchx.Step(func() error {
		i := net.Inference()
		defer i.Release()
		var other torchx.Tensor
		if mirrored != nil {
			other = images(t, mirrored)
		}
		if err := i.Look(images(t, x), other, l); err != nil {
			return err
		}
		for n := range found {
			found[n] = i.Find(nil, n, [4]float64{})
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

// slowFind is the definition of detections: peaks of whole maps, sorted.
func slowFind(m maps, n int, l detector.Limits) (found []detector.Found) {
	const area = cells * cells
	for c := range 2 {
		heat := m.heatmap[(2*n+c)*area:][:area]
		for at, v := range heat {
			y, x := at/cells, at%cells
			highest := v
			for i := max(0, y-1); i <= min(cells-1, y+1); i++ {
				highest = max(highest, slices.Max(heat[i*cells+max(0, x-1):i*cells+min(cells, x+2)]))
			}
			if v < highest || v <= l.Threshold {
				continue
			}
			part := func(values []float32, k int) float32 { return values[(2*n+k)*area+at] }
			w, h := 4*max(part(m.size, 0), 0), 4*max(part(m.size, 1), 0)
			cx, cy := 4*(float32(x)+part(m.offset, 0)), 4*(float32(y)+part(m.offset, 1))
			found = append(found, detector.Found{Class: c, Score: v, X: cx - w/2, Y: cy - h/2, W: w, H: h})
		}
	}
	slices.SortStableFunc(found, func(a, b detector.Found) int { return cmp.Compare(b.Score, a.Score) })
	return found[:min(len(found), l.Top)]
}

func compareFound(t *testing.T, what string, got, want []detector.Found) {
	t.Helper()
	if len(got) != len(want) || len(want) < 5 {
		t.Fatalf("%s: %d detections, want %d, of which 5 at least", what, len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		near := func(a, b float32) bool { return math.Abs(float64(a-b)) <= 1e-4*side }
		if g.Class != w.Class || math.Abs(float64(g.Score-w.Score)) > 1e-4 || !near(g.X, w.X) || !near(g.Y, w.Y) || !near(g.W, w.W) || !near(g.H, w.H) {
			t.Errorf("%s, place %d: %+v, want %+v", what, i, g, w)
		}
	}
}

// Detections are the peaks of the network's own maps, although the heads of sizes and
// offsets are only run there.
func TestInferenceFindsPeaks(t *testing.T) {
	net, x := loudDetector(t), noise(2*3*side*side)
	m := look(t, net, x)
	for _, l := range []detector.Limits{{Top: 100}, {Top: 7}, {Top: 100, Threshold: 0.6}} {
		for n, got := range find(t, net, x, nil, l) {
			compareFound(t, fmt.Sprintf("%+v, image %d", l, n), got, slowFind(m, n, l))
		}
	}
	for n, got := range find(t, net, x, nil, detector.Limits{Top: 100, Threshold: 0.99999}) {
		if len(got) > 0 {
			t.Errorf("image %d: %d detections above 0.99999", n, len(got))
		}
	}
}

// The test flip is the mean over an image and its mirror image, taken here from two
// passes without it.
func TestFlip(t *testing.T) {
	net, x := loudDetector(t), noise(2*3*side*side)
	mirrored := make([]float32, len(x))
	for i := range x {
		mirrored[at(i, side)] = x[i]
	}
	m, other := look(t, net, x), look(t, net, mirrored)
	differs := false
	for i, v := range m.heatmap {
		m.heatmap[i] = (v + other.heatmap[at(i, cells)]) / 2
		differs = differs || math.Abs(float64(v-m.heatmap[i])) > 0.01
	}
	if !differs {
		t.Error("the network answers alike to an image and its mirror image: nothing was tested")
	}
	for i, v := range m.size {
		m.size[i] = (v + other.size[at(i, cells)]) / 2
	}
	l := detector.Limits{Top: 40}
	for n, got := range find(t, net, x, mirrored, l) {
		compareFound(t, fmt.Sprintf("image %d", n), got, slowFind(m, n, l))
	}
}
