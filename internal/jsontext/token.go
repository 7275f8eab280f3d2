package jsontext

import "iter"

// Token checks the value at Pos, moves past it, and returns its text, which is
// valid until the lexer moves on, and its offset. The text is nil if it is longer
// than the limit of New.
func (l *Lexer) Token() (text []byte, at int64, ok bool) {
	l.Next()
	if start := l.Pos; l.within((*Lexer).SkipValue) {
		if l.Pos-start > l.limit {
			return nil, l.base + int64(start), true
		}
		return l.Buf[start:l.Pos], l.base + int64(start), true
	}
	if !l.ahead() {
		return nil, 0, false
	}
	start, base := l.Pos, l.base
	at = base + int64(start)
	if !l.SkipValue() {
		return nil, at, false
	}
	if l.base != base || l.Pos-start > l.limit {
		return nil, at, true
	}
	return l.Buf[start:l.Pos], at, true
}

// within moves past a value or string with skip if it plainly ends before the
// window does; otherwise it stays where it is. Near the end of the window that
// saves reading on, and so the window goes on ending where a chunk does.
func (l *Lexer) within(skip func(*Lexer) bool) bool {
	if l.end-l.Pos > l.limit || l.eof || l.err != nil {
		return false
	}
	pos, depth, slow := l.Pos, l.depth, l.slow
	l.eof = true // nothing more is read
	ok := skip(l) && l.Pos < l.end
	l.eof = false
	if !ok {
		l.Pos, l.depth, l.slow, l.err = pos, depth, slow, nil
	}
	return ok
}

// Elements yields the elements of a token that is a list, if they are numbers,
// texts or literals; what else it holds comes in parts that are none of these.
func Elements(tok []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := SkipSpaces(tok, 1); tok[i] != ']'; {
			end := elementEnd(tok, i)
			if !yield(tok[i:end]) {
				return
			}
			if i = SkipSpaces(tok, end); tok[i] == ',' {
				i = SkipSpaces(tok, i+1)
			}
		}
	}
}

// elementEnd returns the end of a number or string, or of the part of another
// value before its first space, comma or bracket, in a list's token.
func elementEnd(tok []byte, i int) int {
	if tok[i] == '"' {
		for i++; tok[i] != '"'; i++ {
			if tok[i] == '\\' {
				i++
			}
		}
		return i + 1
	}
	end := i + 1
	for c := tok[end]; c != ',' && c != ']' && c > ' '; c = tok[end] {
		end++
	}
	return end
}

// SkipSpaces returns the first position from i on that holds no space. One must
// follow.
func SkipSpaces(b []byte, i int) int {
	for b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t' {
		i++
	}
	return i
}
