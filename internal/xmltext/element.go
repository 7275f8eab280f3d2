package xmltext

import (
	"bytes"
	"context"
	"math"
	"strconv"

	"cocostat/internal/jsontext"
)

// Attr returns the value of an attribute of the element that begins, nil if it has
// none of that name.
func (l *Lexer) Attr(name string) []byte {
	for i := range l.attrs {
		if string(l.attrs[i].name) == name {
			if v := l.attrs[i].value; v != nil {
				return v
			}
			return []byte{}
		}
	}
	return nil
}

// Skip moves to the end of the element that begins.
func (l *Lexer) Skip() bool {
	for depth := len(l.open); len(l.open) >= depth; {
		if l.Next() == None {
			return false
		}
	}
	return true
}

// Children calls visit at the begin of each element within the one that begins;
// visit moves to the end of it. Texts between them are passed over.
func (l *Lexer) Children(visit func(name []byte) bool) bool {
	for depth := len(l.open); ; {
		switch l.Next() {
		case None:
			return false
		case Start:
			if !visit(l.tag) {
				return false
			}
		case End:
			if len(l.open) < depth {
				return true
			}
		}
	}
}

// Content returns the text of the element that begins, without spaces around it,
// and moves to its end. Elements in it are passed over, and of a text longer than
// limit the beginning is returned. It is valid until the next call.
func (l *Lexer) Content(limit int) (text []byte, ok bool) {
	l.content = l.content[:0]
	for depth := len(l.open); ; {
		switch l.Next() {
		case None:
			return nil, false
		case Start:
			if !l.Skip() {
				return nil, false
			}
		case End:
			if len(l.open) < depth {
				return bytes.Trim(l.content, spaces), true
			}
		case Text:
			l.content = append(l.content, l.text[:min(len(l.text), limit-len(l.content))]...)
		}
	}
}

// Float returns the finite decimal number that a text is, perhaps with spaces
// around it.
func Float(text []byte) (float64, bool) {
	text = bytes.TrimSpace(text)
	if jsontext.IsNumber(text) {
		return jsontext.Float(text)
	}
	f, err := strconv.ParseFloat(string(text), 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// Root returns the name of the root element of a text of which this is the
// beginning, "" if it is no XML or the root is not there yet.
func Root(head []byte) string {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), spaces)
	if len(text) == 0 || text[0] != '<' {
		return ""
	}
	l := New(context.Background(), bytes.NewReader(text), "", len(text)+1)
	if l.Next() != Start {
		return ""
	}
	return string(l.Name())
}
