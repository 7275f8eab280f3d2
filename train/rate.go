package train

import "math"

// rate is the learning rate over a training: a linear warm-up, multiplied by
// half a cosine from LR to 0 (Loshchilov and Hutter, 2017; section 5.1).
type rate struct {
	lr            float64
	warmup, steps int
}

// warmupSteps resolves the setting -1.
func warmupSteps(setting, steps int) int {
	if setting < 0 {
		return min(500, steps/10)
	}
	return setting
}

// at returns the learning rate of a step ∈ [0, steps).
func (r rate) at(step int) float64 {
	lr := r.lr / 2 * (1 + math.Cos(math.Pi*float64(step)/float64(r.steps)))
	if step < r.warmup {
		lr *= float64(step+1) / float64(r.warmup)
	}
	return lr
}
