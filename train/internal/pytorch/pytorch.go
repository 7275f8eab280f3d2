// Package pytorch compares networks to what PyTorch computed. The numbers of a
// network, and the files of results, are those of networks.py in train/backbone's
// testdata.
package pytorch

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	torch "github.com/wangkuiyi/gotorch"

	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// Case is a file of results.
type Case struct {
	Shift       float64  // of normalisations in training
	Entries     []string // name and shape of each tensor: conv1.weight 64x3x7x7
	Trained     float64  // numbers
	Activations float64  // of one image: the outputs of convolutions and normalisations
	Largest     float64  // of these
	Eval, Train Mode
	Running     map[string]Samples   // statistics after a step in training
	Finer       map[string][]Samples // outputs of a network that halves the image so many times
}

// Mode is what a network computes with running statistics (Eval), or with those
// of the batch (Train).
type Mode struct {
	Outputs   []Samples
	Gradients map[string]Samples // of Σ_o Σ_i cos(i)·o_i, over all outputs o
}

// Samples are some numbers of a tensor.
type Samples struct {
	Shape   []int64
	Scale   float64 // the largest
	Samples []float64
}

// Read reads a case.
func Read(t *testing.T, path string) Case {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var c Case
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// Noise returns n numbers in [-1, 1) of stream k.
func Noise(k, n int) []float32 {
	data := make([]float32, n)
	for i := range data {
		x := uint32(i)*0x9E3779B1 + uint32(k)*0x85EBCA77
		x = (x ^ x>>16) * 0x7FEB352D
		x = (x ^ x>>15) * 0x846CA68B
		data[i] = float32(float64(x^x>>16)/(1<<31) - 1)
	}
	return data
}

// Fill gives the entries the numbers of networks.py.
func Fill(t testing.TB, entries []layer.Entry, shift float64) {
	t.Helper()
	norms := map[string]bool{}
	for _, e := range entries {
		if owner, is := strings.CutSuffix(e.Name, ".running_var"); is {
			norms[owner] = true
		}
	}
	for k, e := range entries {
		data := Noise(k, Count(e.Shape))
		scale, offset := numbers(e, norms, shift)
		for i, x := range data {
			data[i] = float32(offset + scale*float64(x))
		}
		if err := torchx.Write(e.Tensor, data); err != nil {
			t.Fatal(err)
		}
	}
}

func numbers(e layer.Entry, norms map[string]bool, shift float64) (scale, offset float64) {
	dot := strings.LastIndexByte(e.Name, '.')
	owner, kind := e.Name[:dot], e.Name[dot+1:]
	switch {
	case len(e.Shape) == 4:
		scale = math.Sqrt(6 / float64(Count(e.Shape[1:])))
	case kind == "running_var":
		scale, offset = 1, 2
	case kind == "weight":
		scale, offset = 0.4, 0.8
	default:
		scale = 0.3
	}
	switch offsets := strings.HasSuffix(owner, "conv_offset_mask"); {
	case offsets && kind == "weight":
		scale *= 0.02
	case offsets:
		offset += 0.5
	case norms[owner] && kind == "bias":
		offset += shift
	}
	return scale, offset
}

// Count returns the number of elements of a shape.
func Count(shape []int64) int {
	n := 1
	for _, s := range shape {
		n *= int(s)
	}
	return n
}

// CheckEntries compares names, shapes and order; names lie below prefix.
func (c Case) CheckEntries(t *testing.T, prefix string, entries []layer.Entry) {
	t.Helper()
	if len(entries) != len(c.Entries) {
		t.Fatalf("%d entries, PyTorch has %d", len(entries), len(c.Entries))
	}
	for i, e := range entries {
		shape := strings.ReplaceAll(strings.Trim(fmt.Sprint(e.Shape), "[]"), " ", "x")
		if got, want := e.Name+" "+shape, prefix+c.Entries[i]; got != want {
			t.Errorf("entry %d is %s, PyTorch has %s", i, got, want)
		}
		if n, err := torchx.Numel(e.Tensor); err != nil || n != Count(e.Shape) {
			t.Errorf("%s: %d elements (%v), its shape is %v", e.Name, n, err, e.Shape)
		}
		if e.Buffer != strings.Contains(e.Name, "running_") {
			t.Errorf("%s: buffer is %v", e.Name, e.Buffer)
		}
	}
}

// CheckCost compares what was counted for an image of the case's size.
func (c Case) CheckCost(t *testing.T, got layer.Cost) {
	t.Helper()
	if want := (layer.Cost{Parameters: c.Trained, Activations: c.Activations, Kept: got.Kept, Largest: c.Largest}); got != want {
		t.Errorf("cost %+v, PyTorch's network has %+v", got, want)
	}
}

// Input is a tensor that a network is run on.
type Input struct {
	Data  []float32
	Shape []int64
}

// Images are those that PyTorch's networks were run on.
func Images() Input { return NoiseInput(1000, 2, 3, 64, 96) }

// NoiseInput are the numbers of a stream.
func NoiseInput(k int, shape ...int64) Input { return Input{Noise(k, Count(shape)), shape} }

// Network is a network under test.
type Network interface {
	Entries() []layer.Entry
	Parameters() []torchx.Tensor
	SetTraining(on bool)
	Move(device string, layout torchx.Layout) error
}

// Run says how to run a network.
type Run struct {
	Network Network
	Prefix  string // of the names of its entries, which PyTorch's lack
	Forward func(inputs []torchx.Tensor) []torchx.Tensor
	Inputs  []Input
	Layout  torchx.Layout
}

// tolerance of outputs and gradients on average, as a part of the largest number of
// their tensor. PyTorch's own results in float32 are within 1e-5 of these in float64.
const tolerance = 1e-4

// kinked is the tolerance of a single number. Among the millions of numbers that a
// ReLU sees some are so near to 0 that the order of a sum, which depends on the
// processor, chooses their side, and the gradient that goes through them: 2.2e-4 was
// seen, of ResNet-50 on another processor. And a normalisation of what a ReLU leaves
// nearly nothing of enlarges that 300 times, with its rounding: there an output of
// ResNet-18 is 2.1e-4 away, PyTorch's own 3.5e-6, all others 4e-5 at most.
const kinked = 1e-3

// jump is how much more is allowed of gradients through deformable convolutions with
// the batch's statistics. Where a tap crosses a cell, the slope jumps, and with it all
// gradients before it: noise of 3e-6 in the images moves those of DLA-34 by 1e-6 of the
// largest with two of three seeds, and by 1.6e-4 to 4.8e-4 on average with the third,
// in PyTorch's float64. The gradients here lie on that other side of the same jump,
// 1.7e-4 to 5.1e-4 away.
const jump = 10

// CheckForward compares outputs, gradients, and statistics, in both modes.
func (c Case) CheckForward(t *testing.T, r Run) {
	t.Helper()
	r.must(t, r.Network.Move("cpu", r.Layout))
	for _, mode := range []struct {
		name  string
		train bool
		shift float64
		want  Mode
	}{{"eval", false, 0, c.Eval}, {"train", true, c.Shift, c.Train}} {
		Fill(t, r.Network.Entries(), mode.shift)
		r.dropGradients(t)
		r.Network.SetTraining(mode.train)
		compareOutputs(t, mode.name, r.outputs(t, true), mode.want.Outputs)
		slack := 1.0
		if mode.train && r.deforms() {
			slack = jump
		}
		for name, want := range mode.want.Gradients {
			want.compareOnAverage(t, mode.name+": gradient of "+name, r.gradient(t, name), slack)
		}
	}
	for name, want := range c.Running {
		want.compare(t, name, Numbers(t, r.entry(t, name).Tensor))
	}
}

// CheckFiner compares the outputs, with running statistics, of a network that
// halves the image times times only.
func (c Case) CheckFiner(t *testing.T, r Run, times int) {
	t.Helper()
	Fill(t, r.Network.Entries(), 0)
	r.Network.SetTraining(false)
	want := c.Finer[fmt.Sprint(times)]
	if len(want) == 0 {
		t.Fatalf("there is no case of %d times", times)
	}
	// What keeps its resolution belongs to the last map.
	kept := append(want[:times-2:times-2], want[len(want)-1])
	compareOutputs(t, fmt.Sprintf("%d halvings", times), r.outputs(t, false), kept)
}

func compareOutputs(t *testing.T, name string, got [][]float32, want []Samples) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d outputs, PyTorch has %d", name, len(got), len(want))
	}
	for i, w := range want {
		w.compareOnAverage(t, fmt.Sprintf("%s: output %d", name, i), got[i], 1)
	}
}

