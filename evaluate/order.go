package evaluate

import (
	"cmp"
	"math"
	"slices"
)

// ranked is a detection of a class to be sorted.
type ranked struct {
	key      uint64 // ascends as the score descends
	position int32  // among the class's detections, grouped by image
	run      int32  // number of its image run
}

// rankOf returns the key of a finite score. Both zeros have the same.
func rankOf(score float64) uint64 {
	b := math.Float64bits(score + 0)
	if b>>63 == 1 {
		return b // negative: the bits ascend as the score descends
	}
	return ^b &^ (1 << 63)
}

// scoreOf undoes rankOf.
func scoreOf(key uint64) float64 {
	if key>>63 == 1 {
		return math.Float64frombits(key)
	}
	return math.Float64frombits(^key &^ (1 << 63))
}

func compareRanked(a, b ranked) int {
	return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.position, b.position))
}

const (
	digitBits = 11
	firstBit  = 64 - 3*digitBits // of the digits that are sorted by
	fewRanked = 256              // up to which the digits do not pay
)

// sortRanked sorts by key and returns the items, perhaps in the place of
// scratch. Equal keys keep their order, which is that of the positions. It
// sorts by the three highest digits, from the last to the first, and then what
// they do not tell apart.
func sortRanked(items, scratch []ranked) (sorted, other []ranked) {
	if len(items) <= fewRanked {
		slices.SortFunc(items, compareRanked)
		return items, scratch
	}
	scratch = slices.Grow(scratch[:0], len(items))[:len(items)]
	var counts [3][1 << digitBits]int32
	for i := range items {
		k := items[i].key >> firstBit
		counts[0][k&(1<<digitBits-1)]++
		counts[1][k>>digitBits&(1<<digitBits-1)]++
		counts[2][k>>(2*digitBits)]++
	}
	for d := range counts {
		c, shift := &counts[d], firstBit+d*digitBits
		if int(c[items[0].key>>shift&(1<<digitBits-1)]) == len(items) {
			continue // all alike
		}
		sum := int32(0)
		for v, n := range c {
			c[v], sum = sum, sum+n
		}
		for i := range items {
			v := items[i].key >> shift & (1<<digitBits - 1)
			scratch[c[v]] = items[i]
			c[v]++
		}
		items, scratch = scratch, items
	}
	for i := 0; i < len(items); {
		from, more := i, false
		for i++; i < len(items) && items[i].key>>firstBit == items[from].key>>firstBit; i++ {
			more = more || items[i].key != items[from].key
		}
		if more {
			slices.SortFunc(items[from:i], compareRanked)
		}
	}
	return items, scratch
}
