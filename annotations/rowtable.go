package annotations

import (
	"cmp"
	"iter"
	"math/bits"
	"slices"
)

// rowTable gives each identifier a row: 0, 1, 2, … in the order of arrival.
// Identifiers that lie close together, as nearly all do, are places in a
// slice; the others, and all of a few, are in a hash table with linear probing,
// at most half full.
type rowTable struct {
	dense  []int32 // by identifier: row+1, 0 where there is none
	slots  []rowSlot
	sparse int // identifiers in slots
	n      int
	shift  uint
}

type rowSlot struct {
	id  int64
	row int32 // row+1; 0: the slot is free
}

const (
	alwaysDense = 1 << 20 // identifiers below are always places in a slice
	density     = 16      // and those below so many times their number
	leastDense  = 64      // but not of fewer identifiers than these
)

// row returns the row of id, and whether id is new.
func (t *rowTable) row(id int64) (row int32, added bool) {
	if uint64(id) < uint64(len(t.dense)) {
		if row := t.dense[id]; row > 0 {
			return row - 1, false
		}
	}
	return t.otherRow(id)
}

// find returns the row of id, -1 if it has none.
func (t *rowTable) find(id int64) int32 {
	if uint64(id) < uint64(len(t.dense)) {
		if row := t.dense[id]; row > 0 {
			return row - 1
		}
	}
	if t.sparse == 0 {
		return -1
	}
	return t.slot(id).row - 1
}

// otherRow is row of an id that has none in dense.
func (t *rowTable) otherRow(id int64) (row int32, added bool) {
	if t.sparse > 0 {
		if s := t.slot(id); s.row > 0 {
			return s.row - 1, false
		}
	}
	if t.n++; t.n == leastDense {
		t.spread()
	}
	if t.n >= leastDense && 0 <= id && id < int64(max(alwaysDense, density*t.n)) {
		t.put(id, int32(t.n))
	} else {
		t.scatter(id, int32(t.n))
	}
	return int32(t.n) - 1, true
}

// put gives id a place in dense.
func (t *rowTable) put(id int64, row int32) {
	if n := int(id) + 1; n > len(t.dense) {
		t.dense = extended(t.dense, n)
	}
	t.dense[id] = row
}

// scatter gives id a slot.
func (t *rowTable) scatter(id int64, row int32) {
	if 2*t.sparse >= len(t.slots) {
		t.grow()
	}
	t.sparse++
	*t.slot(id) = rowSlot{id, row}
}

// spread moves identifiers from slots to dense, now that there are enough.
func (t *rowTable) spread() {
	old := t.slots
	t.slots, t.sparse = nil, 0
	for _, s := range old {
		switch {
		case s.row == 0:
		case 0 <= s.id && s.id < alwaysDense:
			t.put(s.id, s.row)
		default:
			t.scatter(s.id, s.row)
		}
	}
}

// extended returns s with at least n elements: as many as a power of two, so
// that few extensions follow.
func extended[T any](s []T, n int) []T {
	return append(s, make([]T, 1<<bits.Len(uint(n-1))-len(s))...)
}

// hash spreads keys that count up; the high bits are the good ones.
func hash(key uint64) uint64 { return (key ^ key>>32) * 0x9e3779b97f4a7c15 }

// slot returns the slot of id, or the free one where it belongs.
func (t *rowTable) slot(id int64) *rowSlot {
	mask := len(t.slots) - 1
	for i := int(hash(uint64(id)) >> t.shift); ; i++ {
		if s := &t.slots[i&mask]; s.row == 0 || s.id == id {
			return s
		}
	}
}

func (t *rowTable) grow() {
	old := t.slots
	size := max(64, 2*len(old))
	t.slots = make([]rowSlot, size)
	t.shift = uint(64 - bits.TrailingZeros(uint(size)))
	for _, s := range old {
		if s.row > 0 {
			*t.slot(s.id) = s
		}
	}
}

// idSet is a set of identifiers, a bit for each where they lie close together
// and are not few.
type idSet struct {
	dense  []uint64         // bit id&63 of dense[id>>6]
	sparse map[int64]uint64 // the same of others
	n      int              // additions
}

const (
	alwaysBits = 1 << 26 // identifiers below always have a bit of dense
	bitDensity = 64      // and those below so many times their number
	leastBits  = 1 << 9  // but not of fewer identifiers than these
)

// add puts id into the set and reports whether it was there.
func (s *idSet) add(id int64) (was bool) {
	word, bit := id>>6, uint64(1)<<(id&63)
	if uint64(word) < uint64(len(s.dense)) && (word < alwaysBits>>6 || s.sparse == nil) {
		was = s.dense[word]&bit != 0
		s.dense[word] |= bit
		s.n++
		return was
	}
	return s.addOther(word, bit)
}

func (s *idSet) addOther(word int64, bit uint64) (was bool) {
	if s.sparse[word]&bit != 0 || uint64(word) < uint64(len(s.dense)) && s.dense[word]&bit != 0 {
		return true
	}
	if s.n++; s.n == leastBits {
		s.spread()
	}
	if s.n >= leastBits && 0 <= word && word < int64(max(alwaysBits, bitDensity*s.n)>>6) {
		if n := int(word) + 1; n > len(s.dense) {
			s.dense = extended(s.dense, n)
		}
		s.dense[word] |= bit
		return false
	}
	if s.sparse == nil {
		s.sparse = map[int64]uint64{}
	}
	s.sparse[word] |= bit
	return false
}

// spread moves identifiers from sparse to dense, now that there are enough.
func (s *idSet) spread() {
	for word, set := range s.sparse {
		if 0 <= word && word < alwaysBits>>6 {
			if n := int(word) + 1; n > len(s.dense) {
				s.dense = extended(s.dense, n)
			}
			s.dense[word] = set
			delete(s.sparse, word)
		}
	}
	if len(s.sparse) == 0 {
		s.sparse = nil
	}
}

// has reports whether id is in the set.
func (s *idSet) has(id int64) bool {
	word, bit := id>>6, uint64(1)<<(id&63)
	return s.sparse[word]&bit != 0 || uint64(word) < uint64(len(s.dense)) && s.dense[word]&bit != 0
}

// idWord is 64 identifiers that follow each other: bit i is at<<6 + i.
type idWord struct {
	at   int64
	bits uint64
}

// words returns the identifiers that are in the set, ascending. A word may be
// in dense and, of before, in sparse.
func (s *idSet) words() []idWord {
	var out []idWord
	for at, set := range s.dense {
		if set |= s.sparse[int64(at)]; set != 0 {
			out = append(out, idWord{int64(at), set})
		}
	}
	for at, set := range s.sparse {
		if at < 0 || at >= int64(len(s.dense)) {
			out = append(out, idWord{at, set})
		}
	}
	slices.SortFunc(out, func(a, b idWord) int { return cmp.Compare(a.at, b.at) })
	return out
}

// all yields the identifiers.
func (s *idSet) all() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		each := func(word int64, set uint64) bool {
			for ; set != 0; set &= set - 1 {
				if !yield(word<<6 | int64(bits.TrailingZeros64(set))) {
					return false
				}
			}
			return true
		}
		for word, set := range s.dense {
			if set != 0 && !each(int64(word), set) {
				return
			}
		}
		for word, set := range s.sparse {
			if !each(word, set) {
				return
			}
		}
	}
}
