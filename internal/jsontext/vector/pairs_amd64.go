//go:build !noasm

package vector

import "golang.org/x/sys/cpu"

// byPairs reports whether the processor can run pairLists.
var byPairs = cpu.X86.HasAVX512VBMI && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512F

// What a byte of a list of numbers is.
const (
	isDigit byte = 1 << iota
	isPoint
	isComma
	isMinus
	isOpen
	isClose
	isSpace
	// A 0, and what stands before a number: the two together begin a number
	// with 0.
	isZero
)

// bytesAre has what each byte is, mayFollow what may stand behind it. As far
// as the grammar of lists of numbers goes, that is nearly all of it, if the
// only spaces are single ones behind commas, as programs write them.
var bytesAre, mayFollow = func() (is, may [128]byte) {
	set := func(c byte, what, next byte) { is[c], may[c] = what, next }
	for c := byte('0'); c <= '9'; c++ {
		set(c, isDigit, isDigit|isPoint|isComma|isClose)
	}
	is['0'] |= isZero
	set('.', isPoint, isDigit)
	set('-', isMinus, isDigit|isZero)
	set('[', isOpen, isDigit|isMinus|isOpen|isZero)
	set(',', isComma, isDigit|isMinus|isOpen|isSpace|isZero)
	set(' ', isSpace, isDigit|isMinus|isOpen|isZero)
	set(']', isClose, isComma|isClose)
	return is, may
}()

// plainLists is numberLists in one go, for lists without spaces other than
// single ones behind commas. Where it returns false, the list may be one of
// those for numberLists all the same.
func plainLists(buf []byte, p int) (end int, ok bool) {
	blocks := (len(buf) - p) / 64
	if !byPairs || p == 0 || blocks == 0 {
		return p, false
	}
	size := pairLists(&buf[p], blocks, &mayFollow, &bytesAre)
	return p + size, size > 0
}

// pairLists returns the size of the list at p, 0 if it is not one of those, or
// longer than so many blocks of 64 bytes. The byte before p must be readable.
//
//go:noescape
func pairLists(p *byte, blocks int, may, is *[128]byte) (size int)
