package fcos

import (
	"math"
	"math/rand/v2"
	"testing"

	"cocostat/balance"
	"cocostat/train/data"
	"cocostat/train/detector"
	"cocostat/train/torchx"
)

// scene is an image of noise with a plain rectangle for each box, whose channel
// says its class.
func scene(rng *rand.Rand, boxes []data.Box, width, height int) []float32 {
	image := make([]float32, 3*width*height)
	for i := range image {
		image[i] = float32(0.1 * rng.NormFloat64())
	}
	for _, b := range boxes {
		for y := int(b.Y); y < int(b.Y+b.H); y++ {
			for x := int(b.X); x < int(b.X+b.W); x++ {
				image[(b.Class*height+y)*width+x] += 2
			}
		}
	}
	return image
}

// Targets, losses, gradients and decoding work together: after some steps on two
// images the network finds their objects, overlapping ones and one that reaches
// over several levels' ranges, and nothing else.
func TestLearnsTwoImages(t *testing.T) {
	const width, height, classes, steps = 128, 96, 2, 120
	size := data.Size{Width: width, Height: height}
	boxes := [][]data.Box{
		{{Class: 0, X: 8, Y: 10, W: 40, H: 30}, {Class: 1, X: 64, Y: 30, W: 50, H: 60}},
		{{Class: 1, X: 20, Y: 4, W: 90, H: 84}, {Class: 0, X: 44, Y: 30, W: 36, H: 28}},
	}
	c := small()
	c.Channels = 32
	c.Ranges = Ranges{24, 48, 96, 192}
	d := build(t, "mobilenet_v2", 0.25, classes, c)
	encoder := d.Encoder()
	targets := encoder.NewTargets()
	targets.Resize(len(boxes), size)
	var images []float32
	rng := rand.New(rand.NewPCG(1, 2))
	for i, b := range boxes {
		images = append(images, scene(rng, b, width, height)...)
		encoder.Encode(targets, i, b, make([]int32, classes))
	}
	adam, err := torchx.NewAdam(d.Parameters(), torchx.DefaultAdam)
	if err != nil {
		t.Fatal(err)
	}
	defer adam.Close()
	input := func() torchx.Tensor {
		x, err := torchx.FromFloats(images, []int64{int64(len(boxes)), 3, height, width}, "cpu", torchx.ChannelsLast)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for range steps {
		if err := torchx.Step(func() error {
			tensors := &detector.Tensors{Device: "cpu"}
			defer tensors.Release()
			on, err := d.Load(tensors, targets, []float32{1, 1, 1, 1})
			if err != nil {
				return err
			}
			out := d.Forward(input())
			parts := d.Losses(out, on, balance.HeatmapLoss{Gamma: balance.Gamma})
			if err := torchx.Backward(torchx.WeightedSum(parts, []float32{1, 1, 1})); err != nil {
				return err
			}
			return adam.Step(2e-3)
		}); err != nil {
			t.Fatal(err)
		}
	}
	f := infer(t, d)
	if err := torchx.Step(func() error {
		return f.Look(input(), torchx.Tensor{}, detector.Limits{Top: 100, Threshold: 0.4})
	}); err != nil {
		t.Fatal(err)
	}
	for i, want := range boxes {
		found := f.Find(nil, i, [4]float64{0, 0, width, height})
		if len(found) != len(want) {
			t.Errorf("image %d: %v, want %v", i, found, want)
		}
		for _, b := range want {
			best := 0.0
			for _, f := range found {
				if f.Class == b.Class {
					best = max(best, overlap(f, b))
				}
			}
			if best < 0.7 {
				t.Errorf("image %d: %v is found with an overlap of %.2f", i, b, best)
			}
		}
	}
}

// overlap is the intersection over union.
func overlap(f detector.Found, b data.Box) float64 {
	w := min(float64(f.X+f.W), b.X+b.W) - max(float64(f.X), b.X)
	h := min(float64(f.Y+f.H), b.Y+b.H) - max(float64(f.Y), b.Y)
	both := math.Max(w, 0) * math.Max(h, 0)
	return both / (float64(f.W*f.H) + b.W*b.H - both)
}
