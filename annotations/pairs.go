package annotations

import (
	"math/bits"
	"slices"
)

// pairList counts annotations per (image row, class row). New ones wait in a
// list until there are enough to be worth sorting: that reads and writes
// memory in order, where a hash table would jump about in it. The memory is
// that of the pairs, not of the annotations.
type pairList struct {
	counts []pairCount // ascending image, then class
	fresh  []uint64    // image<<32 | class<<1 | crowd

	oldCounts []pairCount // memory for the next counts
	oldFresh  []uint64    // and for sorting
}

type pairCount struct {
	image, class int32
	objects      int32 // annotations
	crowd        int32 // crowd annotations among them
}

// leastFresh is how many annotations wait at least before they are sorted.
const leastFresh = 1 << 18

func (l *pairList) add(image, class int32, crowd bool) {
	if len(l.fresh) >= max(leastFresh, len(l.counts)/2) {
		l.settle()
	}
	key := uint64(image)<<32 | uint64(class)<<1
	if crowd {
		key |= 1
	}
	l.fresh = append(doubled(l.fresh), key)
}

// all returns the counts.
func (l *pairList) all() []pairCount {
	l.settle()
	return l.counts
}

// settle moves the waiting annotations to counts.
func (l *pairList) settle() {
	if len(l.fresh) == 0 {
		return
	}
	l.fresh, l.oldFresh = sortKeys(l.fresh, l.oldFresh)
	old, merged := l.counts, l.oldCounts[:0]
	if n := len(old) + len(l.fresh); cap(merged) < n {
		merged = make([]pairCount, 0, n+n/4)
	}
	for _, key := range l.fresh {
		p := pairCount{image: int32(key >> 32), class: int32(key >> 1 & (1<<31 - 1)), objects: 1, crowd: int32(key & 1)}
		for len(old) > 0 && !p.before(&old[0]) {
			merged, old = append(merged, old[0]), old[1:]
		}
		if n := len(merged); n > 0 && merged[n-1].image == p.image && merged[n-1].class == p.class {
			merged[n-1].objects++
			merged[n-1].crowd += p.crowd
		} else {
			merged = append(merged, p)
		}
	}
	l.counts, l.oldCounts, l.fresh = append(merged, old...), l.counts, l.fresh[:0]
}

// doubled returns s with room for another element. Where append would add a
// quarter, and copy all the more often, it doubles.
func doubled[T any](s []T) []T {
	if len(s) == cap(s) {
		s = slices.Grow(s, max(64, len(s)))
	}
	return s
}

// before reports whether p stands before q and is another pair.
func (p *pairCount) before(q *pairCount) bool {
	return p.image < q.image || p.image == q.image && p.class < q.class
}

// sortKeys sorts keys in ascending order, from the last digit to the first,
// and returns them, in their own memory or in other's, and the memory that is
// free. A digit is one of up to 11 bits of either half; digits that
// are 0 in all keys are left out.
func sortKeys(keys, other []uint64) (sorted, free []uint64) {
	const digit = 11
	if len(keys) < 1<<digit {
		slices.Sort(keys)
		return keys, other
	}
	var used uint64
	for _, k := range keys {
		used |= k
	}
	other = slices.Grow(other[:0], len(keys))[:len(keys)]
	for _, half := range []int{0, 32} {
		for shift := half; shift < half+bits.Len32(uint32(used>>half)); shift += digit {
			mask := uint64(1)<<min(digit, half+32-shift) - 1
			var next [1 << digit]int
			for _, k := range keys {
				next[k>>shift&mask]++
			}
			sum := 0
			for d, n := range next {
				next[d], sum = sum, sum+n
			}
			for _, k := range keys {
				d := k >> shift & mask
				other[next[d]] = k
				next[d]++
			}
			keys, other = other, keys
		}
	}
	return keys, other
}
