package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"cocostat/train/data"
	"cocostat/train/model"
	"cocostat/train/torchx"
)

// loudDetector runs a small network whose heads answer strongly to their
// input, on images of 64×64.
func loudDetector(t *testing.T) *detector {
	t.Helper()
	net, err := model.NewCenterNet(model.Config{
		Backbone: "mobilenet_v2", Width: 0.1, Neck: []int{8, 8}, HeadChannels: 8, HeatmapBias: -1, Classes: 2}, 3)
	if err != nil {
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
	return &detector{net: net, device: "cpu", side: 64, batch: 2, workers: 1}
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

func infer(t *testing.T, d *detector, x []float32) maps {
	t.Helper()
	if err := d.infer(x, 2, 2); err != nil {
		t.Fatal(err)
	}
	return maps{append([]float32{}, d.maps.heatmap...), append([]float32{}, d.maps.size...), append([]float32{}, d.maps.offset...)}
}

// The test flip is the mean over an image and its mirror image, taken here
// from two passes without it; a mirrored input gives the mirrored maps.
func TestFlip(t *testing.T) {
	d := loudDetector(t)
	const side, cells = 64, 16
	x := noise(2 * 3 * side * side)
	mirrored := make([]float32, len(x))
	for i := range x {
		mirrored[at(i, side)] = x[i]
	}
	plain, other := infer(t, d, x), infer(t, d, mirrored)
	d.flip = true
	flipped, flippedOther := infer(t, d, x), infer(t, d, mirrored)

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

func TestFileSize(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {640, 480}, {479, 641}, {4000, 3}, {12001, 8999}} {
		for _, side := range []int{64, 512} {
			if w, h := fileSize(data.EvalTransform(size[0], size[1], side), side); w != size[0] || h != size[1] {
				t.Errorf("%v seen at %d: %d×%d", size, side, w, h)
			}
		}
	}
}
