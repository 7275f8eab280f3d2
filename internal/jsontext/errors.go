package jsontext

import (
	"bytes"
	"fmt"
)

// SyntaxError says where a file stops being JSON.
type SyntaxError struct {
	File         string
	Offset       int64 // bytes before the place
	Line, Column int64 // from 1; columns in bytes
	Msg          string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s: line %d, column %d (byte %d): %s", e.File, e.Line, e.Column, e.Offset, e.Msg)
}

// Fail records a syntax error at Pos, unless there is an error already, and
// returns false.
func (l *Lexer) Fail(format string, args ...any) bool {
	if l.err == nil {
		e := &SyntaxError{File: l.name, Msg: fmt.Sprintf(format, args...)}
		e.Offset, e.Line, e.Column = l.Place(l.Pos)
		l.err = e
	}
	return false
}

// Unexpected records that something else than the byte at Pos was wanted, and
// returns false.
func (l *Lexer) Unexpected(want string) bool {
	if l.err != nil {
		return false
	}
	if l.Pos >= l.end {
		return l.Fail("the text ends where %s should follow: it is truncated", want)
	}
	return l.Fail("expected %s, found %s", want, l.Found())
}

// Found describes the byte at Pos, with a hint where the cause is known.
func (l *Lexer) Found() string {
	rest := l.Rest()
	for _, word := range []string{"NaN", "Infinity", "-Infinity", "None", "True", "False", "undefined"} {
		if bytes.HasPrefix(rest, []byte(word)) {
			return word + ", which is not JSON (write null, true, false or a number instead)"
		}
	}
	switch c := rest[0]; {
	case c == '\'':
		return "a single quote (JSON strings stand in double quotes)"
	case c == '/':
		return "'/' (JSON has no comments)"
	case c < ' ' || c >= 0x7f:
		return fmt.Sprintf("byte 0x%02x", c)
	default:
		return fmt.Sprintf("'%c'", c)
	}
}
