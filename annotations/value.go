package annotations

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"
	"unsafe"
)

// token validates the value at pos and returns its text, which is valid until
// the lexer moves on, and its offset. The text is nil if it is longer than
// limit.
func (l *lexer) token() (text []byte, at int64, ok bool) {
	l.next()
	if start := l.pos; l.within((*lexer).skipValue) {
		if l.pos-start > l.limit {
			return nil, l.base + int64(start), true
		}
		return l.buf[start:l.pos], l.base + int64(start), true
	}
	if !l.ahead() {
		return nil, 0, false
	}
	start, base := l.pos, l.base
	at = base + int64(start)
	if !l.skipValue() {
		return nil, at, false
	}
	if l.base != base || l.pos-start > l.limit {
		return nil, at, true
	}
	return l.buf[start:l.pos], at, true
}

// within moves past a value or string with skip if it plainly ends before the
// window does; otherwise it stays where it is. Near the end of the window that
// saves reading on, and so the window goes on ending where a chunk does.
func (l *lexer) within(skip func(*lexer) bool) bool {
	if l.end-l.pos > l.limit || l.eof || l.err != nil {
		return false
	}
	pos, depth, slow := l.pos, l.depth, l.slow
	l.eof = true // nothing more is read
	ok := skip(l) && l.pos < l.end
	l.eof = false
	if !ok {
		l.pos, l.depth, l.slow, l.err = pos, depth, slow, nil
	}
	return ok
}

// key validates the key at pos, without its colon, and returns its text as
// token does.
func (l *lexer) key() (text []byte, ok bool) {
	if l.next() != '"' {
		return nil, l.unexpected("a key in double quotes")
	}
	start, base := l.pos, l.base
	if !l.within((*lexer).skipString) {
		if !l.ahead() {
			return nil, false
		}
		start, base = l.pos, l.base
		if !l.skipString() {
			return nil, false
		}
	}
	if l.base != base || l.pos-start > l.limit {
		return nil, true
	}
	text = l.buf[start+1 : l.pos-1]
	if l.escaped {
		text = []byte(unquote(l.buf[start:l.pos]))
	}
	return text, true
}

// unquote returns the text of a valid string token with its quotes.
func unquote(tok []byte) string {
	raw := tok[1 : len(tok)-1]
	if bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return string(raw)
	}
	var s string
	if err := json.Unmarshal(tok, &s); err != nil {
		panic("annotations: unquote of an invalid string: " + err.Error())
	}
	return s
}

// textPool makes strings that share blocks of memory: there are many of them, and
// most are kept as long as the others.
type textPool struct{ block []byte }

// The sizes of the first and of later blocks.
const leastBlock, textBlock = 64, 4096

// add returns a string of text.
func (t *textPool) add(text []byte) string {
	if len(text) == 0 || len(text) > textBlock/4 {
		return string(text)
	}
	if len(t.block)+len(text) > cap(t.block) {
		t.block = make([]byte, 0, min(max(4*cap(t.block), leastBlock, len(text)), textBlock))
	}
	n := len(t.block)
	t.block = append(t.block, text...)
	return unsafe.String(&t.block[n], len(text)) // these bytes are not written again
}

// number returns the text of a number token, or of a string token that holds
// nothing but a number; the latter is reported by quoted. Parts of other tokens
// are no numbers.
func number(tok []byte) (text []byte, quoted, ok bool) {
	if len(tok) == 0 {
		return nil, false, false
	}
	if tok[0] == '"' {
		tok, quoted = tok[1:len(tok)-1], true
		return tok, quoted, isNumber(tok)
	}
	return tok, false, tok[0] == '-' || '0' <= tok[0] && tok[0] <= '9'
}

// isNumber reports whether s is a decimal number, leading zeros allowed.
func isNumber(s []byte) bool {
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

// parse takes apart a text for which isNumber holds. The exponent saturates
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

// integer returns the value of a number text if it is a 64-bit integer, in
// whatever way it is written.
func integer(s []byte) (int64, bool) {
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

// float returns the float64 next to the value of a number text, false if it is
// beyond the range.
func float(s []byte) (float64, bool) {
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
