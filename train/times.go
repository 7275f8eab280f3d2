package train

import (
	"time"

	"cocostat/train/data"
)

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
