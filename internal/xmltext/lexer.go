package xmltext

import (
	"bytes"
	"context"
	"io"
)

// Kind is a kind of token.
type Kind uint8

// The kinds of tokens. An element without content is a Start and an End.
const (
	None  Kind = iota // the end of the text, or an error
	Start             // of an element
	End               // of an element
	Text              // a piece of text, not empty
)

// Lexer walks over XML in a window. What it returns as bytes is valid until it
// moves on. The first error stays.
type Lexer struct {
	buf      []byte
	pos, end int   // of what is not read yet
	base     int64 // offset of buf[0]
	eof      bool  // no bytes will follow the window
	src      io.Reader
	ctx      context.Context
	name     string
	err      error

	lines     int64 // newlines before the window
	lineStart int64 // offset of the start of the window's first line
	counted   int64 // newlines in the window up to countedTo
	countedTo int

	kind    Kind
	start   int    // where the token begins in the window
	tag     []byte // its name
	attrs   []attr
	text    []byte
	checked bool   // the first bytes were looked at
	empty   bool   // the element that began has no content
	began   bool   // the root has begun
	cdata   bool   // the text goes on in a CDATA section
	foreign string // the encoding, if it is none that is read

	content []byte
	scratch []byte
	names   []byte // of the open elements, one behind the other
	open    []int  // where in names each begins
}

// New returns a lexer of what src holds, with a window of the given size. name
// stands for the text in errors.
func New(ctx context.Context, src io.Reader, name string, window int) *Lexer {
	return &Lexer{buf: make([]byte, max(window, 64)), src: src, ctx: ctx, name: name}
}

// Reset makes the lexer read another text, with the window that it has.
func (l *Lexer) Reset(ctx context.Context, src io.Reader, name string) {
	*l = Lexer{buf: l.buf, src: src, ctx: ctx, name: name, attrs: l.attrs[:0], scratch: l.scratch[:0], names: l.names[:0], open: l.open[:0]}
}

// Next moves to the next token.
func (l *Lexer) Next() Kind {
	if l.err != nil {
		return None
	}
	if !l.checked && !l.begin() {
		return None
	}
	if l.empty {
		l.empty = false
		return l.pop()
	}
	for l.kind = None; l.kind == None; {
		if l.start = l.pos; !l.token() {
			return None
		}
	}
	return l.kind
}

// token reads what is next, and sets kind if that is a token. It reports whether
// there is more.
func (l *Lexer) token() bool {
	switch {
	case l.cdata:
		return l.section()
	case l.pos == l.end && !l.more():
		return l.atEnd()
	case l.buf[l.pos] != '<':
		return l.chars()
	case l.pos+1 == l.end && !l.more():
		return l.cut("a tag")
	}
	switch l.buf[l.pos+1] {
	case '/':
		return l.endTag()
	case '?':
		return l.instruction()
	case '!':
		return l.declaration()
	}
	return l.startTag()
}

// begin passes over a byte order mark, and refuses UTF-16.
func (l *Lexer) begin() bool {
	l.checked = true
	for l.end < 4 && l.more() {
	}
	if l.err != nil {
		return false
	}
	head := l.buf[:l.end]
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		l.pos = 3
	}
	if len(head) > 1 && (head[0] >= 0xfe && head[1] >= 0xfe || (head[0] == 0) != (head[1] == 0)) {
		return l.Fail("this is UTF-16 text: convert it to UTF-8, for instance with iconv")
	}
	return true
}

// atEnd is the end of the text.
func (l *Lexer) atEnd() bool {
	switch {
	case l.err != nil:
		return false
	case len(l.open) > 0:
		return l.Fail("the text ends within <%s>: it is truncated", l.openName())
	case !l.began:
		return l.Fail("the text holds no element")
	}
	return false
}

// cut records that the text ends within what began.
func (l *Lexer) cut(what string) bool {
	return l.Fail("the text ends within %s: it is truncated", what)
}

// Name returns the name of the element that begins or ends.
func (l *Lexer) Name() []byte { return l.tag }
