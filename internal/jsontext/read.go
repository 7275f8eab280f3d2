package jsontext

// List reads the list at Pos: element reads each of its elements, and all of it.
func (l *Lexer) List(element func() bool) bool {
	if !l.Push(false) {
		return false
	}
	for more := l.Next() != ']'; more; {
		if !element() {
			return false
		}
		var ok bool
		if more, ok = l.Comma(']'); !ok {
			return false
		}
	}
	l.Pop()
	return true
}

// ReadText reads the value at Pos, which is "" unless it is a text of no more than
// the limit.
func (l *Lexer) ReadText() (text string, ok bool) {
	if l.Next() != '"' {
		return "", l.SkipValue()
	}
	tok, _, ok := l.Token()
	if tok == nil {
		return "", ok
	}
	return Unquote(tok), ok
}

// ReadFloat reads the value at Pos; is tells whether it is a number, perhaps in
// quotes.
func (l *Lexer) ReadFloat() (f float64, is, ok bool) {
	if c := l.Next(); c == '{' || c == '[' {
		return 0, false, l.SkipValue()
	}
	tok, _, ok := l.Token()
	if text, _, number := Number(tok); number {
		f, is = Float(text)
	}
	return f, is, ok
}

// ReadTrue reads the value at Pos, and tells whether it is true.
func (l *Lexer) ReadTrue() (is, ok bool) {
	is = l.Next() == 't'
	return is, l.SkipValue()
}
