package fcos

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"cocostat/balance"
	"cocostat/train/data"
	"cocostat/train/detector"
	"cocostat/train/internal/pytorch"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// reference was written by testdata/make_fcos_network.py with PyTorch's modules
// and torchvision's MobileNetV2 and feature pyramid.
type reference struct {
	Backbone int // entries of the backbone
	Entries  []struct {
		Name  string
		Shape []int64
	}
	Eval, Train map[string][]float64
	Losses      []float64
	Gradients   map[string][]float64 // the largest magnitude, and some values
}

func readReference(t *testing.T) (r reference) {
	t.Helper()
	raw, err := os.ReadFile("testdata/network.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// The network of make_fcos_network.py and its input.
const (
	refClasses, refBatch = 3, 2
	refHeight, refWidth  = 96, 160
	refCells             = 12*20 + 6*10 + 3*5 + 2*3 + 1*2
	outputStep           = 15
)

func small() Config {
	c := Default()
	c.Channels = 64
	return c
}

func build(t testing.TB, name string, width float64, classes int, c Config) (d *Detector) {
	t.Helper()
	if err := torchx.Step(func() error {
		d = New(layer.NewBuilder(1), name, width, classes, c)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return d
}

// gradient returns the gradient of a parameter.
func gradient(t *testing.T, e layer.Entry) []float32 {
	t.Helper()
	values := make([]float32, pytorch.Count(e.Shape))
	if has, err := torchx.Gradient(e.Tensor, values); err != nil || !has {
		t.Fatalf("%s: gradient %v, %v", e.Name, has, err)
	}
	return values
}

func TestNamesAndShapesAreThoseOfPyTorch(t *testing.T) {
	ref := readReference(t)
	got := build(t, "mobilenet_v2", 0.25, refClasses, small()).Entries()
	if len(got) != ref.Backbone+len(ref.Entries) {
		t.Fatalf("%d entries, PyTorch has %d", len(got), ref.Backbone+len(ref.Entries))
	}
	for i, want := range ref.Entries {
		if e := got[ref.Backbone+i]; e.Name != want.Name || !slices.Equal(e.Shape, want.Shape) || e.Buffer {
			t.Errorf("entry %d is %s %v, PyTorch has %s %v", i, e.Name, e.Shape, want.Name, want.Shape)
		}
	}
}

// fill puts the numbers of make_fcos_network.py into the network.
func fill(t *testing.T, d *Detector) {
	t.Helper()
	for k, e := range d.Entries() {
		values := make([]float32, pytorch.Count(e.Shape))
		for i := range values {
			wave := math.Sin(0.7*float64(i) + float64(k))
			switch {
			case strings.HasSuffix(e.Name, "running_var"):
				wave = 1 + 0.5*wave
			case len(e.Shape) == 4:
				wave /= math.Sqrt(float64(pytorch.Count(e.Shape[1:])))
			case strings.HasSuffix(e.Name, ".scale"):
				wave = 1 + 0.2*wave
			}
			values[i] = float32(wave)
		}
		if err := torchx.Write(e.Tensor, values); err != nil {
			t.Fatal(err)
		}
	}
}

func refImages(t *testing.T, layout torchx.Layout) torchx.Tensor {
	t.Helper()
	images := make([]float32, refBatch*3*refHeight*refWidth)
	for i := range images {
		images[i] = float32(math.Cos(0.01 * float64(i)))
	}
	x, err := torchx.FromFloats(images, []int64{refBatch, 3, refHeight, refWidth}, "cpu", layout)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// tolerance is relative to the largest value of a tensor, the error that float32
// leaves in deep networks.
const tolerance = 1e-4

func compare(t *testing.T, what string, got []float32, step int, want []float64) {
	t.Helper()
	largest := 0.0
	for _, w := range want {
		largest = max(largest, math.Abs(w))
	}
	if n := (len(got) + step - 1) / step; n != len(want) {
		t.Fatalf("%s: %d values, PyTorch has %d", what, n, len(want))
	}
	for i, w := range want {
		if g := float64(got[step*i]); !(math.Abs(g-w) <= tolerance*largest) {
			t.Errorf("%s[%d]: got %g, PyTorch has %g, of at most %g", what, step*i, g, w, largest)
		}
	}
}

// The network computes what PyTorch's modules compute with the same numbers, with
// the statistics of the batch and with the running ones, in both layouts.
func TestForwardEqualsPyTorch(t *testing.T) {
	ref := readReference(t)
	for _, layout := range []torchx.Layout{torchx.Contiguous, torchx.ChannelsLast} {
		d := build(t, "mobilenet_v2", 0.25, refClasses, small())
		fill(t, d)
		if err := d.Move("cpu", layout); err != nil {
			t.Fatal(err)
		}
		for _, training := range []bool{false, true} {
			d.SetTraining(training)
			want := ref.Eval
			if training {
				want = ref.Train
			}
			if err := torchx.Step(func() error {
				out := d.Forward(refImages(t, layout))
				compare(t, "logits", pytorch.Numbers(t, out[logits]), outputStep, want["logits"])
				compare(t, "distances", pytorch.Numbers(t, out[distances]), outputStep, want["distances"])
				compare(t, "centreness", pytorch.Numbers(t, out[centreness]), outputStep, want["centreness"])
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// refTargets are those of make_fcos_network.py.
func refTargets(t *testing.T, d *Detector) (targets *Targets, weights []float32) {
	t.Helper()
	targets = d.Encoder().NewTargets().(*Targets)
	targets.Resize(refBatch, data.Size{Width: refWidth, Height: refHeight})
	if targets.grid.Cells != refCells {
		t.Fatalf("%d cells, want %d", targets.grid.Cells, refCells)
	}
	for i := range targets.Labels {
		targets.Labels[i] = Background
		if i%2 == 0 {
			targets.Labels[i] = int32(i / 2 % refClasses)
		}
	}
	for b := range refBatch {
		for side := range 4 {
			for cell := range refCells {
				i := (4*b+side)*refCells + cell
				targets.Distances[(b*refCells+cell)*4+side] = float32(2 + 1.5*math.Sin(0.37*float64(i)))
			}
		}
	}
	for i := range refBatch * refClasses {
		weights = append(weights, float32(1+0.3*math.Sin(float64(i))))
	}
	return targets, weights
}

// Losses and gradients of all parameters, of the backbone of every eighth, with
// class weights and the running statistics, are PyTorch's.
func TestLossesAndGradientsEqualPyTorch(t *testing.T) {
	ref := readReference(t)
	d := build(t, "mobilenet_v2", 0.25, refClasses, small())
	fill(t, d)
	if err := d.Move("cpu", torchx.ChannelsLast); err != nil {
		t.Fatal(err)
	}
	d.SetTraining(false)
	if err := torchx.Step(func() error {
		tensors := &detector.Tensors{Device: "cpu"}
		defer tensors.Release()
		targets, weights := refTargets(t, d)
		on, err := d.Load(tensors, targets, weights)
		if err != nil {
			return err
		}
		parts := d.Losses(d.Forward(refImages(t, torchx.ChannelsLast)), on, balance.HeatmapLoss{Gamma: balance.Gamma})
		var factors []float32
		for i, term := range d.Terms() {
			if got := pytorch.Numbers(t, parts[i])[0]; math.Abs(float64(got)/ref.Losses[i]-1) > tolerance {
				t.Errorf("loss of %s: %g, PyTorch has %g", term.Name, got, ref.Losses[i])
			}
			factors = append(factors, term.Factor)
		}
		if len(parts) != len(ref.Losses) {
			t.Errorf("%d losses, want %d", len(parts), len(ref.Losses))
		}
		return torchx.Backward(torchx.WeightedSum(parts, factors))
	}); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, e := range d.Entries() {
		want, has := ref.Gradients[e.Name]
		if !has {
			continue
		}
		compared++
		got, n := gradient(t, e), pytorch.Count(e.Shape)
		largest := 0.0
		for _, g := range got {
			largest = max(largest, math.Abs(float64(g)))
		}
		if math.Abs(largest-want[0]) > tolerance*want[0] {
			t.Errorf("%s: largest gradient %g, PyTorch has %g", e.Name, largest, want[0])
		}
		for i, w := range want[1:] {
			if g := float64(got[i*max(1, n/3)]); math.Abs(g-w) > tolerance*want[0] {
				t.Errorf("%s: gradient %g, PyTorch has %g, of at most %g", e.Name, g, w, want[0])
			}
		}
	}
	if compared != len(ref.Gradients) || compared < len(ref.Entries) {
		t.Errorf("%d gradients were compared of %d", compared, len(ref.Gradients))
	}
}

// A batch without objects has a loss of the classes and no other, and finite
// gradients.
func TestLossesWithoutObjects(t *testing.T) {
	d := build(t, "mobilenet_v2", 0.25, refClasses, small())
	targets := d.Encoder().NewTargets().(*Targets)
	targets.Resize(refBatch, data.Size{Width: refWidth, Height: refHeight})
	for i := range refBatch {
		d.Encoder().Encode(targets, i, nil, make([]int32, refClasses))
	}
	if err := torchx.Step(func() error {
		tensors := &detector.Tensors{Device: "cpu"}
		defer tensors.Release()
		on, err := d.Load(tensors, targets, slices.Repeat([]float32{1}, refBatch*refClasses))
		if err != nil {
			return err
		}
		parts := d.Losses(d.Forward(refImages(t, torchx.ChannelsLast)), on, balance.HeatmapLoss{Gamma: balance.Gamma})
		for i, want := range []bool{true, false, false} {
			if v := pytorch.Numbers(t, parts[i])[0]; v > 0 != want || v != v {
				t.Errorf("loss of %s is %g", d.Terms()[i].Name, v)
			}
		}
		return torchx.Backward(torchx.WeightedSum(parts, []float32{1, 1, 1}))
	}); err != nil {
		t.Fatal(err)
	}
	for _, e := range d.Entries() {
		if e.Buffer {
			continue
		}
		for _, g := range gradient(t, e) {
			if g != g {
				t.Fatalf("%s has a gradient that is no number", e.Name)
			}
		}
	}
}
