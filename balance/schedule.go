package balance

import (
	"fmt"

	"cocostat/weights"
)

// Schedule names a course of λ over the epochs (table 5 and figure 2 of the
// paper).
type Schedule string

// The schedules.
const (
	Constant       Schedule = weights.ScheduleConstant       // λ = 1 throughout
	Deferred       Schedule = weights.ScheduleDeferred       // 0 for d epochs, then 1
	Linear         Schedule = weights.ScheduleLinear         // rises from the first epoch, d = 0
	DeferredLinear Schedule = weights.ScheduleDeferredLinear // 0 for d epochs, then rises from 0: the paper's
)

// Lambda returns λ ∈ [0, 1] at an epoch ∈ [0, epochs). Whole epochs are
// counted from 0; a fractional one, such as 2.25 after a quarter of the third
// epoch, gives the λ of an update per step. The linear schedules reach 1 at the
// beginning of the last epoch and keep it. They need two epochs that are not
// deferred: with fewer, λ is 0 at every whole epoch.
//
// Lambda panics if the schedule is none of the four.
func Lambda(s Schedule, epoch float64, deferred, epochs int) float64 {
	switch s {
	case Constant:
		return 1
	case Deferred:
		if epoch < float64(deferred) {
			return 0
		}
		return 1
	case Linear:
		return ramp(epoch, 0, epochs)
	case DeferredLinear:
		return ramp(epoch, deferred, epochs)
	}
	panic(fmt.Sprintf("balance: unknown schedule %q", string(s)))
}

// Neutral returns the number of epochs, from the first on, that are trained with
// λ = 0 throughout, as if there were no weights. The linear schedules rise from
// 0, so that with λ fixed for an epoch (update weights.UpdateEpoch) the d
// deferred epochs are followed by one more: d+1 of T in all. Where λ changes
// with every step it leaves 0 within that epoch.
func Neutral(s Schedule, update string, deferred, epochs int) int {
	n := 0
	switch s {
	case Deferred:
		n = deferred
	case Linear, DeferredLinear:
		if s == DeferredLinear {
			n = deferred
		}
		if update == weights.UpdateEpoch {
			n++
		}
	}
	return min(n, epochs)
}

// ramp is λ(e) = (e−d) / max(1, T−1−d), cut to [0, 1].
func ramp(epoch float64, deferred, epochs int) float64 {
	lambda := (epoch - float64(deferred)) / float64(max(1, epochs-1-deferred))
	return min(max(lambda, 0), 1)
}
