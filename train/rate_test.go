package train

import (
	"math"
	"testing"
)

// By hand: 100 steps, 10 of them warm-up, rate 2. Step 0 has a tenth of the
// warm-up and cos 0; step 50 is the middle of the cosine; the last step has
// 1+cos(0.99π).
func TestRate(t *testing.T) {
	r := rate{lr: 2, warmup: 10, steps: 100}
	for step, want := range map[int]float64{
		0:  0.2,
		4:  2 * 0.5 * 0.5 * (1 + math.Cos(0.04*math.Pi)),
		50: 1,
		75: 1 - math.Sqrt2/2,
		99: 1 + math.Cos(0.99*math.Pi),
	} {
		if got := r.at(step); math.Abs(got-want) > 1e-12 {
			t.Errorf("step %d: rate %g, want %g", step, got, want)
		}
	}
}

func TestWarmupSteps(t *testing.T) {
	for _, c := range []struct{ setting, steps, want int }{{-1, 100, 10}, {-1, 100000, 500}, {0, 100, 0}, {700, 100, 700}} {
		if got := warmupSteps(c.setting, c.steps); got != c.want {
			t.Errorf("setting %d of %d steps: %d, want %d", c.setting, c.steps, got, c.want)
		}
	}
}
