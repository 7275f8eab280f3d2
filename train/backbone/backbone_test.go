package backbone_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"cocostat/train/backbone"
	"cocostat/train/internal/pytorch"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

func build(t *testing.T, name string, o backbone.Options) (*layer.Network, *backbone.Backbone) {
	t.Helper()
	if err := backbone.Check(name, o); err != nil {
		t.Fatal(err)
	}
	b := layer.NewBuilder(1)
	var net *backbone.Backbone
	if err := torchx.Step(func() error {
		net = backbone.New(b, "backbone", name, o)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return b.Network(), net
}

func run(network *layer.Network, net *backbone.Backbone, layout torchx.Layout) pytorch.Run {
	return pytorch.Run{
		Network: network, Prefix: "backbone.", Layout: layout, Inputs: []pytorch.Input{pytorch.Images()},
		Forward: func(x []torchx.Tensor) []torchx.Tensor { return net.Forward(x[0]) },
	}
}

// The files are of testdata/make_backbones.py: torchvision's networks, and a DLA
// of its own.
func TestBackbonesArePyTorchs(t *testing.T) {
	for _, name := range backbone.Names() {
		t.Run(name, func(t *testing.T) { check(t, name, name, backbone.Full) })
	}
	for _, name := range []string{"mobilenet_v2", "mobilenet_v3_large"} {
		narrow := backbone.Options{Width: 0.35, Halvings: 5}
		t.Run(name+" narrow", func(t *testing.T) { check(t, name+"_narrow", name, narrow) })
	}
}

func check(t *testing.T, file, name string, o backbone.Options) {
	want := pytorch.Read(t, "testdata/"+file+".json")
	counter := layer.NewCounter(64 * 96)
	backbone.New(counter, "backbone", name, o)
	want.CheckCost(t, counter.Cost())

	network, net := build(t, name, o)
	want.CheckEntries(t, "backbone.", network.Entries())
	layouts := []torchx.Layout{torchx.Contiguous, torchx.ChannelsLast}
	if name == "resnet34" || name == "resnet101" { // of the blocks of 18 and 50
		layouts = layouts[1:]
	}
	for _, layout := range layouts {
		want.CheckForward(t, run(network, net, layout))
	}
	for i, s := range net.Stages {
		if y := want.Eval.Outputs[i].Shape; s.Stride != 4<<i || int64(s.Channels) != y[1] || y[3] != int64(96/s.Stride) {
			t.Errorf("stage %d has stride %d and %d channels, PyTorch's map has shape %v", i, s.Stride, s.Channels, y)
		}
	}
}

// The totals that torchvision states for its files, less what is left out here:
// the classifiers, and the last 1×1 convolutions of MobileNets. The file of DLA-34
// has 15,783,832, of which 513,000 are its classifier's and 41,728 in two
// convolutions of which its network makes nothing.
func TestBackbonesHaveThePublishedNumberOfParameters(t *testing.T) {
	for name, want := range map[string]float64{
		"resnet18":           11_689_512 - 513_000,
		"resnet34":           21_797_672 - 513_000,
		"resnet50":           25_557_032 - 2_049_000,
		"resnet101":          44_549_160 - 2_049_000,
		"mobilenet_v2":       3_504_872 - 1_281_000 - 412_160,
		"mobilenet_v3_large": 5_483_032 - (960*1280 + 1280) - (1280*1000 + 1000) - 155_520,
		"dla34":              15_783_832 - 513_000 - 41_728,
	} {
		b := layer.NewCounter(1)
		backbone.New(b, "backbone", name, backbone.Full)
		if got := b.Cost().Parameters; got != want {
			t.Errorf("%s: %.0f parameters, want %.0f", name, got, want)
		}
	}
}

// A backbone that halves the image fewer times keeps its resolution in the last
// stages.
func TestFinerBackbones(t *testing.T) {
	for _, name := range []string{"resnet18", "mobilenet_v2", "mobilenet_v3_large"} {
		want := pytorch.Read(t, "testdata/"+name+".json")
		for _, times := range []int{3, 4} {
			network, net := build(t, name, backbone.Options{Width: 1, Halvings: times})
			want.CheckFiner(t, run(network, net, torchx.Contiguous), times)
			if last := net.Stages[len(net.Stages)-1]; last.Stride != 1<<times {
				t.Errorf("%s: %d halvings give stride %d", name, times, last.Stride)
			}
		}
	}
}

// First numbers are He's of the fan out, scales are 1 and shifts 0, as
// torchvision and the authors of DLA have them; MobileNet v2's blocks begin with a
// scale of 0 (see inverted).
func TestFirstNumbers(t *testing.T) {
	for _, name := range []string{"resnet18", "mobilenet_v3_large", "dla34"} {
		network, _ := build(t, name, backbone.Full)
		for _, e := range network.Entries() {
			data := make([]float32, pytorch.Count(e.Shape))
			if err := torchx.Read(e.Tensor, data); err != nil {
				t.Fatal(err)
			}
			lowest, highest := slices.Min(data), slices.Max(data)
			switch kind := e.Name[strings.LastIndexByte(e.Name, '.'):]; {
			case len(e.Shape) == 4:
				checkNormal(t, e, data)
			case (kind == ".weight" || kind == ".running_var") && (lowest != 1 || highest != 1),
				(kind == ".bias" || kind == ".running_mean") && (lowest != 0 || highest != 0):
				t.Errorf("%s begins between %g and %g", e.Name, lowest, highest)
			}
		}
	}
}

// checkNormal compares the mean square to 2/fanOut, within six deviations of it.
func checkNormal(t *testing.T, e layer.Entry, data []float32) {
	t.Helper()
	fanOut := float64(e.Shape[0] * e.Shape[2] * e.Shape[3])
	if e.Shape[1] == 1 { // depthwise
		fanOut = float64(e.Shape[2] * e.Shape[3])
	}
	var sum float64
	for _, x := range data {
		sum += float64(x) * float64(x)
	}
	n := float64(len(data))
	if ratio := sum / n * fanOut / 2; math.Abs(ratio-1) > 6*math.Sqrt(2/n) {
		t.Errorf("%s: its mean square is %g times 2/%g", e.Name, ratio, fanOut)
	}
}

func TestOptionsThatABackboneLacks(t *testing.T) {
	for _, c := range []struct {
		name   string
		change backbone.Options
		want   string
	}{
		{"vgg", backbone.Full, "resnet18"},
		{"resnet18", backbone.Options{Width: 0.5, Halvings: 5}, "width"},
		{"dla34", backbone.Options{Width: 0.5, Halvings: 5}, "width"},
		{"dla34", backbone.Options{Width: 1, Halvings: 4}, "5 times"},
		{"resnet18", backbone.Options{Width: 1, Halvings: 2}, "3 to 5"},
		{"mobilenet_v3_large", backbone.Options{Width: math.NaN(), Halvings: 5}, "width"},
	} {
		if err := backbone.Check(c.name, c.change); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %+v: error %v does not mention %q", c.name, c.change, err, c.want)
		}
	}
}
