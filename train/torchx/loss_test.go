package torchx_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"cocostat/balance"
	"cocostat/train/torchx"
)

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
