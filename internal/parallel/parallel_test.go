package parallel

import (
	"runtime"
	"slices"
	"testing"
)

// Every number is taken once, whatever their count and that of the processors.
func TestEachTakesAllOnce(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, processors := range []int{1, 3, 16} {
		runtime.GOMAXPROCS(processors)
		for _, n := range []int{0, 1, 2, 63, 1000, 5003} {
			taken := make([]int, n)
			Each(n, func() func(i int) { return func(i int) { taken[i]++ } })
			if slices.ContainsFunc(taken, func(times int) bool { return times != 1 }) {
				t.Errorf("%d processors, %d numbers: some were not taken once", processors, n)
			}
		}
	}
}

// On one processor the order is that of falling sizes, equal ones in theirs.
func TestLargestFirst(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var got []int
	LargestFirst([]int{2, 9, 2, 7}, func() func(i int) { return func(i int) { got = append(got, i) } })
	if !slices.Equal(got, []int{1, 3, 0, 2}) {
		t.Errorf("order %v, want 1 3 0 2", got)
	}
}

// Each processor has a function of its own, which counts without a lock.
func TestOwnFunctions(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var counts []*int
	Each(1000, func() func(i int) {
		own := new(int)
		counts = append(counts, own)
		return func(i int) { *own++ }
	})
	sum := 0
	for _, n := range counts {
		sum += *n
	}
	if len(counts) != 4 || sum != 1000 {
		t.Errorf("%d functions were called %d times, want 4 and 1000", len(counts), sum)
	}
}
