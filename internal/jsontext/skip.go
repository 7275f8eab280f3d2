package jsontext

import (
	"math/bits"

	"cocostat/internal/jsontext/vector"
)

// SkipValue checks the value that begins at Pos, perhaps behind spaces, and moves
// past it.
func (l *Lexer) SkipValue() bool {
	outer := l.depth
	for {
		// A value starts here.
		switch c := l.Next(); c {
		case '"':
			if !l.skipString() {
				return false
			}
		case '{':
			if !l.Push(true) {
				return false
			}
			if l.Next() == '}' {
				l.Pop()
				break
			}
			if !l.skipKey() {
				return false
			}
			continue
		case '[':
			if l.SkipPlainList() {
				break
			}
			if !l.Push(false) {
				return false
			}
			if l.Next() == ']' {
				l.Pop()
				break
			}
			l.Pos = plainNumbers(l.Buf, l.Pos)
			continue
		case 't', 'f', 'n':
			if !l.SkipLiteral(c) {
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
			c := l.Next()
			if l.inObject() {
				if c == ',' {
					l.Pos++
					if !l.skipKey() {
						return false
					}
					break
				}
				if c != '}' {
					return l.Unexpected("',' or '}'")
				}
			} else {
				if c == ',' {
					l.Pos = plainNumbers(l.Buf, l.Pos+1)
					break
				}
				if c != ']' {
					return l.Unexpected("',' or ']'")
				}
			}
			l.Pop()
		}
	}
}

// SkipPlainList moves past the list at Pos if it is one of numbers that lies in
// the window, and fast to check.
func (l *Lexer) SkipPlainList() bool {
	if !vector.Available || l.Offset() < l.slow || l.depth > maxDepth/2 {
		return false
	}
	end, ok := vector.Lists(l.Buf, l.Pos)
	if ok {
		l.Pos = end
	} else {
		// Another try before that place would fail there too.
		l.slow = l.base + int64(end)
	}
	return ok
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

// digits moves past a run of digits and returns the byte after it.
func (l *Lexer) digits() byte {
	for {
		l.Pos = digitsEnd(l.Buf, l.Pos)
		if l.Pos < l.end || !l.more() {
			return l.Buf[l.Pos]
		}
	}
}

// peek returns the byte at pos, 0 at the end of the text.
func (l *Lexer) peek() byte {
	if l.Pos >= l.end && !l.more() {
		return 0
	}
	return l.Buf[l.Pos]
}

// skipNumber validates the number at pos, or says that no value starts here.
func (l *Lexer) skipNumber() bool {
	c := l.Buf[l.Pos]
	if c == '-' {
		l.Pos++
		if c = l.peek(); c < '0' || c > '9' {
			return l.Unexpected("a digit")
		}
	}
	switch {
	case c == '0':
		l.Pos++
		if c = l.peek(); '0' <= c && c <= '9' {
			return l.Fail("a number starts with 0 and goes on")
		}
	case '1' <= c && c <= '9':
		c = l.digits()
	default:
		return l.Unexpected("a value")
	}
	if c == '.' {
		l.Pos++
		if c = l.peek(); c < '0' || c > '9' {
			return l.Unexpected("a digit")
		}
		c = l.digits()
	}
	if c == 'e' || c == 'E' {
		l.Pos++
		if c = l.peek(); c == '+' || c == '-' {
			l.Pos++
			c = l.peek()
		}
		if c < '0' || c > '9' {
			return l.Unexpected("a digit")
		}
		l.digits()
	}
	return l.err == nil
}

// SkipLiteral checks the literal at Pos that starts with c: true, false or null.
func (l *Lexer) SkipLiteral(c byte) bool {
	word := "null"
	switch c {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	}
	for i := range len(word) {
		if l.peek() != word[i] {
			return l.Unexpected(word)
		}
		l.Pos++
	}
	return true
}

// skipString validates the string whose opening quote is at pos.
func (l *Lexer) skipString() bool {
	p := l.Pos + 1
	l.escaped = false
	for {
		marks := stringStops(load(l.Buf, p))
		if marks == 0 {
			p += 8
			continue
		}
		p += bits.TrailingZeros64(marks) >> 3
		if l.Buf[p] == '"' {
			l.Pos = p + 1
			return true
		}
		l.Pos = min(p, l.end)
		if p < l.end && l.Buf[p] == '\\' {
			l.Pos++
			l.escaped = true
			if !l.skipEscape() {
				return false
			}
		} else if p < l.end {
			return l.Fail("byte 0x%02x inside a string: control characters must be escaped", l.Buf[p])
		} else if !l.more() {
			return l.Unexpected("the end of a string")
		}
		p = l.Pos
	}
}

// skipEscape validates what follows a backslash.
func (l *Lexer) skipEscape() bool {
	switch l.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		l.Pos++
		return true
	case 'u':
		l.Pos++
		for range 4 {
			if hexDigit(l.peek()) < 0 {
				return l.Unexpected("four hexadecimal digits after \\u")
			}
			l.Pos++
		}
		return true
	}
	return l.Unexpected("one of \" \\ / b f n r t u after a backslash")
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
