package torchx_test

import (
	"math"
	"testing"

	torch "github.com/wangkuiyi/gotorch"

	"cocostat/train/torchx"
)

// Three steps on p²/2, whose gradient is p, against the update rule of the
// paper (Kingma and Ba, algorithm 1) written out in float64. The first step
// is known without it: m̂ = g and v̂ = g², so it is the learning rate itself.
func TestAdam(t *testing.T) {
	likeCUDA(t, func(t *testing.T) {
		const lr, b1, b2, eps, decay = 0.1, 0.9, 0.999, 1e-8, 0.01
		p := leaf(t, []float32{1, -2}, 2)
		adam, err := torchx.NewAdam([]torchx.Tensor{p}, torchx.AdamSettings{Beta1: b1, Beta2: b2, Epsilon: eps, WeightDecay: decay})
		ok(t, err)
		defer adam.Close()
		want := []float64{1, -2}
		var m, v [2]float64
		for n := 1; n <= 3; n++ {
			step(t, func() {
				square := torch.Mul(p, p)
				ok(t, torchx.Backward(torchx.WeightedSum([]torchx.Tensor{square.Sum()}, []float32{0.5})))
				ok(t, adam.Step(lr))
			})
			got := read(t, p, 2)
			for i := range want {
				g := want[i] + decay*want[i]
				m[i] = b1*m[i] + (1-b1)*g
				v[i] = b2*v[i] + (1-b2)*g*g
				mHat := m[i] / (1 - math.Pow(b1, float64(n)))
				vHat := v[i] / (1 - math.Pow(b2, float64(n)))
				want[i] -= lr * mHat / (math.Sqrt(vHat) + eps)
				near(t, "parameter", float64(got[i]), want[i], 1e-6)
			}
			if n == 1 {
				near(t, "first step", float64(got[0]), 1-lr, 1e-6)
			}
		}
		if adam.Steps() != 3 {
			t.Errorf("%d steps counted, want 3", adam.Steps())
		}
		moments, err := adam.Moments(0)
		ok(t, err)
		if len(moments) != 2 || moments[0].Name != "adam.first" || moments[1].Name != "adam.second" {
			t.Fatalf("moments %v", moments)
		}
		near(t, "first moment", float64(read(t, moments[0].Tensor, 2)[1]), m[1], 1e-6)
		near(t, "second moment", float64(read(t, moments[1].Tensor, 2)[1]), v[1], 1e-6)
	})
}

// A parameter in another memory layout than its gradient gets the same update.
func TestAdamFollowsLayout(t *testing.T) {
	likeCUDA(t, func(t *testing.T) {
		data := make([]float32, 2*3*2*2)
		for i := range data {
			data[i] = float32(i) - 5
		}
		results := map[torchx.Layout][]float32{}
		for _, layout := range []torchx.Layout{torchx.Contiguous, torchx.ChannelsLast} {
			p := leaf(t, data, 2, 3, 2, 2)
			ok(t, torchx.Move(p, "cpu", layout))
			adam, err := torchx.NewAdam([]torchx.Tensor{p}, torchx.DefaultAdam)
			ok(t, err)
			step(t, func() {
				scaled := torch.Mul(p, floats(t, data, 2, 3, 2, 2))
				ok(t, torchx.Backward(scaled.Sum()))
				ok(t, adam.Step(0.5))
			})
			adam.Close()
			results[layout] = read(t, p, len(data))
		}
		for i, want := range results[torchx.Contiguous] {
			// The gradient is data itself: its sign gives the first step's direction.
			direction := 0.0
			if data[i] != 0 {
				direction = math.Copysign(0.5, float64(data[i]))
			}
			near(t, "contiguous", float64(want), float64(data[i])-direction, 1e-5)
			near(t, "channels last", float64(results[torchx.ChannelsLast][i]), float64(want), 1e-7)
		}
	})
}
