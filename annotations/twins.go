package annotations

import (
	"math"
	"math/bits"
	"runtime"
	"slices"
)

// twinList notes the boxes of images, so that findTwins sees which of them are
// the same. Of a box there is only a hash, together with its image in 64 bits,
// image<<twinHash | hash: two different boxes of an image are taken for the same
// with a chance of one in 2^36, one in a thousand million for all of a COCO.
//
// Annotations come in any order of images. So the numbers are divided by what
// they are: as many places in memory are written to in turn as the cache holds,
// and those of a group are compared in little memory.
type twinList struct {
	few    []uint64     // the numbers, until there are twinFew
	groups []twinBlocks // nil until then
}

// twinBlocks holds numbers in blocks, so that it grows without being copied.
type twinBlocks struct {
	last []uint64
	full [][]uint64
}

const (
	twinHash   = 36      // bits; an image row has the others
	twinRows   = 1 << 27 // image rows; boxes of later ones are not compared
	twinFew    = 1 << 9
	twinGroups = 1 << 6

	leastTwins = 16 // in the first block of a group; each has room for twice as many as
	twinSteps  = 4  // the last, up to so many times
)

func (l *twinList) add(image, class int32, box *[4]float64) {
	if image >= twinRows {
		return
	}
	v := uint64(image)<<twinHash | boxHash(class, box)>>(64-twinHash)
	if l.groups != nil {
		l.groups[twinGroup(v)].add(v)
		return
	}
	if l.few = append(l.few, v); len(l.few) == twinFew {
		l.divide()
	}
}

// divide moves the few numbers to groups.
func (l *twinList) divide() {
	l.groups = make([]twinBlocks, twinGroups)
	for _, v := range l.few {
		l.groups[twinGroup(v)].add(v)
	}
	l.few = nil
}

// spread mixes the image into the bits of the hash: the same box in all images
// must not come to one place.
func spread(v uint64) uint64 { return v ^ v>>twinHash*0x9e3779b9 }

func twinGroup(v uint64) uint64 { return spread(v) >> (twinHash - 6) % twinGroups }

func (b *twinBlocks) add(v uint64) {
	if len(b.last) == cap(b.last) {
		b.grow()
	}
	b.last = append(b.last, v)
}

// grow begins a new block.
func (b *twinBlocks) grow() {
	size := leastTwins
	if b.last != nil {
		b.full = append(b.full, b.last)
		size <<= min(len(b.full), twinSteps)
	}
	b.last = make([]uint64, 0, size)
}

// group returns the blocks of a group; the few numbers are all in the first.
func (l *twinList) group(g int) [][]uint64 {
	switch {
	case l.groups != nil:
		return append(l.groups[g].full, l.groups[g].last)
	case g == 0:
		return [][]uint64{l.few}
	}
	return nil
}

// boxHash spreads a box of a class over 64 bits. A sum with 0 is never −0.
func boxHash(class int32, box *[4]float64) uint64 {
	const a, b, c, d, e = 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb, 0xd6e8feb86659fd93, 0xa0761d6478bd642f // odd bits
	mix := func(x, y uint64) uint64 {
		high, low := bits.Mul64(x, y)
		return high ^ low
	}
	bit := math.Float64bits
	x := mix(bit(box[0]+0)^a, bit(box[1]+0)^b)
	y := mix(bit(box[2])^c, bit(box[3])^d)
	return (x ^ bits.RotateLeft64(y, 32) ^ uint64(uint32(class))) * e
}

// twinImage is how many boxes of an image are there already, in the same class.
type twinImage struct {
	row   int32
	twins int64
}

// findTwins counts the boxes that are the same as another one of their image and
// class, in parts of a file, and forgets all boxes. An image may occur several
// times in the result.
func findTwins(parts []*part) []twinImage {
	groups := 1
	if slices.ContainsFunc(parts, func(p *part) bool { return p.twins.groups != nil }) {
		groups = twinGroups
		for _, p := range parts {
			if p.twins.groups == nil {
				p.twins.divide()
			}
		}
	}
	found := make([][]twinImage, groups)
	workers := min(groups, runtime.GOMAXPROCS(0))
	atOnce(workers, func(w int) {
		var set hashSet
		for g := w; g < groups; g += workers {
			found[g] = set.twinsOf(parts, g)
		}
	})
	for _, p := range parts {
		p.twins = twinList{}
	}
	return slices.Concat(found...)
}

// hashSet is a set of numbers with linear probing, at most half full; 0 is a
// free place.
type hashSet struct{ slots []uint64 }

// twinsOf counts the twins of a group.
func (s *hashSet) twinsOf(parts []*part, group int) []twinImage {
	var blocks [][]uint64
	n := 0
	for _, p := range parts {
		for _, b := range p.twins.group(group) {
			blocks = append(blocks, b)
			n += len(b)
		}
	}
	if n == 0 {
		return nil
	}
	s.reset(n)
	twins := map[int32]int64{}
	for _, b := range blocks {
		for _, v := range b {
			if s.add(v) {
				twins[int32(v>>twinHash)]++
			}
		}
	}
	out := make([]twinImage, 0, len(twins))
	for row, n := range twins {
		out = append(out, twinImage{row, n})
	}
	return out
}

// reset empties the set and makes room for n numbers.
func (s *hashSet) reset(n int) {
	size := 2 << bits.Len(uint(n-1))
	if size > cap(s.slots) {
		s.slots = make([]uint64, size)
		return
	}
	s.slots = s.slots[:size]
	clear(s.slots)
}

// add puts a number into the set and reports whether it was there.
func (s *hashSet) add(v uint64) (was bool) {
	v |= 1 << 63 // twinRows leaves this bit free
	mask := uint64(len(s.slots) - 1)
	for i := spread(v) & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case v:
			return true
		case 0:
			s.slots[i] = v
			return false
		}
	}
}
