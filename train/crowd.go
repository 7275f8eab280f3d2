package train

import (
	"runtime"
	"time"

	"cocostat/internal/processors"
	"cocostat/train/torchx"
)

// compute prepares the goroutine to run networks, until what it returns is called.
// It stays on its operating-system thread: libtorch and the allocator under it keep
// memory for each thread that calls them, and steps on ever other threads would pile
// it up. And when other processes want the processors, libtorch's threads do not spin
// while they wait.
func compute() (release func()) {
	runtime.LockOSThread()
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		watchCrowd(quit)
	}()
	return func() {
		close(quit)
		<-done
		runtime.UnlockOSThread()
	}
}

// glance is the time between two looks at the load of the processors: many ticks of
// its clock, and few steps of a training.
const glance = 250 * time.Millisecond

// watchCrowd tells torchx whether the processors are crowded, until quit is closed.
// Where the load cannot be read, threads wait as OpenMP has it.
func watchCrowd(quit <-chan struct{}) {
	load, err := processors.NewLoad()
	if err != nil {
		return
	}
	defer torchx.Crowded(false)
	var crowded bool
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for {
		select {
		case <-quit:
			return
		case <-tick.C:
		}
		free, err := load.Free()
		if err != nil {
			return
		}
		if now := isCrowded(free, torchx.Threads(), crowded); now != crowded {
			if torchx.Crowded(now) != nil {
				return // without memory for threads they spin on
			}
			crowded = now
		}
	}
}

// isCrowded reports whether so many threads have too few free processors. A quarter
// of a processor is what a quiet machine does beside; once the processors are
// crowded, they are until half of that is left.
func isCrowded(free float64, threads int, already bool) bool {
	missing := float64(threads) - free
	if already {
		return missing > 0.125
	}
	return missing > 0.25
}
