package centernet

import (
	"math"
	"math/rand/v2"
	"testing"

	"cocostat/train/data"
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

// infer returns the maps of two images of 64×64 and, if they are given, of their
// mirror images.
func infer(t *testing.T, net *Detector, x, mirrored []float32) maps {
	t.Helper()
	f := net.Finder().(*finder)
	forward := func(x []float32) error {
		images, err := torchx.FromFloats(x, []int64{2, 3, 64, 64}, "cpu", torchx.ChannelsLast)
		if err != nil {
			return err
		}
		if out := net.Forward(images); f.n == 0 {
			err = f.Read(out, 2, data.Size{Width: 64, Height: 64})
		} else {
			err = f.ReadMirrored(out)
		}
		return err
	}
	if err := torchx.Step(func() error {
		if err := forward(x); err != nil || mirrored == nil {
			return err
		}
		return forward(mirrored)
	}); err != nil {
		t.Fatal(err)
	}
	return f.maps
}

// The test flip is the mean over an image and its mirror image, taken here
// from two passes without it; a mirrored input gives the mirrored maps.
func TestFlip(t *testing.T) {
	net := loudDetector(t)
	const side, cells = 64, 16
	x := noise(2 * 3 * side * side)
	mirrored := make([]float32, len(x))
	for i := range x {
		mirrored[at(i, side)] = x[i]
	}
	plain, other := infer(t, net, x, nil), infer(t, net, mirrored, nil)
	flipped, flippedOther := infer(t, net, x, mirrored), infer(t, net, mirrored, x)

	differs := false
	for i, v := range plain.heatmap {
		want := (v + other.heatmap[at(i, cells)]) / 2
		if flipped.heatmap[i] != want || flippedOther.heatmap[at(i, cells)] != want {
			t.Fatalf("heatmap %d: %g, mirrored %g, want %g", i, flipped.heatmap[i], flippedOther.heatmap[at(i, cells)], want)
		}
		differs = differs || math.Abs(float64(v-want)) > 0.01
	}
	if !differs {
		t.Error("the network answers alike to an image and its mirror image: nothing was tested")
	}
	for i, v := range plain.size {
		want := (v + other.size[at(i, cells)]) / 2
		if flipped.size[i] != want || flippedOther.size[at(i, cells)] != want {
			t.Fatalf("size %d: %g, mirrored %g, want %g", i, flipped.size[i], flippedOther.size[at(i, cells)], want)
		}
	}
	for i, v := range plain.offset {
		if flipped.offset[i] != v {
			t.Fatalf("offset %d: %g, want %g, that of the image alone", i, flipped.offset[i], v)
		}
	}
}
