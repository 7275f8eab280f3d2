package train

import (
	"math"
	"testing"

	"cocostat/balance"
)

// Eq. (8) by hand: α = (3, ½), η = 0.8, λ = ½: α̂ = (2, ¾), η̂ = 0.9. The first
// image holds 2 objects of class 0, the second one of each.
func TestBatchWeights(t *testing.T) {
	plan, err := balance.NewPlan([]float64{3, 0.5}, balance.Config{
		WF: true, BB: true, LS: true, Schedule: balance.Linear, Update: "epoch", Eta: 0.8, Reading: "base", Intensity: 1,
	}, 3)
	if err != nil {
		t.Fatal(err)
	}
	got := batchWeights(nil, plan.At(1), []int32{2, 0, 1, 1})
	want := []float64{2 * 0.81, 0.75, 2 * 0.9, 0.75 * 0.9}
	if len(got) != len(want) {
		t.Fatalf("%d weights, want %d", len(got), len(want))
	}
	for i, w := range want {
		if math.Abs(float64(got[i])-w) > 1e-6 {
			t.Errorf("weight %d: %g, want %g", i, got[i], w)
		}
	}
}
