package torchx

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
)

// Step runs body, which may call any operator of gotorch and of this package,
// and returns its error, or what an operator panicked with as an error. Other
// panics (a nil dereference, say) pass through.
//
// Garbage is collected once before body; from then until body returns, Go's
// collector does not run: neither the heap's growth, nor a memory limit, nor
// the two-minute timer starts it. Memory that other goroutines allocate in the
// meantime is not reclaimed before the next Step, so they should reuse theirs.
// Nothing else in the program may call runtime.GC or change these settings.
func Step(body func() error) (err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer holdCollector()()
	runtime.GC()
	defer func() {
		if r := recover(); r != nil {
			err = asError(r)
		}
	}()
	return body()
}

// holdCollector switches the collector off and returns what restores it. It
// waits for a collection in progress to end.
func holdCollector() (restore func()) {
	percent := debug.SetGCPercent(-1)
	limit := debug.SetMemoryLimit(math.MaxInt64)
	return func() {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(percent)
	}
}

// asError recognises the panics that mean a failed call into libtorch: ours,
// and gotorch's, which are plain strings.
func asError(r any) error {
	switch v := r.(type) {
	case *Error:
		return v
	case string:
		return &Error{"gotorch", v}
	case runtime.Error:
		panic(v)
	case error:
		return v
	}
	panic(fmt.Sprint(r))
}
