package torchx_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/balance"
	"cocostat/train/torchx"
)

// The kernels of a CUDA device, run on the CPU, give the same bits when the last block
// and the last thread work first: a device keeps no order.
func TestCUDASourceDependsOnNoOrder(t *testing.T) {
	type loss struct {
		value float32
		grad  []float32
	}
	var heatmaps [2]map[string]loss
	var convolutions [2]map[string]results
	for i, kernel := range []string{"cuda-source", "cuda-source-backwards"} {
		restore := useKernel(t, kernel)
		heatmaps[i], convolutions[i] = map[string]loss{}, map[string]results{}
		c := newCase(rand.New(rand.NewPCG(6, 1)), balance.Shape{3, 37, 41, 23}, 3, 60)
		for name, l := range losses(37) {
			for _, layout := range []torchx.Layout{torchx.Contiguous, torchx.ChannelsLast} {
				value, grad := c.run(t, l, layout)
				heatmaps[i][fmt.Sprint(name, layout)] = loss{value, grad}
			}
		}
		for name, c := range manyPixels() {
			convolutions[i][name] = c.run(t, torchx.ChannelsLast, true)
		}
		restore()
	}
	for name, want := range heatmaps[0] {
		if got := heatmaps[1][name]; got.value != want.value || !slices.Equal(got.grad, want.grad) {
			t.Errorf("%s: other bits backwards", name)
		}
	}
	for name, want := range convolutions[0] {
		for what, numbers := range want {
			if !slices.Equal(numbers, convolutions[1][name][what]) {
				t.Errorf("%s: %s has other bits backwards", name, what)
			}
		}
	}
}

// manyPixels are convolutions in which taps of many pixels see the same pixel, with as
// many channels as threads divide in several ways.
func manyPixels() map[string]*deformCase {
	cases := map[string]*deformCase{}
	for i, channels := range []int{4, 24, 64} {
		c := randomCase(rand.New(rand.NewPCG(13, uint64(i))), deformCase{B: 3, C: channels, H: 11, W: 7, O: 5, Rows: 3, Columns: 3, Stride: 1, Padding: 1, Dilation: 1})
		for k := range c.offset { // towards the middle
			c.offset[k] *= 0.25
		}
		cases[fmt.Sprint(channels, " channels")] = c
	}
	return cases
}

// The kernels of a CUDA device and those of the CPU give the same convolutions.
func TestCUDASourceOfManyPixels(t *testing.T) {
	for name, c := range manyPixels() {
		for _, layer := range []bool{false, true} {
			want := c.run(t, torchx.ChannelsLast, layer)
			restore := useKernel(t, "cuda-source")
			got := c.run(t, torchx.ChannelsLast, layer)
			restore()
			for what := range want {
				for i, w := range want[what] {
					near(t, fmt.Sprintf("%s, %s[%d]", name, what, i), float64(got[what][i]), float64(w), 2e-5)
				}
			}
		}
	}
}

// Gradients far from 1: sums of whole numbers have units of their own for each batch.
func TestCUDASourceOfLargeAndSmallGradients(t *testing.T) {
	defer useKernel(t, "cuda-source")()
	for _, scale := range []float32{1e-30, 1e-12, 1, 1e12, 1e30} {
		c := manyPixels()["24 channels"]
		want := c.run(t, torchx.ChannelsLast, false)["x"]
		for i := range c.up {
			c.up[i] *= scale
		}
		for i, g := range c.run(t, torchx.ChannelsLast, false)["x"] {
			near(t, fmt.Sprintf("scale %g, x[%d]", scale, i), float64(g/scale), float64(want[i]), 1e-5)
		}
	}
	c := manyPixels()["4 channels"]
	c.up[17] = float32(math.Inf(1)) // of the first image
	if finite := slices.IndexFunc(c.run(t, torchx.ChannelsLast, false)["x"][:4*11*7], func(v float32) bool { return v-v == 0 }); finite >= 0 {
		t.Errorf("x[%d] hides a gradient that is infinite", finite)
	}
	c = manyPixels()["4 channels"]
	for i := range c.up {
		c.up[i] = 0
	}
	for i, g := range c.run(t, torchx.ChannelsLast, false)["x"] {
		if g != 0 {
			t.Fatalf("x[%d]: %g without any gradient", i, g)
		}
	}
}

// nvrtcs are the libraries of NVRTC on this machine: libtorch's own, and those that
// Python packages below build and COCOSTAT_NVRTC (paths with colons between) bring.
func nvrtcs() []string {
	var found []string
	for _, pattern := range []string{"cu*", "cuda_nvrtc"} {
		below := filepath.Join("..", "..", "build", "*", "*", "lib", "python*", "site-packages", "nvidia", pattern, "lib", "libnvrtc.so.*")
		more, _ := filepath.Glob(below) // the pattern is well formed
		found = append(found, more...)
	}
	if list := os.Getenv("COCOSTAT_NVRTC"); list != "" {
		found = append(found, filepath.SplitList(list)...)
	}
	if _, _, err := torchx.CompileKernels("", "sm_80"); err == nil || !strings.Contains(err.Error(), "there is no NVRTC") {
		found = append(found, "")
	}
	return found
}

// NVIDIA's compiler, which needs no GPU, takes the kernels for the architectures from
// Volta to Hopper that it knows.
func TestCUDASourceCompiles(t *testing.T) {
	libraries := nvrtcs()
	if len(libraries) == 0 {
		t.Skip("no NVRTC here: pip install nvidia-cuda-nvrtc, and name its libnvrtc.so.* in COCOSTAT_NVRTC")
	}
	for _, library := range libraries {
		compiled := 0
		for _, architecture := range []string{"sm_70", "sm_75", "sm_80", "sm_90"} {
			version, bytes, err := torchx.CompileKernels(library, architecture)
			switch {
			case err != nil && strings.Contains(err.Error(), "INVALID_OPTION"):
				t.Logf("NVRTC %s knows no %s", version, architecture)
			case err != nil:
				t.Errorf("%s: %v", library, err)
			default:
				compiled++
				t.Logf("NVRTC %s, %s: %d bytes", version, architecture, bytes)
			}
		}
		if compiled < 3 {
			t.Errorf("%q compiled for %d architectures", library, compiled)
		}
	}
	if _, _, err := torchx.CompileKernels(libraries[0], "sm_1"); err == nil || !strings.Contains(err.Error(), "sm_1") {
		t.Errorf("compiled for an architecture that there is not: %v", err)
	}
	if _, _, err := torchx.CompileKernels("/no/libnvrtc.so", "sm_80"); err == nil || !strings.Contains(err.Error(), "/no/libnvrtc.so") {
		t.Errorf("a library that there is not: %v", err)
	}
}
