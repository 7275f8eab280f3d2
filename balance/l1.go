package balance

import (
	"fmt"
	"math"
)

// MaskedL1 returns CenterNet's loss of sizes and offsets,
//
//	L = Σ m·|a − b| / (Σ m + 1e-4)
//
// and its gradient with respect to the prediction a; b is the target. The three
// slices have the same length in any common layout. The mask m is 1 at both
// coordinates of every object and 0 elsewhere, so that Σ m is twice the number
// of objects. The slope of |·| at 0 is taken as 0. MaskedL1 panics if the
// lengths differ.
func MaskedL1(pred, target, mask []float64) (loss float64, grad []float64) {
	if len(target) != len(pred) || len(mask) != len(pred) {
		panic(fmt.Sprintf("balance: %d predictions, %d targets, %d mask values", len(pred), len(target), len(mask)))
	}
	var covered float64
	for _, m := range mask {
		covered += m
	}
	grad = make([]float64, len(pred))
	divisor := covered + 1e-4
	for i, m := range mask {
		difference := pred[i] - target[i]
		loss += m * math.Abs(difference) / divisor
		switch {
		case difference > 0:
			grad[i] = m / divisor
		case difference < 0:
			grad[i] = -m / divisor
		}
	}
	return loss, grad
}
