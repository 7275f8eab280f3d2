package model_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"cocostat/train/backbone"
	"cocostat/train/centernet"
	"cocostat/train/detector"
	"cocostat/train/internal/pytorch"
	"cocostat/train/model"
	"cocostat/train/torchx"
)

// every returns a small network for each detector, backbone and neck.
func every() map[string]model.Config {
	all := map[string]model.Config{}
	for _, name := range backbone.Names() {
		for _, neck := range []string{centernet.PlainConv, centernet.DeformableConv} {
			c := model.Default(model.CenterNet, name, 5)
			if c.NeckConv = neck; len(c.Neck) == 0 { // the aggregation is deformable
				if neck == centernet.PlainConv {
					c.Neck, c.NeckConv = []int{32, 24, 16}, neck
				} else {
					c.NeckConv = ""
				}
			}
			all[fmt.Sprintf("centernet, %s, %s", name, neck)] = c
		}
		all["fcos, "+name] = model.Default(model.FCOS, name, 5)
	}
	return all
}

// deep are backbones of more of the same blocks.
var deep = []string{"resnet34", "resnet50", "resnet101"}

// What a network for inference gives is what the network gives with running
// statistics, to 1e-4 of its largest number, by every kernel; deep ones by the one in
// use.
func TestInferenceEqualsEvaluation(t *testing.T) {
	defer torchx.UseKernel(torchx.Kernels()[0])
	for name, c := range every() {
		t.Run(name, func(t *testing.T) {
			if err := c.Validate(); err != nil {
				t.Fatal(err)
			}
			net, err := c.New(1)
			if err != nil {
				t.Fatal(err)
			}
			if err := net.Move("cpu", torchx.ChannelsLast); err != nil {
				t.Fatal(err)
			}
			pytorch.Fill(t, net.Entries(), 0)
			net.SetTraining(false)
			in := pytorch.NoiseInput(1000, 2, 3, 64, 96)
			var want [][]float32
			kernels := torchx.Kernels()
			if slices.Contains(deep, c.Backbone) {
				kernels = kernels[:1]
			}
			for _, kernel := range kernels {
				if err := torchx.UseKernel(kernel); err != nil {
					t.Fatal(err)
				}
				if err := torchx.Step(func() error {
					x, err := torchx.FromFloats(in.Data, in.Shape, "cpu", torchx.ChannelsLast)
					if err != nil {
						return err
					}
					if want == nil {
						want = numbers(t, net.Forward(x))
					}
					inference := net.Inference()
					defer inference.Release()
					for i, got := range numbers(t, inference.(interface {
						Forward(torchx.Tensor) detector.Output
					}).Forward(x)) {
						near(t, fmt.Sprintf("kernel %s, output %d", kernel, i), got, want[i])
					}
					return nil
				}); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func numbers(t *testing.T, out detector.Output) (all [][]float32) {
	for _, x := range out {
		all = append(all, pytorch.Numbers(t, x))
	}
	out.Release()
	return all
}

func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	largest, worst, at := 0.0, 0.0, 0
	for i, w := range want {
		largest = max(largest, math.Abs(float64(w)))
		if d := math.Abs(float64(got[i] - w)); !(d <= worst) {
			worst, at = d, i
		}
	}
	if t.Logf("%s: %.2g of %.2g", what, worst, largest); !(worst <= 1e-4*largest) {
		t.Errorf("%s: number %d is %g, without folding %g; the largest is %g", what, at, got[at], want[at], largest)
	}
}
