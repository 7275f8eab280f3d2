package data

import (
	"sync/atomic"
	"time"
)

// Spent is the time that a loader's goroutines have worked, all together.
type Spent struct {
	Decoding   time.Duration // reading included
	Augmenting time.Duration // cutting, scaling and colouring
	Targets    time.Duration
}

// spending counts the nanoseconds of a [Spent].
type spending struct {
	decoding, augmenting, targets atomic.Int64
}

// Spent returns the time that the loader has worked since it was made. It may
// be called at any time.
func (l *Loader) Spent() Spent {
	s := &l.spending
	return Spent{time.Duration(s.decoding.Load()), time.Duration(s.augmenting.Load()), time.Duration(s.targets.Load())}
}

// charge adds the time since last to a counter and returns the time now.
func charge(counter *atomic.Int64, last time.Time) time.Time {
	now := time.Now()
	counter.Add(int64(now.Sub(last)))
	return now
}
