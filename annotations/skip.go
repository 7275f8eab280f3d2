package annotations

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

// skipValue validates the value at pos and moves past it.
func (l *lexer) skipValue() bool {
	outer := l.depth
	for {
		// A value starts here.
		switch c := l.next(); c {
		case '"':
			if !l.skipString() {
				return false
			}
		case '{':
			if !l.push(true) {
				return false
			}
			if l.next() == '}' {
				l.pop()
				break
			}
			if !l.skipKey() {
				return false
			}
			continue
		case '[':
			if l.plainList() {
				break
			}
			if !l.push(false) {
				return false
			}
			if l.next() == ']' {
				l.pop()
				break
			}
			l.pos = plainNumbers(l.buf, l.pos)
			continue
		case 't', 'f', 'n':
			if !l.skipLiteral(c) {
				return false
			}
		default:
			if !l.skipNumber() {
				return false
			}
		}
		// A value ended here: go on to the next one, through what closes.
		for {
			if l.depth == outer {
				return true
			}
			c := l.next()
			if l.inObject() {
				if c == ',' {
					l.pos++
					if !l.skipKey() {
						return false
					}
					break
				}
				if c != '}' {
					return l.unexpected("',' or '}'")
				}
			} else {
				if c == ',' {
					l.pos = plainNumbers(l.buf, l.pos+1)
					break
				}
				if c != ']' {
					return l.unexpected("',' or ']'")
				}
			}
			l.pop()
		}
	}
}

// plainList moves past the list at pos if it is a plain one that lies in the
// window, and fast to check.
func (l *lexer) plainList() bool {
	if !vectors || l.base+int64(l.pos) < l.slow || l.depth > maxDepth/2 {
		return false
	}
	if end, ok := plainLists(l.buf, l.pos); ok {
		l.pos = end
		return true
	}
	end, ok := numberLists(l.buf, l.pos)
	if ok {
		l.pos = end
	} else {
		// Another try before that place would fail there too.
		l.slow = l.base + int64(end)
	}
	return ok
}

// skipKey moves past a key and its colon.
func (l *lexer) skipKey() bool {
	if l.next() != '"' {
		return l.unexpected("a key in double quotes")
	}
	return l.skipString() && l.colon()
}

// colon moves past the colon after a key.
func (l *lexer) colon() bool {
	if l.next() != ':' {
		return l.unexpected("':'")
	}
	l.pos++
	return true
}

// plainNumbers moves from the start of an array element past all the numbers
// with a comma behind them that plainly lie in the window: no sign, exponent,
// leading zero, or space other than one before the number. It returns the
// start of the first element that it leaves to the thorough way.
//
// The next number's place depends on nothing but where the comma is, so that
// the processor can check one number while it looks for the end of the next.
func plainNumbers(buf []byte, p int) int {
	// Variables, unlike constants, stay in registers.
	one, high, low, zero, comma := masks[0], masks[1], masks[2], masks[3], masks[4]
	for {
		q := p
		if buf[q] == ' ' {
			q++
		}
		w := load(buf, q)
		x := w ^ zero
		marks := (x&low + 0x76*ones | x) & high // notDigits(w)
		c := w ^ comma
		found := (c - one) &^ c & high // the lowest mark is exact
		if found == 0 {
			end := longNumber(buf, q)
			if end < 0 {
				return p
			}
			p = end
			continue
		}
		n := bits.TrailingZeros64(found) >> 3 // bytes before the comma
		odd := marks & (found - 1) &^ found   // others than digits among them
		whole := n                            // digits before the point
		if odd != 0 {
			whole = bits.TrailingZeros64(odd) >> 3
			if odd&(odd-1) != 0 || byte(w>>(whole<<3&63)) != '.' || whole == n-1 {
				return p
			}
		}
		if whole == 0 || whole > 1 && byte(w) == '0' {
			return p
		}
		p = q + n + 1
	}
}

