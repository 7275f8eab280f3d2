//go:build !noasm

package vector

import (
	"math/bits"

	"golang.org/x/sys/cpu"
)

// Available reports whether the processor can run Lists.
var Available = cpu.X86.HasAVX2

// Lists moves past the list at position p of buf if it holds nothing but numbers
// without exponents and lists of such, none of them empty, nested no deeper than
// some 1000, and returns the position behind it. Otherwise ok is false: the list
// is something else, or not valid, or not all of it, and 256 bytes behind it,
// lie in buf; end is then a position before which that cannot be told for
// another list either. The byte before p is looked at too.
func Lists(buf []byte, p int) (end int, ok bool) {
	if end, ok = plainLists(buf, p); ok {
		return end, true
	}
	return numberLists(buf, p)
}

const (
	// classifyBlocks is how many blocks of 64 bytes are classified at a time.
	classifyBlocks = 4
	// maxListDepth is how many open brackets a block may leave to the next one.
	maxListDepth = 1000
)

// classes has, for each class of bytes, the places in a block of 64 bytes
// where one stands: bit i for byte i. Zeros are digits too.
type classes struct{ digit, zero, point, comma, minus, open, close, space uint64 }

// wide reports whether the processor can classify with registers of 64 bytes.
var wide = cpu.X86.HasAVX512BW && cpu.X86.HasAVX512F

// classify sets out[i] to the classes of the 64 bytes at p+64i. All of them
// must be readable.
func classify(p *byte, out *[classifyBlocks]classes) {
	if wide {
		classifyAVX512(p, classifyBlocks, &out[0])
	} else {
		classifyAVX2(p, classifyBlocks, &out[0])
	}
}

//go:noescape
func classifyAVX512(p *byte, n int, out *classes)

//go:noescape
func classifyAVX2(p *byte, n int, out *classes)

// numberLists validates the list at p if it holds nothing but numbers without
// exponents and lists of such, none of them empty, and returns the position
// behind it. Otherwise ok is false: the list is something else, or not valid,
// or nested deeply, or not all of it lies in buf, and that showed before end.
//
// The grammar is checked for 64 bytes at a time, as rules between the classes
// of neighbouring bytes, one bit per byte (the idea is that of G. Langdale and
// D. Lemire, "Parsing gigabytes of JSON per second", VLDB Journal 28, 2019):
// a sum carries a bit through a run of spaces or digits to what follows it.
func numberLists(buf []byte, p int) (end int, ok bool) {
	var blocks [classifyBlocks]classes
	state := listState{value: 1}
	for last := len(buf) - 64*classifyBlocks; p <= last; {
		classify(&buf[p], &blocks)
		for i := range blocks {
			c := &blocks[i]
			n := state.bracket(c)
			if bad := state.check(c); bad<<(64-n) != 0 {
				return p + 64, false
			}
			if state.depth == 0 {
				return p + int(n), true
			}
			if state.depth > maxListDepth {
				return p, false
			}
			p += 64
		}
	}
	return len(buf), false
}

// listState is what one block hands on to the next, in bit 0 of each mask:
// whether at the first byte a value begins (perhaps behind spaces) or one has
// ended, and which class the byte before it had.
type listState struct {
	depth                                             int
	value, ended                                      uint64
	number, digitWanted, fraction, minus, leadingZero uint64
}

// bracket follows the depth through a block and returns how many of its bytes
// belong to the list.
func (s *listState) bracket(c *classes) uint {
	for rest := c.open | c.close; rest != 0; rest &= rest - 1 {
		if c.open&rest&-rest != 0 {
			s.depth++
		} else if s.depth--; s.depth == 0 {
			return uint(bits.TrailingZeros64(rest)) + 1
		}
	}
	return 64
}

// check returns the places in a block where a rule is broken.
func (s *listState) check(c *classes) (bad uint64) {
	number := c.digit | c.point | c.minus
	opening := c.comma | c.open

	// Behind a comma or opening bracket a value begins, and nowhere else.
	sum, carry := bits.Add64(opening<<1|s.value, c.space, 0)
	begins := sum &^ c.space
	s.value = opening>>63 | carry
	bad = begins &^ (c.digit | c.minus | c.open)
	bad |= (number&^(number<<1|s.number) | c.open | c.minus) &^ begins

	// Behind a value stands a comma or closing bracket, and nowhere else.
	sum, carry = bits.Add64((number<<1|s.number)&^number|c.close<<1|s.ended, c.space, 0)
	s.ended = c.close>>63 | carry
	bad |= sum&^c.space ^ (c.comma | c.close)

	// A point stands between digits, a minus before one.
	pointed := c.point | c.minus
	bad |= c.point &^ (c.digit<<1 | s.number)
	bad |= (pointed<<1 | s.digitWanted) &^ c.digit
	s.digitWanted = pointed >> 63

	// The digits behind a point do not end in another one.
	sum, carry = bits.Add64(c.point<<1|s.fraction, c.digit, 0)
	s.fraction = c.point>>63 | carry
	bad |= sum &^ c.digit & c.point

	// A number that begins with 0 has no other digit before its point.
	zero := c.zero & (begins | c.minus<<1 | s.minus)
	bad |= (zero<<1 | s.leadingZero) & c.digit
	s.minus, s.leadingZero = c.minus>>63, zero>>63

	s.number = number >> 63
	return bad | ^(number | opening | c.close | c.space)
}
