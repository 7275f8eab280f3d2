package annotations

import "math/bits"

// rowTable gives each identifier a row: 0, 1, 2, … in the order of arrival.
// It is a hash table with linear probing, at most half full.
type rowTable struct {
	slots []rowSlot
	n     int
	shift uint
}

type rowSlot struct {
	id  int64
	row int32 // row+1; 0: the slot is free
}

// hash spreads keys that count up; the high bits are the good ones.
func hash(key uint64) uint64 { return (key ^ key>>32) * 0x9e3779b97f4a7c15 }

// row returns the row of id, and whether id is new.
func (t *rowTable) row(id int64) (row int32, added bool) {
	if 2*t.n >= len(t.slots) {
		t.grow()
	}
	s := t.slot(id)
	if s.row > 0 {
		return s.row - 1, false
	}
	t.n++
	*s = rowSlot{id, int32(t.n)}
	return s.row - 1, true
}

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

// idSet is a set of identifiers, small where they lie close together.
type idSet struct {
	chunks map[int64]uint64 // id>>6 to a bit per id
	key    int64            // the chunk in use
	bits   uint64
}

// add puts id into the set and reports whether it was there.
func (s *idSet) add(id int64) (was bool) {
	if s.chunks == nil {
		s.chunks = make(map[int64]uint64)
		s.key = id >> 6
	}
	if key := id >> 6; key != s.key {
		s.chunks[s.key] = s.bits
		s.key, s.bits = key, s.chunks[key]
	}
	bit := uint64(1) << (id & 63)
	was = s.bits&bit != 0
	s.bits |= bit
	return was
}
