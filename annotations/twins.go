package annotations

import (
	"math"
	"math/bits"
	"slices"
)

// twinList notes the boxes of images, so that findTwins sees which of them are
// the same. Of a box there is only a hash, together with its image in 64 bits:
// two different boxes of an image are taken for the same with a chance of one
// in 2^36, one in a thousand million for all of a COCO.
//
// The images are divided into groups of neighbours, so that those of a group
// are compared in little memory.
type twinList struct{ groups [][]twinBlock }

// twinBlock holds image<<twinHash | hash.
type twinBlock []uint64

const (
	twinHash  = 36      // bits; an image row has the others
	twinGroup = 10      // bits of the image rows of a group
	twinRows  = 1 << 27 // image rows; boxes of later ones are not compared

	leastTwins = 8 // in the first block of a group; each has room for twice as many as
	twinSteps  = 5 // the last, up to so many times
)

func (l *twinList) add(image, class int32, box *[4]float64) {
	if image >= twinRows {
		return
	}
	group := int(image >> twinGroup)
	if group >= len(l.groups) {
		l.groups = append(l.groups, make([][]twinBlock, group+1-len(l.groups))...)
	}
	blocks := l.groups[group]
	last := len(blocks) - 1
	if last < 0 || len(blocks[last]) == cap(blocks[last]) {
		last++
		blocks = append(blocks, make(twinBlock, 0, leastTwins<<min(last, twinSteps)))
		l.groups[group] = blocks
	}
	blocks[last] = append(blocks[last], uint64(image)<<twinHash|boxHash(class, box)>>(64-twinHash))
}

// boxHash spreads a box of a class over 64 bits.
func boxHash(class int32, box *[4]float64) uint64 {
	const a, b, c, d, e = 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb, 0xd6e8feb86659fd93, 0xa0761d6478bd642f // odd bits
	mix := func(x, y uint64) uint64 {
		high, low := bits.Mul64(x, y)
		return high ^ low
	}
	bit := math.Float64bits
	x := mix(bit(box[0])^a, bit(box[1])^b)
	y := mix(bit(box[2])^c, bit(box[3])^d)
	return (x ^ bits.RotateLeft64(y, 32) ^ uint64(uint32(class))) * e
}

// twinImage is how many boxes of an image are there already, in the same class.
type twinImage struct {
	row   int32
	twins int64
}

// findTwins counts the boxes that are the same as another one of their image and
// class, in parts of a file, and forgets all boxes.
func findTwins(parts []*part) []twinImage {
	groups := 0
	for _, p := range parts {
		groups = max(groups, len(p.twins.groups))
	}
	found := make([][]twinImage, groups)
	spans := spansOf(groups << twinGroup)
	atOnce(len(spans), func(i int) {
		var set hashSet
		for g := spans[i].from >> twinGroup; g < spans[i].to>>twinGroup; g++ {
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

// twinsOf counts the twins of a group of images.
func (s *hashSet) twinsOf(parts []*part, group int) []twinImage {
	n := 0
	for _, p := range parts {
		if group < len(p.twins.groups) {
			for _, b := range p.twins.groups[group] {
				n += len(b)
			}
		}
	}
	if n == 0 {
		return nil
	}
	s.reset(n)
	twins := map[int32]int64{}
	for _, p := range parts {
		if group < len(p.twins.groups) {
			for _, b := range p.twins.groups[group] {
				for _, v := range b {
					if s.add(v) {
						twins[int32(v>>twinHash)]++
					}
				}
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
	for i := (v ^ v>>twinHash*0x9e3779b9) & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case v:
			return true
		case 0:
			s.slots[i] = v
			return false
		}
	}
}
