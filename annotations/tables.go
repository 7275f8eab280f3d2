package annotations

import "math/bits"

// rowTable gives each identifier a row: 0, 1, 2, … in the order of arrival.
// Identifiers that lie close together, as nearly all do, are places in a
// slice; the others are in a hash table with linear probing, at most half full.
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
	t.n++
	if 0 <= id && id < int64(max(alwaysDense, density*t.n)) {
		if n := int(id) + 1; n > len(t.dense) {
			t.dense = extended(t.dense, n)
		}
		t.dense[id] = int32(t.n)
		return int32(t.n) - 1, true
	}
	if 2*t.sparse >= len(t.slots) {
		t.grow()
	}
	t.sparse++
	*t.slot(id) = rowSlot{id, int32(t.n)}
	return int32(t.n) - 1, true
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

// idSet is a set of identifiers, a bit for each where they lie close together.
type idSet struct {
	dense  []uint64         // bit id&63 of dense[id>>6]
	sparse map[int64]uint64 // the same of others
	n      int              // additions
}

const (
	alwaysBits = 1 << 26 // identifiers below always have a bit of dense
	bitDensity = 64      // and those below so many times their number
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
	s.n++
	if 0 <= word && word < int64(max(alwaysBits, bitDensity*s.n)>>6) {
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
