package torchx_test

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	torch "github.com/wangkuiyi/gotorch"

	"cocostat/internal/resident"
	"cocostat/train/torchx"
)

// litter allocates, in other goroutines, until it is closed: without Step that
// would have the collector run many times in every step.
type litter struct {
	allowance atomic.Int64 // bytes still to allocate
	closed    atomic.Bool
	done      sync.WaitGroup
}

func newLitter() *litter {
	l := &litter{}
	for range 2 {
		l.done.Add(1)
		go l.run()
	}
	return l
}

func (l *litter) run() {
	defer l.done.Done()
	const block = 1 << 14
	var keep [64][]byte
	for i := 0; !l.closed.Load(); i++ {
		if l.allowance.Add(-block) < 0 {
			runtime.Gosched()
			continue
		}
		keep[i%len(keep)] = make([]byte, block)
	}
}

func (l *litter) close() {
	l.closed.Store(true)
	l.done.Wait()
}

func collections() uint32 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.NumGC
}

func residentBytes(t *testing.T) int64 {
	t.Helper()
	n, known := resident.Bytes()
	if !known {
		t.Skip("this system does not tell the memory of a process")
	}
	return n
}

// Element-wise operations of gotorch do not keep their operands alive, so a
// collection in their midst frees memory that C++ still reads. Here 60 of them
// run in each of 300 steps, with their gradients, while other goroutines
// allocate 32 MB: the results must be right, no collection may begin inside a
// step, and the memory of the process must not grow.
func TestStressBesideAllocation(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	other := newLitter()
	defer other.close()
	before := int64(0)
	for n := range 300 {
		step(t, func() {
			started := collections()
			other.allowance.Store(32 << 20)
			half := floats(t, []float32{0.5, 0.5, 0.5, 0.5}, 4)
			x := leaf(t, []float32{1, 2, 3, 4}, 4)
			y := x
			for range 60 {
				y = torch.Mul(torch.Add(y, x, 1), half)
			}
			ok(t, torchx.Backward(y.Sum()))
			// y -> (y+x)/2 has the fixed point x, whose slope is 1.
			for i, v := range read(t, y, 4) {
				near(t, "value", float64(v), float64(i+1), 1e-6)
			}
			for _, g := range gradient(t, x, 4) {
				near(t, "gradient", float64(g), 1, 1e-6)
			}
			for other.allowance.Load() > 0 {
				runtime.Gosched()
			}
			if during := collections() - started; during != 0 {
				t.Fatalf("step %d: %d collections inside it", n, during)
			}
		})
		if n == 50 {
			before = residentBytes(t)
		}
	}
	if growth := residentBytes(t) - before; growth > 64<<20 {
		t.Errorf("the process grew by %d MB over 250 steps", growth>>20)
	}
}

// The test above means something only if its load does start the collector
// where Step does not hold it.
func TestAllocationOutsideStepIsCollected(t *testing.T) {
	other := newLitter()
	defer other.close()
	started := collections()
	other.allowance.Store(32 << 20)
	for other.allowance.Load() > 0 {
		runtime.Gosched()
	}
	if collections() == started {
		t.Error("32 MB of garbage started no collection")
	}
}

// Even a memory limit far below what is in use does not start the collector
// inside a step.
func TestMemoryLimitWaitsForTheStep(t *testing.T) {
	defer setMemoryLimit(1 << 20)()
	other := newLitter()
	defer other.close()
	step(t, func() {
		started := collections()
		other.allowance.Store(8 << 20)
		for other.allowance.Load() > 0 {
			runtime.Gosched()
		}
		if during := collections() - started; during != 0 {
			t.Errorf("%d collections inside the step", during)
		}
	})
}

func TestStepReturnsItsErrorAndPassesOtherPanics(t *testing.T) {
	want := errors.New("want")
	if err := torchx.Step(func() error { return want }); err != want {
		t.Errorf("error %v, want the body's own", err)
	}
	defer func() {
		if _, is := recover().(runtime.Error); !is {
			t.Error("an index out of range inside a step did not panic")
		}
	}()
	var none []int
	_ = torchx.Step(func() error { none[len(none)]++; return nil })
}
