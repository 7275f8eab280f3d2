package annotations

import (
	"math"
	"math/bits"
)

// This file reads what nearly all files hold nearly everywhere, and leaves all
// else to the thorough way, at the cost of a second look.

// plainField reads the value at p as member m, if it is plain, and returns the
// end of it; otherwise p.
func (s *scanner) plainField(m member, p int) (end int) {
	if m == other {
		return s.plainOther(p)
	}
	r := &s.rec
	if r.seen>>m&1 != 0 {
		return p
	}
	switch m {
	case memberScore:
		if r.score, end = plainNumber(s.buf, p); end > p {
			r.Has |= FieldScore
		}
	case memberName:
		end = s.plainName(p)
	case memberWidth:
		end = plainLength(s.buf, p, &r.width)
	case memberHeight:
		end = plainLength(s.buf, p, &r.height)
	default:
		end = r.plainField(s.buf, p, m)
	}
	if end > p {
		r.seen |= 1 << m
	}
	return end
}

// plainField is the scanner's plainField of a member of annotations. Where it
// returns p, that member's field means nothing.
func (a *Annotation) plainField(buf []byte, p int, m member) (end int) {
	switch m {
	case memberBBox:
		if end = plainBox(buf, p, &a.BBox); end > p {
			a.Has |= FieldBBox
		}
		return end
	case memberArea:
		if a.Area, end = plainNumber(buf, p); end > p {
			a.Has |= FieldArea
		}
		return end
	}
	value, size := integerAt(buf, p)
	if size == 0 {
		return p
	}
	switch m {
	case memberID:
		a.ID, a.Has = value, a.Has|FieldID
	case memberImageID:
		a.ImageID, a.Has = value, a.Has|FieldImageID
	case memberCategoryID:
		a.CategoryID, a.Has = value, a.Has|FieldCategoryID
	case memberCrowd:
		a.Crowd = value != 0
	default:
		return p
	}
	return p + size
}

// plainLength is plainField of a width or height.
func plainLength(buf []byte, p int, to *int) (end int) {
	value, size := integerAt(buf, p)
	if size > 0 {
		*to = int(value)
	}
	return p + size
}

// plainOther is plainField of a member that is not read.
func (s *scanner) plainOther(p int) (end int) {
	if s.buf[p] != '[' {
		return p
	}
	s.pos = p
	s.plainList()
	return s.pos
}

// integerAt reads an integer of up to 15 digits with a comma or brace right
// behind it. The size is 0 if there is none.
func integerAt(buf []byte, p int) (value int64, size int) {
	w := load(buf, p)
	n := digitCount(w)
	if n == 0 || n > 1 && byte(w) == '0' {
		return 0, 0
	}
	if n == 8 {
		return longInteger(buf, p)
	}
	if c := byte(w >> (n << 3 & 63)); c != ',' && c != '}' {
		return 0, 0
	}
	return int64(digitValue(w, n)), n
}

