package torchx_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"cocostat/balance"
	"cocostat/train/torchx"
)

var focal = balance.HeatmapLoss{Gamma: balance.Gamma}

// The reference for values and gradients is package balance, in float64.
func TestHeatmapEqualsReference(t *testing.T) {
	for i, c := range []struct {
		shape     balance.Shape
		loss      balance.HeatmapLoss
		scale     float64 // of the logits: large ones reach the clamp
		positives int
	}{
		{balance.Shape{2, 3, 4, 5}, focal, 2, 4},
		{balance.Shape{1, 1, 8, 8}, focal, 20, 3},
		{balance.Shape{3, 2, 5, 4}, focal, 1, 0},
		{balance.Shape{2, 2, 6, 6}, balance.HeatmapLoss{Gamma: 0}, 2, 5},
		{balance.Shape{2, 2, 6, 6}, balance.HeatmapLoss{Gamma: 1.5}, 3, 5},
		{balance.Shape{4, 80, 16, 16}, focal, 4, 30},
		{balance.Shape{2, 3, 4, 5}, balance.HeatmapLoss{Gamma: 2, Weighting: balance.LocationWise}, 2, 4},
		{balance.Shape{2, 3, 4, 5}, balance.NewEqualised([]bool{true, false, true}, 0.5), 2, 4},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, uint64(i)))
			n := c.shape[0] * c.shape[1] * c.shape[2] * c.shape[3]
			logits := normal(r, n, c.scale)
			heatmap := make([]float32, n)
			for j := range heatmap {
				if g := r.Float32(); g > 0.7 && g < 0.99 {
					heatmap[j] = g
				}
			}
			for range c.positives {
				heatmap[r.IntN(n)] = 1
			}
			weights := make([]float32, c.shape[0]*c.shape[1])
			for j := range weights {
				weights[j] = 3 * r.Float32()
			}
			wantLoss, wantGrad := c.loss.Compute(widen(logits), widen(heatmap), widen(weights), c.shape)
			b, ch, h, w := int64(c.shape[0]), int64(c.shape[1]), int64(c.shape[2]), int64(c.shape[3])
			step(t, func() {
				x := leaf(t, logits, b, ch, h, w)
				loss := torchx.Heatmap(x, floats(t, heatmap, b, ch, h, w), floats(t, weights, b, ch), c.loss)
				ok(t, torchx.Backward(loss))
				got, err := torchx.Scalar(loss)
				ok(t, err)
				near(t, "loss", float64(got), wantLoss, 1e-6)
				for j, g := range gradient(t, x, n) {
					near(t, fmt.Sprintf("gradient[%d] (logit %g, heatmap %g)", j, logits[j], heatmap[j]), float64(g), wantGrad[j], 1e-6)
				}
			})
		})
	}
}

// The gradient of the loss times 3 is three times the gradient of the loss:
// the fused function composes with other operators.
func TestHeatmapComposes(t *testing.T) {
	step(t, func() {
		heat, w := floats(t, []float32{1, 0, 0.5, 0}, 1, 1, 2, 2), floats(t, []float32{1}, 1, 1)
		gradients := map[float32][]float32{}
		for _, scale := range []float32{1, 3} {
			x := leaf(t, []float32{0.3, -1, 2, 0}, 1, 1, 2, 2)
			loss := torchx.Heatmap(x, heat, w, focal)
			ok(t, torchx.Backward(torchx.WeightedSum([]torchx.Tensor{loss}, []float32{scale})))
			gradients[scale] = gradient(t, x, 4)
		}
		for i, g := range gradients[1] {
			near(t, "scaled gradient", float64(gradients[3][i]), 3*float64(g), 1e-7)
		}
	})
}

func TestGatherL1EqualsReference(t *testing.T) {
	const b, d, h, w, m = 2, 2, 3, 4, 5
	r := rand.New(rand.NewPCG(8, 0))
	prediction := normal(r, b*d*h*w, 2)
	target := normal(r, b*m*d, 2)
	index := make([]int64, b*m)
	mask := make([]float32, b*m)
	for i := range index {
		index[i] = int64(r.IntN(h * w))
		mask[i] = float32(i % 2)
	}
	at := func(image, slot, k int) int { return (image*d+k)*h*w + int(index[image*m+slot]) }

	// balance takes the gathered numbers, so the gathering is by hand here.
	var found, wanted, masks []float64
	for i := range b {
		for j := range m {
			for k := range d {
				found = append(found, float64(prediction[at(i, j, k)]))
				wanted = append(wanted, float64(target[(i*m+j)*d+k]))
				masks = append(masks, float64(mask[i*m+j]))
			}
		}
	}
	wantLoss, gathered := balance.MaskedL1(found, wanted, masks)
	wantGrad := make([]float64, len(prediction))
	n := 0
	for i := range b {
		for j := range m {
			for k := range d {
				wantGrad[at(i, j, k)] += gathered[n]
				n++
			}
		}
	}
	step(t, func() {
		ints, err := torchx.FromInts(index, []int64{b, m}, "cpu")
		ok(t, err)
		x := leaf(t, prediction, b, d, h, w)
		loss := torchx.GatherL1(x, ints, floats(t, target, b, m, d), floats(t, mask, b, m))
		ok(t, torchx.Backward(loss))
		got, err := torchx.Scalar(loss)
		ok(t, err)
		near(t, "loss", float64(got), wantLoss, 1e-6)
		for i, g := range gradient(t, x, len(prediction)) {
			near(t, fmt.Sprintf("gradient[%d]", i), float64(g), wantGrad[i], 1e-6)
		}
	})
}
