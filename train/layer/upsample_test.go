package layer_test

import (
	"testing"

	"cocostat/train/internal/pytorch"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

func run(t *testing.T, body func() error) {
	t.Helper()
	if err := torchx.Step(body); err != nil {
		t.Fatal(err)
	}
}

// The kernels of CenterNet's src/lib/models/networks/pose_dla_dcn.py, by hand: for
// a factor of 4, 1/8, 3/8, 5/8, 7/8 and back.
func TestBilinear(t *testing.T) {
	for f, at := range map[int][]float64{
		2: {0.25, 0.75, 0.75, 0.25},
		4: {0.125, 0.375, 0.625, 0.875, 0.875, 0.625, 0.375, 0.125},
	} {
		next := layer.Bilinear(f)(0, 0, nil)
		for i := range 3 * len(at) * len(at) { // three channels
			row, column := i/len(at)%len(at), i%len(at)
			if got, want := next(), at[row]*at[column]; got != want {
				t.Errorf("factor %d: weight %d is %g, want %g", f, i, got, want)
			}
		}
	}
}

// Upsampling begins as interpolation: what is linear in rows and columns stays so,
// away from the edge. Cell y of the larger map lies at (y+½)/f − ½ of the smaller.
func TestUpDepthwiseBeginsLinear(t *testing.T) {
	const channels, side, f = 2, 6, 4
	data := make([]float32, channels*side*side)
	for i := range data {
		c, y, x := i/(side*side), i/side%side, i%side
		data[i] = float32(1 + c + 2*y + 3*x)
	}
	run(t, func() error {
		up := layer.NewBuilder(1).UpDepthwise("up", channels, f)
		x, err := torchx.FromFloats(data, []int64{1, channels, side, side}, "cpu", torchx.Contiguous)
		if err != nil {
			return err
		}
		const large = side * f
		got := pytorch.Numbers(t, up.Forward(x))
		for c := range channels {
			for y := f; y < large-f; y++ {
				for x := f; x < large-f; x++ {
					at := func(i int) float64 { return (float64(i)+0.5)/f - 0.5 }
					want := float32(1 + float64(c) + 2*at(y) + 3*at(x))
					if v := got[(c*large+y)*large+x]; v-want > 1e-4 || want-v > 1e-4 {
						t.Fatalf("channel %d, cell %d,%d: %g, want %g", c, y, x, v, want)
					}
				}
			}
		}
		return nil
	})
}

// A deformable convolution begins as half of a plain one: taps lie in their places,
// with masks of sigmoid(0).
func TestDeformableBeginsAsHalfAConvolution(t *testing.T) {
	const in, out, h, w = 3, 4, 5, 6
	data := make([]float32, in*h*w)
	for i := range data {
		data[i] = float32(i*i%17) - 8
	}
	run(t, func() error {
		b := layer.NewBuilder(1)
		deformable := b.Deformable("d", in, out)
		plain := b.Conv("c", layer.Conv{In: in, Out: out, Kernel: 3})
		entries := b.Network().Entries()
		if err := torchx.Write(entries[len(entries)-1].Tensor, pytorch.Numbers(t, entries[0].Tensor)); err != nil {
			return err
		}
		x, err := torchx.FromFloats(data, []int64{1, in, h, w}, "cpu", torchx.Contiguous)
		if err != nil {
			return err
		}
		got, want := pytorch.Numbers(t, deformable.Forward(x)), pytorch.Numbers(t, plain.Forward(x))
		for i := range want {
			if d := got[i] - want[i]/2; d > 1e-5 || d < -1e-5 {
				t.Errorf("number %d is %g, half of the convolution %g", i, got[i], want[i]/2)
			}
		}
		return nil
	})
}
