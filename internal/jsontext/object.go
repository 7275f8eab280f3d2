package jsontext

// Object reads the object at Pos: each of its keys, and with member what follows
// it, from the colon on. The key is valid until member moves on; it is nil if it
// is too long to be looked at.
func (l *Lexer) Object(member func(key []byte) bool) bool {
	if !l.Push(true) {
		return false
	}
	for l.Next() != '}' {
		key, ok := l.Key()
		if !ok || !member(key) {
			return false
		}
		if more, ok := l.Comma('}'); !ok {
			return false
		} else if !more {
			break
		}
	}
	l.Pop()
	return true
}

// Key checks the key at Pos, moves past it, and returns its text without quotes
// and escapes, as Token does. A colon should follow.
func (l *Lexer) Key() (text []byte, ok bool) {
	if l.Next() != '"' {
		return nil, l.Unexpected("a key in double quotes")
	}
	start, base := l.Pos, l.base
	if !l.within((*Lexer).skipString) {
		if !l.ahead() {
			return nil, false
		}
		start, base = l.Pos, l.base
		if !l.skipString() {
			return nil, false
		}
	}
	if l.base != base || l.Pos-start > l.limit {
		return nil, true
	}
	text = l.Buf[start+1 : l.Pos-1]
	if l.escaped {
		text = []byte(Unquote(l.Buf[start:l.Pos]))
	}
	return text, true
}

// skipKey moves past a key and its colon.
func (l *Lexer) skipKey() bool {
	if l.Next() != '"' {
		return l.Unexpected("a key in double quotes")
	}
	return l.skipString() && l.Colon()
}

// Colon moves past the colon after a key.
func (l *Lexer) Colon() bool {
	if l.Next() != ':' {
		return l.Unexpected("':'")
	}
	l.Pos++
	return true
}

// Comma moves past a comma between the members of an object or array, or stays
// at what closes it; more reports which. A comma before the closing byte is an
// error.
func (l *Lexer) Comma(closing byte) (more, ok bool) {
	switch l.Next() {
	case closing:
		return false, true
	case ',':
		l.Pos++
		return true, l.NotClosed(closing)
	}
	return false, l.Unexpected("',' or '" + string(rune(closing)) + "'")
}

// NotClosed checks that something else follows a comma than the closing byte.
func (l *Lexer) NotClosed(closing byte) bool {
	if l.Next() == closing {
		return l.Fail("expected another element after ',', found '%c'", closing)
	}
	return true
}
