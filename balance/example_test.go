package balance_test

import (
	"fmt"

	"cocostat/balance"
	"cocostat/weights"
)

// A training of 4 epochs, the first of which is deferred: λ, and with it the
// weights of the classes, rises from 0 in the second epoch to 1 in the last.
func ExamplePlan() {
	plan, err := balance.NewPlan([]float64{0.5, 2}, balance.Config{WF: true, BB: true, LS: true,
		Schedule: weights.ScheduleDeferredLinear, DeferredEpochs: 1, Update: weights.UpdateEpoch,
		Eta: 0.8, Reading: weights.ReadingBase, Intensity: 1}, 4)
	if err != nil {
		fmt.Println(err)
		return
	}
	for epoch := range 4 {
		m := plan.At(float64(epoch))
		// An image with 2 objects of the first class and 1 of the second, eq. (8).
		fmt.Printf("%d: λ %.1f, α̂ %.2f, ŵ %.4f\n", epoch, m.Lambda, m.AlphaHat, m.Weights([]int32{2, 1}))
	}
	// Output:
	// 0: λ 0.0, α̂ [1.00 1.00], ŵ [1.0000 1.0000]
	// 1: λ 0.0, α̂ [1.00 1.00], ŵ [1.0000 1.0000]
	// 2: λ 0.5, α̂ [0.75 1.50], ŵ [0.6075 1.3500]
	// 3: λ 1.0, α̂ [0.50 2.00], ŵ [0.3200 1.6000]
}
