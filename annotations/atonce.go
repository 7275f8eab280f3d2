package annotations

import (
	"runtime"
	"sync"
)

// span is a piece of a list: from its element from on, up to but without to.
type span struct{ from, to int }

// leastSpan is how many elements are worth another goroutine.
const leastSpan = 1 << 12

// spansOf divides a list of n elements among the processors.
func spansOf(n int) []span {
	spans := make([]span, max(1, min(runtime.GOMAXPROCS(0), n/leastSpan)))
	for i := range spans {
		spans[i] = span{n * i / len(spans), n * (i + 1) / len(spans)}
	}
	return spans
}

// atOnce calls do with 0…n−1, at the same time, and waits for all of them.
func atOnce(n int, do func(i int)) {
	var all sync.WaitGroup
	for i := range n - 1 {
		all.Go(func() { do(i) })
	}
	do(n - 1)
	all.Wait()
}
