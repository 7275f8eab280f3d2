package train

import (
	"time"

	"cocostat/train/data"
)

// Times says where the time of an epoch went, in seconds. The first eight add
// up to the epoch's; the loader's run beside them, and are the sums over its
// goroutines. On a CUDA device, whose work goes on while the next is handed
// out, Loss holds what of the forward pass was still to do, and Waiting for the
// optimiser shows in the next step.
type Times struct {
	Waiting   float64 `json:"waiting"` // for the loader
	Copying   float64 `json:"copying"` // a batch into tensors, and collecting garbage
	Forward   float64 `json:"forward"`
	Loss      float64 `json:"loss"`
	Backward  float64 `json:"backward"`
	Reducing  float64 `json:"reducing,omitempty"` // gradients over several processes; of which a part is done on the way back
	Optimiser float64 `json:"optimiser"`
	Other     float64 `json:"other"` // progress, checkpoints

	Decoding   float64 `json:"loader_decoding"` // reading included
	Augmenting float64 `json:"loader_augmenting"`
	Targets    float64 `json:"loader_targets"`
}

// total returns the time of the epoch.
func (t Times) total() float64 {
	return t.Waiting + t.Copying + t.Forward + t.Loss + t.Backward + t.Reducing + t.Optimiser + t.Other
}

// stopwatch charges time to the phases of an epoch. The zero value is not
// running: start it first.
type stopwatch struct {
	times  Times
	last   time.Time
	loader data.Spent // when it started
}

// start begins an epoch, whose times so far are t; spent is the loader's.
func (s *stopwatch) start(t Times, spent data.Spent) {
	*s = stopwatch{times: t, last: time.Now(), loader: spent}
}

// lap charges the time since the last lap to phase, a field of s.times.
func (s *stopwatch) lap(phase *float64) {
	now := time.Now()
	*phase += now.Sub(s.last).Seconds()
	s.last = now
}

// charge adds what the loader has spent since the last time.
func (s *stopwatch) charge(spent data.Spent) {
	s.times.Decoding += (spent.Decoding - s.loader.Decoding).Seconds()
	s.times.Augmenting += (spent.Augmenting - s.loader.Augmenting).Seconds()
	s.times.Targets += (spent.Targets - s.loader.Targets).Seconds()
	s.loader = spent
}
