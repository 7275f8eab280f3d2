// Package parallel spreads work over the processors.
package parallel

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Each calls a function for 0, 1, … n−1, several at a time; each processor has
// a function of its own, which start makes. It returns when all calls have.
func Each(n int, start func() func(i int)) {
	const most = 64 // at a time, which costs little, if that leaves some for each processor
	each(n, max(1, min(most, n/(8*runtime.GOMAXPROCS(0)))), start)
}

// LargestFirst is Each for the places in a list of sizes, the largest first, so
// that no processor is left alone with a large one at the end.
func LargestFirst(sizes []int, start func() func(i int)) {
	order := make([]int, len(sizes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return sizes[b] - sizes[a] })
	each(len(order), 1, func() func(i int) {
		do := start()
		return func(i int) { do(order[i]) }
	})
}

// each hands out chunks of numbers.
func each(n, chunk int, start func() func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	take := func() int { return int(next.Add(int64(chunk))) - chunk }
	for range min(runtime.GOMAXPROCS(0), (n+chunk-1)/chunk) {
		do := start()
		workers.Go(func() {
			for from := take(); from < n; from = take() {
				for i := from; i < min(from+chunk, n); i++ {
					do(i)
				}
			}
		})
	}
	workers.Wait()
}
