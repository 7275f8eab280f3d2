package jsontext

import (
	"encoding/binary"
	"math/bits"
)

// Eight bytes at once: each constant repeats a byte, and a mask has the high
// bit of every byte that matches.
const (
	ones        = 0x0101010101010101
	highs       = 0x8080808080808080
	lows        = 0x7f7f7f7f7f7f7f7f
	eightSpaces = ' ' * ones
	eightZeros  = '0' * ones
	quotes      = '"' * ones
	commas      = ',' * ones
	backslashes = '\\' * ones
)

func load(b []byte, p int) uint64 { return binary.LittleEndian.Uint64(b[p:]) }

// notDigits marks the bytes of w outside '0'…'9', exactly.
func notDigits(w uint64) uint64 {
	x := w ^ eightZeros // digits become 0…9
	return (x&lows + 0x76*ones | x) & highs
}

// stringStops marks the bytes of w that end a plain run inside a string: the
// quote, the backslash and control bytes. The lowest mark is exact; a borrow
// can put false ones above it.
func stringStops(w uint64) uint64 {
	q, s := w^quotes, w^backslashes
	return ((q-ones)&^q | (s-ones)&^s | (w-' '*ones)&^w) & highs
}

// digitsEnd returns the end of the run of digits at p. The padding of the
// window stops it.
func digitsEnd(buf []byte, p int) int {
	for {
		n := digitCount(load(buf, p))
		if p += n; n < 8 {
			return p
		}
	}
}

// digitCount returns how many of the low bytes of w are digits.
func digitCount(w uint64) int { return bits.TrailingZeros64(notDigits(w)) >> 3 }

// digitValue returns the number that the n low bytes of w spell; n is at least
// one. The first digit is the lowest byte. The digits move to the high bytes,
// and neighbours are joined to numbers of two, four, eight digits.
func digitValue(w uint64, n int) uint64 {
	x := (w ^ eightZeros) << ((8 - n) << 3 & 63)
	x = x * (10<<8 + 1) >> 8 & 0x00ff00ff00ff00ff
	x = x * (100<<16 + 1) >> 16 & 0x0000ffff0000ffff
	return x * (10000<<32 + 1) >> 32
}