var masks = [...]uint64{ones, highs, lows, eightZeros, commas}

// longNumber returns the place behind the comma after the plain number at q,
// or -1.
func longNumber(buf []byte, q int) int {
	p := digitsEnd(buf, q)
	if p == q || p > q+1 && buf[q] == '0' {
		return -1
	}
	if buf[p] == '.' {
		point := p
		if p = digitsEnd(buf, p+1); p == point+1 {
			return -1
		}
	}
	if buf[p] != ',' {
		return -1
	}
	return p + 1
}

// digitsEnd returns the end of the run of digits at p. The padding of the
// window stops it.
func digitsEnd(buf []byte, p int) int {
	for {
		n := bits.TrailingZeros64(notDigits(load(buf, p))) >> 3
		if p += n; n < 8 {
			return p
		}
	}
}

// digits moves past a run of digits and returns the byte after it.
func (l *lexer) digits() byte {
	for {
		l.pos = digitsEnd(l.buf, l.pos)
		if l.pos < l.end || !l.more() {
			return l.buf[l.pos]
		}
	}
}

// peek returns the byte at pos, 0 at the end of the text.
func (l *lexer) peek() byte {
	if l.pos >= l.end && !l.more() {
		return 0
	}
	return l.buf[l.pos]
}

// skipNumber validates the number at pos, or says that no value starts here.
func (l *lexer) skipNumber() bool {
	c := l.buf[l.pos]
	if c == '-' {
		l.pos++
		if c = l.peek(); c < '0' || c > '9' {
			return l.unexpected("a digit")
		}
	}
	switch {
	case c == '0':
		l.pos++
		if c = l.peek(); '0' <= c && c <= '9' {
			return l.fail("a number starts with 0 and goes on")
		}
	case '1' <= c && c <= '9':
		c = l.digits()
	default:
		return l.unexpected("a value")
	}
	if c == '.' {
		l.pos++
		if c = l.peek(); c < '0' || c > '9' {
			return l.unexpected("a digit")
		}
		c = l.digits()
	}
	if c == 'e' || c == 'E' {
		l.pos++
		if c = l.peek(); c == '+' || c == '-' {
			l.pos++
			c = l.peek()
		}
		if c < '0' || c > '9' {
			return l.unexpected("a digit")
		}
		l.digits()
	}
	return l.err == nil
}

// skipLiteral validates the literal that starts with c.
func (l *lexer) skipLiteral(c byte) bool {
	word := "null"
	switch c {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	}
	for i := range len(word) {
		if l.peek() != word[i] {
			return l.unexpected(word)
		}
		l.pos++
	}
	return true
}

// skipString validates the string whose opening quote is at pos.
func (l *lexer) skipString() bool {
	p := l.pos + 1
	l.escaped = false
	for {
		marks := stringStops(load(l.buf, p))
		if marks == 0 {
			p += 8
			continue
		}
		p += bits.TrailingZeros64(marks) >> 3
		if l.buf[p] == '"' {
			l.pos = p + 1
			return true
		}
		l.pos = min(p, l.end)
		if p < l.end && l.buf[p] == '\\' {
			l.pos++
			l.escaped = true
			if !l.skipEscape() {
				return false
			}
		} else if p < l.end {
			return l.fail("byte 0x%02x inside a string: control characters must be escaped", l.buf[p])
		} else if !l.more() {
			return l.unexpected("the end of a string")
		}
		p = l.pos
	}
}

// skipEscape validates what follows a backslash.
func (l *lexer) skipEscape() bool {
	switch l.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		l.pos++
		return true
	case 'u':
		l.pos++
		for range 4 {
			if hexDigit(l.peek()) < 0 {
				return l.unexpected("four hexadecimal digits after \\u")
			}
			l.pos++
		}
		return true
	}
	return l.unexpected("one of \" \\ / b f n r t u after a backslash")
}

// hexDigit returns the value of a hexadecimal digit, or -1.
func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