// compare compares a tensor to the samples of it.
func (s Samples) compare(t *testing.T, name string, got []float32) {
	t.Helper()
	s.within(t, name, got, tolerance)
}

// compareOnAverage compares a tensor to the samples of it, of which single ones may
// be further away; all tolerances are multiplied by slack.
func (s Samples) compareOnAverage(t *testing.T, name string, got []float32, slack float64) {
	t.Helper()
	if sum := s.within(t, name, got, slack*kinked); !(sum <= slack*tolerance*s.Scale*float64(len(s.Samples))) {
		t.Errorf("%s: PyTorch's numbers are %g away on average; the largest is %g", name, sum/float64(len(s.Samples)), s.Scale)
	}
}

// deforms reports whether the network has deformable convolutions.
func (r Run) deforms() bool {
	return slices.ContainsFunc(r.Network.Entries(), func(e layer.Entry) bool { return strings.Contains(e.Name, "conv_offset_mask") })
}

// within reports the first sample that is too far away, and returns the sum of the
// distances.
func (s Samples) within(t *testing.T, name string, got []float32, tolerance float64) (sum float64) {
	t.Helper()
	if len(s.Shape) > 0 && len(got) != Count(s.Shape) || len(got) == 0 || len(s.Samples) == 0 {
		t.Errorf("%s: %d numbers and %d samples, its shape is %v", name, len(got), len(s.Samples), s.Shape)
		return 0
	}
	for j, want := range s.Samples {
		i := j * 7919 % len(got)
		d := math.Abs(float64(got[i]) - want)
		if sum += d; !(d <= tolerance*s.Scale) {
			t.Errorf("%s[%d]: got %g, PyTorch %g; its largest number is %g", name, i, got[i], want, s.Scale)
			return sum
		}
	}
	return sum
}

