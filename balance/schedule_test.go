package balance_test

import (
	"math"
	"testing"

	"cocostat/balance"
	"cocostat/weights"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %v, want %v ± %v", what, got, want, tolerance)
	}
}

func TestLambda(t *testing.T) {
	// By hand: T = 11, d = 2, so deferred-linear rises by 1/8 an epoch from
	// epoch 2 on and linear by 1/10 from epoch 0 on.
	for _, c := range []struct {
		epoch                                      float64
		constant, deferred, linear, deferredLinear float64
	}{
		{0, 1, 0, 0, 0},
		{1, 1, 0, 0.1, 0},
		{1.5, 1, 0, 0.15, 0},
		{2, 1, 1, 0.2, 0},
		{2.5, 1, 1, 0.25, 0.0625},
		{3, 1, 1, 0.3, 0.125},
		{6, 1, 1, 0.6, 0.5},
		{10, 1, 1, 1, 1},
		{10.9, 1, 1, 1, 1}, // within the last epoch
	} {
		for schedule, want := range map[balance.Schedule]float64{
			balance.Constant:       c.constant,
			balance.Deferred:       c.deferred,
			balance.Linear:         c.linear,
			balance.DeferredLinear: c.deferredLinear,
		} {
			near(t, string(schedule), balance.Lambda(schedule, c.epoch, 2, 11), want, 1e-15)
		}
	}
}

func TestLambdaOfShortTrainings(t *testing.T) {
	for _, c := range []struct {
		deferred, epochs int
		want             []float64
	}{
		{0, 1, []float64{0}},
		{0, 2, []float64{0, 1}},
		{1, 3, []float64{0, 0, 1}},
		{1, 2, []float64{0, 0}},
		{5, 3, []float64{0, 0, 0}}, // deferred to the end
	} {
		for e, want := range c.want {
			got := balance.Lambda(balance.DeferredLinear, float64(e), c.deferred, c.epochs)
			near(t, "λ", got, want, 0)
		}
	}
}

// Counted by hand in the tables above: 140 epochs with d = 5 begin with epochs 0
// to 5 at λ = 0.
func TestNeutral(t *testing.T) {
	for _, c := range []struct {
		schedule         balance.Schedule
		deferred, epochs int
		epoch, step      int
	}{
		{balance.Constant, 5, 140, 0, 0},
		{balance.Deferred, 5, 140, 5, 5},
		{balance.Linear, 5, 140, 1, 0},
		{balance.DeferredLinear, 5, 140, 6, 5},
		{balance.DeferredLinear, 0, 140, 1, 0},
		{balance.DeferredLinear, 5, 3, 3, 3},
		{balance.DeferredLinear, 1, 2, 2, 1},
	} {
		if got := balance.Neutral(c.schedule, weights.UpdateEpoch, c.deferred, c.epochs); got != c.epoch {
			t.Errorf("%s, d = %d of %d: %d neutral epochs, want %d", c.schedule, c.deferred, c.epochs, got, c.epoch)
		}
		if got := balance.Neutral(c.schedule, weights.UpdateStep, c.deferred, c.epochs); got != c.step {
			t.Errorf("%s by step, d = %d of %d: %d neutral epochs, want %d", c.schedule, c.deferred, c.epochs, got, c.step)
		}
		for e := range c.epochs { // λ itself says the same
			neutral := balance.Lambda(c.schedule, float64(e), c.deferred, c.epochs) == 0
			if neutral != (e < c.epoch) {
				t.Errorf("%s, d = %d of %d: λ is 0 in epoch %d: %v", c.schedule, c.deferred, c.epochs, e, neutral)
			}
		}
	}
}

func TestLambdaUnknownSchedule(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an unknown schedule did not panic")
		}
	}()
	balance.Lambda("cosine", 0, 0, 1)
}
