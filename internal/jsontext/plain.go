package jsontext

import (
	"math"
	"math/bits"
)

// The functions of this file read values as nearly all files write them, from
// position p of a window, and return where they end. Where that is p, the value
// is another, or not plain enough: it is left to Token, and what else they
// return, or wrote, means nothing. Behind whole numbers and PlainNumber stands a
// comma or closing brace.

// PlainInteger reads a whole number of up to 15 digits, without a sign.
func PlainInteger(buf []byte, p int) (value int64, end int) {
	w := load(buf, p)
	n := digitCount(w)
	if n == 0 || n > 1 && byte(w) == '0' {
		return 0, p
	}
	if n == 8 {
		return longInteger(buf, p)
	}
	if c := byte(w >> (n << 3 & 63)); c != ',' && c != '}' {
		return 0, p
	}
	return int64(digitValue(w, n)), p + n
}

// longInteger is PlainInteger of at least eight digits.
func longInteger(buf []byte, p int) (value int64, end int) {
	w := load(buf, p+8)
	n := digitCount(w)
	if n == 8 {
		return 0, p
	}
	if c := byte(w >> (n << 3 & 63)); c != ',' && c != '}' {
		return 0, p
	}
	value = int64(digitValue(load(buf, p), 8))
	if n > 0 {
		value = value*int64(powersOf10[n]) + int64(digitValue(w, n))
	}
	return value, p + 8 + n
}

// PlainNumber reads a number of at most 7 digits before the point and 19 behind
// it, without exponent.
func PlainNumber(buf []byte, p int) (f float64, end int) {
	f, end = plainFloat(buf, p)
	if c := buf[end]; c != ',' && c != '}' {
		return 0, p
	}
	return f, end
}

// PlainBox reads a list of four numbers such as those of PlainNumber.
func PlainBox(buf []byte, p int, box *[4]float64) (end int) {
	if buf[p] != '[' {
		return p
	}
	q := p
	for i := range box {
		q++
		if buf[q] <= ' ' {
			q = SkipSpaces(buf, q)
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

// plainFloat is PlainNumber with anything behind the number.
func plainFloat(buf []byte, p int) (f float64, end int) {
	if buf[p] != '-' {
		return plainPositive(buf, p)
	}
	if f, end = plainPositive(buf, p+1); end == p+1 {
		return 0, p
	}
	return -f, end
}

// PlainText reads a text of printable ASCII without escapes, of no more than
// about limit bytes. It is that in the window, without quotes.
func PlainText(buf []byte, p, limit int) (text []byte, end int) {
	if buf[p] != '"' {
		return nil, p
	}
	start := p + 1
	for q := start; q-start < limit; q += 8 {
		w := load(buf, q)
		stops := stringStops(w) | w&highs
		if stops == 0 {
			continue
		}
		if q += bits.TrailingZeros64(stops) >> 3; buf[q] != '"' {
			return nil, p
		}
		return buf[start:q], q + 1
	}
	return nil, p
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
	if n <= MaxExact {
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

// MaxExact is the largest whole number up to which all have a float64.
const MaxExact = 1 << 53

var powersOf10 = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = 10 * p[i-1]
	}
	return p
}()
