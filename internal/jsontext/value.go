package jsontext

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"
	"unsafe"
)

// What a token means. A token with its quotes is what Token returned; the text of
// a number is such a token, or what stands between the quotes of one.

// Unquote returns the text of a valid string token with its quotes.
func Unquote(tok []byte) string {
	raw := tok[1 : len(tok)-1]
	if bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return string(raw)
	}
	var s string
	if err := json.Unmarshal(tok, &s); err != nil {
		panic("jsontext: Unquote of an invalid string: " + err.Error())
	}
	return s
}

// Number returns the text of a number token, or of a string token that holds
// nothing but a number; the latter is reported by quoted. Parts of other tokens
// are no numbers.
func Number(tok []byte) (text []byte, quoted, ok bool) {
	if len(tok) == 0 {
		return nil, false, false
	}
	if tok[0] == '"' {
		tok, quoted = tok[1:len(tok)-1], true
		return tok, quoted, IsNumber(tok)
	}
	return tok, false, tok[0] == '-' || '0' <= tok[0] && tok[0] <= '9'
}

// IsNumber reports whether s is a decimal number, leading zeros allowed.
func IsNumber(s []byte) bool {
	s = bytes.TrimPrefix(s, []byte("-"))
	run := func() int {
		n := 0
		for n < len(s) && '0' <= s[n] && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n
	}
	if run() == 0 {
		return false
	}
	if len(s) > 0 && s[0] == '.' {
		s = s[1:]
		if run() == 0 {
			return false
		}
	}
	if len(s) > 0 && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if run() == 0 {
			return false
		}
	}
	return len(s) == 0
}

// decimal is a number text taken apart: ±digits·10^exp, with the first 19
// significant digits.
type decimal struct {
	negative bool
	digits   uint64
	exp      int
	dropped  bool // others than 0 follow those
}

// parse takes apart a text for which IsNumber holds. The exponent saturates
// far outside any range that matters.
func parse(s []byte) (d decimal) {
	const saturated = 1 << 30
	i := 0
	if s[0] == '-' {
		d.negative, i = true, 1
	}
	fraction := false
	for ; i < len(s); i++ {
		c := s[i]
		if c == '.' {
			fraction = true
			continue
		}
		if c > '9' {
			break // an exponent
		}
		if d.digits < 1e18 {
			d.digits = d.digits*10 + uint64(c-'0')
			if fraction {
				d.exp--
			}
			continue
		}
		d.dropped = d.dropped || c != '0'
		if !fraction {
			d.exp++
		}
	}
	if i++; i < len(s) {
		sign := 1
		if s[i] == '-' {
			sign = -1
		}
		if s[i] == '-' || s[i] == '+' {
			i++
		}
		e := 0
		for ; i < len(s); i++ {
			e = min(e*10+int(s[i]-'0'), saturated)
		}
		d.exp += sign * e
	}
	return d
}

// Integer returns the value of a number text if it is a 64-bit integer, in
// whatever way it is written.
func Integer(s []byte) (int64, bool) {
	d := parse(s)
	if d.digits == 0 {
		return 0, true
	}
	if d.dropped {
		return 0, false // 20 significant digits: beyond the range, or a fraction
	}
	for ; d.exp < 0; d.exp++ {
		if d.digits%10 != 0 {
			return 0, false
		}
		d.digits /= 10
	}
	for ; d.exp > 0; d.exp-- {
		if d.digits > math.MaxInt64/10 {
			return 0, false
		}
		d.digits *= 10
	}
	if d.negative && d.digits <= 1<<63 {
		return -int64(d.digits), true
	}
	return int64(d.digits), d.digits <= math.MaxInt64
}

// Float returns the float64 next to the value of a number text, false if it is
// beyond the range.
func Float(s []byte) (float64, bool) {
	d := parse(s)
	if d.digits < 1<<53 && !d.dropped && -22 <= d.exp && d.exp <= 22 {
		// Both operands are exact, so the result is rounded once.
		f := float64(d.digits)
		if d.exp < 0 {
			f /= powers[-d.exp]
		} else {
			f *= powers[d.exp]
		}
		if d.negative {
			f = -f
		}
		return f, true
	}
	f, err := strconv.ParseFloat(unsafe.String(&s[0], len(s)), 64)
	return f, err == nil
}

var powers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}
