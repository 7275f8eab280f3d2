package centernet_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"cocostat/train/centernet"
	"cocostat/train/detector"
	"cocostat/train/internal/pytorch"
	"cocostat/train/model"
	"cocostat/train/torchx"
)

// The file was written by testdata/make_centernet.py with PyTorch's modules and
// torchvision's MobileNetV2.
type reference struct {
	Entries []struct {
		Name  string
		Shape []int64
	}
	Eval, Train map[string][]float64
}

func readReference(t *testing.T) reference {
	t.Helper()
	raw, err := os.ReadFile("testdata/centernet.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

var small = model.Config{Backbone: "mobilenet_v2", Width: 0.25, Config: centernet.Config{Neck: []int{24, 16, 8}, HeadChannels: 12, HeatmapBias: -2.19}, Classes: 3}

func build(t *testing.T, c model.Config, seed uint64) detector.Detector {
	t.Helper()
	m, err := c.New(seed)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNamesAndShapesAreThoseOfPyTorch(t *testing.T) {
	want := readReference(t).Entries
	got := build(t, small, 1).Entries()
	if len(got) != len(want) {
		t.Fatalf("%d entries, PyTorch has %d", len(got), len(want))
	}
	for i, e := range got {
		if e.Name != want[i].Name || !slices.Equal(e.Shape, want[i].Shape) {
			t.Errorf("entry %d is %s %v, PyTorch has %s %v", i, e.Name, e.Shape, want[i].Name, want[i].Shape)
		}
		if n, err := torchx.Numel(e.Tensor); err != nil || n != pytorch.Count(e.Shape) {
			t.Errorf("%s: %d elements (%v), its shape is %v", e.Name, n, err, e.Shape)
		}
		if e.Buffer != strings.Contains(e.Name, "running_") {
			t.Errorf("%s: buffer is %v", e.Name, e.Buffer)
		}
	}
}

// torchvision's mobilenet_v2 has 3,504,872 parameters, of which 1,281,000 are
// its classifier's and 412,160 its last convolution's with normalisation.
func TestBackboneHasThePublishedNumberOfParameters(t *testing.T) {
	n := 0
	for _, e := range build(t, model.Default(model.CenterNet, "mobilenet_v2", 80), 1).Entries() {
		if strings.HasPrefix(e.Name, "backbone.") && !e.Buffer {
			n += pytorch.Count(e.Shape)
		}
	}
	if want := 3504872 - 1281000 - 412160; n != want {
		t.Errorf("%d parameters, want %d", n, want)
	}
}

// The network computes what PyTorch's modules compute with the same numbers,
// with the statistics of the batch and with the running ones, in both layouts.
func TestForwardEqualsPyTorch(t *testing.T) {
	ref := readReference(t)
	const batch, side = 2, 64
	images := make([]float32, batch*3*side*side)
	for i := range images {
		images[i] = float32(math.Cos(0.01 * float64(i)))
	}
	for _, layout := range []torchx.Layout{torchx.Contiguous, torchx.ChannelsLast} {
		m := build(t, small, 1)
		fill(t, m)
		if err := m.Move("cpu", layout); err != nil {
			t.Fatal(err)
		}
		for _, mode := range []struct {
			training bool
			want     map[string][]float64
		}{{false, ref.Eval}, {true, ref.Train}} {
			m.SetTraining(mode.training)
			var got map[string][]float32
			if err := torchx.Step(func() error {
				x, err := torchx.FromFloats(images, []int64{batch, 3, side, side}, "cpu", layout)
				if err != nil {
					return err
				}
				out := m.Forward(x)
				got = map[string][]float32{"heatmap": pytorch.Numbers(t, out[0]), "size": pytorch.Numbers(t, out[1]), "offset": pytorch.Numbers(t, out[2])}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			for head, want := range mode.want {
				for i, w := range want {
					if g := float64(got[head][37*i]); !(math.Abs(g-w) <= 2e-4*(1+math.Abs(w))) {
						t.Errorf("layout %d, training %v, %s[%d]: got %g, want %g", layout, mode.training, head, 37*i, g, w)
					}
				}
			}
		}
	}
}

// fill puts the numbers of make_centernet.py into the network.
func fill(t *testing.T, m detector.Detector) {
	t.Helper()
	for k, e := range m.Entries() {
		data := make([]float32, pytorch.Count(e.Shape))
		for i := range data {
			wave := math.Sin(0.7*float64(i) + float64(k))
			switch {
			case strings.HasSuffix(e.Name, "running_var"):
				wave = 1 + 0.5*wave
			case len(e.Shape) == 4:
				wave /= math.Sqrt(float64(pytorch.Count(e.Shape[1:])))
			}
			data[i] = float32(wave)
		}
		if err := torchx.Write(e.Tensor, data); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSeedDecidesTheWeights(t *testing.T) {
	weights := func(seed uint64) []float32 { return pytorch.Numbers(t, build(t, small, seed).Entries()[0].Tensor) }
	if !slices.Equal(weights(1), weights(1)) {
		t.Error("one seed gave two networks")
	}
	if slices.Equal(weights(1), weights(2)) {
		t.Error("two seeds gave one network")
	}
}

// At the start every cell of the heatmap has the probability that the bias
// stands for: sigmoid(-2.19) = 0.1.
func TestHeatmapStartsAtItsPrior(t *testing.T) {
	m := build(t, small, 3)
	if err := torchx.Step(func() error {
		x, err := torchx.FromFloats(make([]float32, 3*64*64), []int64{1, 3, 64, 64}, "cpu", torchx.Contiguous)
		if err != nil {
			return err
		}
		for i, p := range pytorch.Numbers(t, torchx.Sigmoid(m.Forward(x)[0])) {
			if math.Abs(float64(p)-0.1) > 0.01 {
				t.Fatalf("cell %d starts at %g", i, p)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// With fewer neck stages the backbone is finer and the output's stride stays 4.
func TestNeckStagesDecideTheStride(t *testing.T) {
	for stages, stride := range map[int]int{1: 8, 2: 16, 3: 32} {
		c := small
		c.Neck = small.Neck[:stages]
		if c.Stride() != stride {
			t.Errorf("%d stages: stride %d, want %d", stages, c.Stride(), stride)
		}
		m := build(t, c, 1)
		if err := torchx.Step(func() error {
			x, err := torchx.FromFloats(make([]float32, 3*64*32), []int64{1, 3, 64, 32}, "cpu", torchx.Contiguous)
			if err != nil {
				return err
			}
			if n := len(pytorch.Numbers(t, m.Forward(x)[0])); n != c.Classes*16*8 {
				t.Errorf("%d stages: %d heatmap cells of 64×32 pixels, want %d", stages, n, c.Classes*16*8)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestInvalidConfigurations(t *testing.T) {
	for name, change := range map[string]func(*model.Config){
		"backbone":     func(c *model.Config) { c.Backbone = "vgg" },
		"width":        func(c *model.Config) { c.Width = math.NaN() },
		"one to three": func(c *model.Config) { c.Neck = nil },
		"stage":        func(c *model.Config) { c.Neck = []int{8, 0, 8} },
		"head":         func(c *model.Config) { c.HeadChannels = 0 },
		"class":        func(c *model.Config) { c.Classes = 0 },
	} {
		c := small
		change(&c)
		if _, err := c.New(1); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
