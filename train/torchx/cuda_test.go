package torchx_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"cocostat/balance"
	"cocostat/train/torchx"
)

// onCUDA skips a test without a CUDA device, and without kernels for it fails.
func onCUDA(t *testing.T) (device string) {
	t.Helper()
	if torchx.CUDADevices() == 0 {
		t.Skipf("this libtorch (%s) sees no CUDA device", torchx.Version())
	}
	ok(t, torchx.CUDAKernels("cuda:0"))
	return "cuda:0"
}

// onBoth runs a test with the kernels of a CUDA device and with libtorch's operators.
func onBoth(t *testing.T, test func(t *testing.T)) {
	t.Run("kernels", test)
	t.Run("operators", func(t *testing.T) {
		defer useKernel(t, "operators")()
		test(t)
	})
}

func TestHeatmapOnCUDA(t *testing.T) {
	device := onCUDA(t)
	onBoth(t, func(t *testing.T) {
		for _, shape := range []balance.Shape{{2, 3, 4, 5}, {1, 1, 1, 1}, {3, 37, 41, 23}, {2, 80, 128, 128}} {
			c := newCase(rand.New(rand.NewPCG(31, 1)), shape, 3, 2+shape[0]*shape[1])
			for name, l := range losses(shape[1]) {
				for _, layout := range []torchx.Layout{torchx.Contiguous, torchx.ChannelsLast} {
					t.Run(fmt.Sprint(name, shape, layout), func(t *testing.T) { c.equalsReferenceOn(t, device, l, layout) })
				}
			}
		}
	})
}

// As on the CPU, and in each run to the same bits.
func TestDeformOnCUDA(t *testing.T) {
	device := onCUDA(t)
	onBoth(t, func(t *testing.T) {
		for name, c := range manyPixels() {
			for _, layer := range []bool{false, true} {
				want, got := c.run(t, torchx.ChannelsLast, layer), c.runOn(t, device, torchx.ChannelsLast, layer)
				for what := range want {
					for i, w := range want[what] {
						near(t, fmt.Sprintf("%s, %s[%d]", name, what, i), float64(got[what][i]), float64(w), 2e-5)
					}
				}
			}
		}
	})
	c := manyPixels()["64 channels"]
	once, twice := c.runOn(t, device, torchx.ChannelsLast, true), c.runOn(t, device, torchx.ChannelsLast, true)
	for what := range once {
		if !slices.Equal(once[what], twice[what]) {
			t.Errorf("%s has other bits the second time", what)
		}
	}
}

// Numbers go to a CUDA device and come back, many at a time, while it computes.
func TestTransfersToCUDA(t *testing.T) {
	device := onCUDA(t)
	const n, rounds = 1 << 20, 50
	data := make([]float32, n)
	var later []*torchx.Later
	for round := range rounds {
		step(t, func() {
			for i := range data {
				data[i] = float32(round)
			}
			x, err := torchx.FromFloats(data, []int64{4, 4, 256, 256}, device, torchx.ChannelsLast)
			ok(t, err)
			data[0] = -1 // is the caller's again
			last, err := torchx.ReadLater(x.Sum())
			ok(t, err)
			later = append(later, last)
		})
	}
	for round, l := range later {
		values, err := l.Values()
		ok(t, err)
		if want := float32(round * n); values[0] != want {
			t.Errorf("round %d: sum %g, want %g", round, values[0], want)
		}
	}
}