// longInteger is integerAt of at least eight digits.
func longInteger(buf []byte, p int) (value int64, size int) {
	w := load(buf, p+8)
	n := digitCount(w)
	if n == 8 {
		return 0, 0
	}
	if c := byte(w >> (n << 3 & 63)); c != ',' && c != '}' {
		return 0, 0
	}
	value = int64(digitValue(load(buf, p), 8))
	if n > 0 {
		value = value*int64(powersOf10[n]) + int64(digitValue(w, n))
	}
	return value, 8 + n
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

// plainNumber reads a plain number with a comma or brace right behind it.
func plainNumber(buf []byte, p int) (f float64, end int) {
	f, end = plainFloat(buf, p)
	if c := buf[end]; c != ',' && c != '}' {
		return 0, p
	}
	return f, end
}

// plainName is plainField of a string of printable ASCII without escapes.
func (s *scanner) plainName(p int) (end int) {
	if s.buf[p] != '"' {
		return p
	}
	start := p + 1
	for q := start; q-start < s.limit; q += 8 {
		w := load(s.buf, q)
		stops := stringStops(w) | w&highs
		if stops == 0 {
			continue
		}
		if q += bits.TrailingZeros64(stops) >> 3; s.buf[q] != '"' {
			return p
		}
		s.rec.name, s.rec.Has = s.texts.add(s.buf[start:q]), s.rec.Has|FieldName
		return q + 1
	}
	return p
}

// plainBox reads a list of four plain numbers, and returns its end: p if there
// is none, and then the box means nothing.
func plainBox(buf []byte, p int, box *[4]float64) (end int) {
	if buf[p] != '[' {
		return p
	}
	q := p
	for i := range box {
		q++
		if buf[q] <= ' ' {
			q = skipSpaces(buf, q)
		}
		f, end := plainFloat(buf, q)
		separator := byte(',')
		if i == 3 {
			separator = ']'
		}
		if end == q || buf[end] != separator {
			return p
		}
		box[i], q = f, end
	}
	return q + 1
}

// plainFloat reads a number of at most 7 digits before the point and 19 behind
// it, without exponent, and returns its end: p if there is none.
func plainFloat(buf []byte, p int) (f float64, end int) {
	if buf[p] != '-' {
		return plainPositive(buf, p)
	}
	if f, end = plainPositive(buf, p+1); end == p+1 {
		return 0, p
	}
	return -f, end
}

// plainPositive is plainFloat without a sign.
func plainPositive(buf []byte, p int) (f float64, end int) {
	w := load(buf, p)
	odd := notDigits(w)
	n := bits.TrailingZeros64(odd) >> 3
	if n == 0 || n == 8 || n > 1 && byte(w) == '0' {
		return 0, p
	}
	if byte(w>>(n<<3&63)) != '.' {
		return float64(digitValue(w, n)), p + n
	}
	odd &= odd - 1
	if odd == 0 {
		return longPositive(buf, p, n)
	}
	size := bits.TrailingZeros64(odd) >> 3 // n digits, the point, and more digits
	if size == n+1 {
		return 0, p
	}
	whole := uint64(1)<<(n<<3&63) - 1
	w = w&whole | w>>8&^whole // without the point
	return float64(digitValue(w, size-1)) / powers[(size-n-1)&7], p + size
}

// longPositive is plainPositive of a number of n digits, a point, and more
// than fits into eight bytes.
func longPositive(buf []byte, p, n int) (f float64, end int) {
	digits := digitValue(load(buf, p), n)
	q := p + n + 1
	n = 0
	for more := 8; more == 8; n += more {
		w := load(buf, q+n)
		more = digitCount(w)
		if more == 0 {
			break
		}
		if digits >= math.MaxUint64/powersOf10[more] {
			return 0, p
		}
		digits = digits*powersOf10[more] + digitValue(w, more)
	}
	if n == 0 || n >= len(powersOf10) {
		return 0, p
	}
	return quotient(digits, n), q + n
}

// quotient returns the float64 next to n/10^k, for k up to 19.
func quotient(n uint64, k int) float64 {
	if n <= maxExact {
		return float64(n) / powers[k] // both are exact, and the result is rounded once
	}
	// With both moved to the top of 64 bits, the integer quotient of n·2^63 has
	// at least 63 bits: more than the 53 wanted, and whether anything follows
	// them is in the remainder.
	d := powersOf10[k]
	up, down := bits.LeadingZeros64(n), bits.LeadingZeros64(d)
	n, d = n<<up, d<<down
	q, rest := bits.Div64(n>>1, n<<63, d)
	if rest != 0 {
		q |= 1
	}
	// The conversion rounds 64 bits to 53, to the nearest, ties to even; a last
	// bit that is set for the rest makes no tie and breaks none wrongly. The
	// power of two is exact, and all is far from the ends of the range.
	return float64(q) * math.Float64frombits(uint64(1023+down-up-63)<<52)
}

// maxExact is the largest integer up to which all have a float64.
const maxExact = 1 << 53

var powersOf10 = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = 10 * p[i-1]
	}
	return p
}()