// outputs runs the network, and backwards if wanted.
func (r Run) outputs(t *testing.T, backward bool) (all [][]float32) {
	t.Helper()
	r.must(t, torchx.Step(func() error {
		var inputs []torchx.Tensor
		for _, in := range r.Inputs {
			x, err := torchx.FromFloats(in.Data, in.Shape, "cpu", r.Layout)
			if err != nil {
				return err
			}
			inputs = append(inputs, x)
		}
		outputs := r.Forward(inputs)
		for _, y := range outputs {
			all = append(all, Numbers(t, y))
		}
		for i, in := range r.Inputs {
			if after := Numbers(t, inputs[i]); !same(after, in.Data) {
				t.Errorf("input %d was changed", i)
			}
		}
		if !backward {
			return nil
		}
		return torchx.Backward(weighed(outputs, all))
	}))
	return all
}

func same(a, b []float32) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

// weighed returns Σ_o Σ_i cos(i)·o_i.
func weighed(outputs []torchx.Tensor, values [][]float32) torchx.Tensor {
	var terms []torchx.Tensor
	var ones []float32
	for i, y := range outputs {
		cosines := make([]float32, len(values[i]))
		for j := range cosines {
			cosines[j] = float32(math.Cos(float64(j)))
		}
		shape, err := torchx.Shape(y)
		if err != nil {
			panic(err)
		}
		factors, err := torchx.FromFloats(cosines, shape, "cpu", torchx.Contiguous)
		if err != nil {
			panic(err)
		}
		terms = append(terms, torch.Mul(y, factors).Sum())
		ones = append(ones, 1)
	}
	return torchx.WeightedSum(terms, ones)
}

func (r Run) gradient(t *testing.T, name string) []float32 {
	t.Helper()
	e := r.entry(t, name)
	data := make([]float32, Count(e.Shape))
	if has, err := torchx.Gradient(e.Tensor, data); err != nil || !has {
		t.Fatalf("%s has no gradient (%v)", name, err)
	}
	return data
}

// dropGradients makes the next ones begin at 0, as a step of an optimiser does.
func (r Run) dropGradients(t *testing.T) {
	t.Helper()
	first := r.Network.Entries()[0]
	if has, err := torchx.Gradient(first.Tensor, make([]float32, Count(first.Shape))); err == nil && !has {
		return
	}
	adam, err := torchx.NewAdam(r.Network.Parameters(), torchx.DefaultAdam)
	r.must(t, err)
	defer adam.Close()
	r.must(t, adam.Step(0))
}

func (r Run) entry(t *testing.T, name string) layer.Entry {
	t.Helper()
	for _, e := range r.Network.Entries() {
		if e.Name == r.Prefix+name {
			return e
		}
	}
	t.Fatalf("there is no %s%s", r.Prefix, name)
	return layer.Entry{}
}

// Numbers reads a tensor.
func Numbers(t testing.TB, x torchx.Tensor) []float32 {
	t.Helper()
	n, err := torchx.Numel(x)
	if err != nil {
		t.Fatal(err)
	}
	data := make([]float32, n)
	if err := torchx.Read(x, data); err != nil {
		t.Fatal(err)
	}
	return data
}

func (r Run) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
