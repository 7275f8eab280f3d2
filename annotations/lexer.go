package annotations

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
)

const (
	// chunkSize is the size of the pieces in which the text is read.
	chunkSize = 256 << 10
	// maxToken is the length up to which a token can be looked at as a whole;
	// longer ones are validated, but their value is not available.
	maxToken = 1 << 16
	// padding zero bytes follow the window, so that blocks of bytes can be
	// loaded at any position and every loop stops at its end: 0 is no valid
	// byte.
	padding = 256
	// maxDepth is the nesting limit of encoding/json.
	maxDepth = 10000
)

// lexer walks over JSON text in a window of fixed size. Its methods work on
// the bytes of the window and ask for more only at its end; with eof set the
// window is all there is. The first error stays in err, and a method that
// returns false has set it.
type lexer struct {
	buf  []byte // window, then padding zero bytes
	pos  int    // next byte
	end  int    // end of the window
	base int64  // offset of buf[0] in the text

	limit int // length up to which tokens lie in the window

	src  io.Reader
	eof  bool // no bytes will follow the window
	ctx  context.Context
	file string
	err  error

	slow      int64 // offset before which lists are no plain number lists
	escaped   bool  // the last string held an escape
	lines     int64 // newlines before the window
	lineStart int64 // offset of the start of the window's first line

	depth   int // open objects and arrays
	objects [maxDepth/64 + 1]uint64
}

// newLexer returns a lexer with a window of the given size, in which tokens of
// up to limit bytes, less than window, can be looked at as a whole.
func newLexer(ctx context.Context, src io.Reader, file string, window, limit int) *lexer {
	return &lexer{buf: make([]byte, window+padding), limit: limit, src: src, ctx: ctx, file: file}
}

// fill drops the bytes before pos and reads on, until the window holds a token
// of up to limit bytes or the source ends.
func (l *lexer) fill() bool {
	if l.eof || l.err != nil {
		return l.err == nil
	}
	l.drop(l.pos, countNewlines(l.buf[:l.pos]))
	l.end = copy(l.buf, l.buf[l.pos:l.end])
	l.pos = 0
	ok := l.readOn()
	clear(l.buf[l.end : l.end+padding])
	return ok
}

// readOn reads until more than limit bytes are in the window or the source
// ends.
func (l *lexer) readOn() bool {
	full := len(l.buf) - padding
	for empty := 0; l.end <= l.limit; {
		if err := l.ctx.Err(); err != nil {
			l.err = err
			return false
		}
		n, err := l.src.Read(l.buf[l.end:full])
		l.end += n
		if err == io.EOF {
			l.eof = true
			break
		}
		if err != nil {
			l.err = err // it says where
			return false
		}
		if n > 0 {
			empty = 0
		} else if empty++; empty == 100 {
			l.err = fmt.Errorf("%s: reading: %w", l.file, io.ErrNoProgress)
			return false
		}
	}
	return true
}

// newlines are the line ends in a text.
type newlines struct {
	count int
	last  int // place of the last one
}

func countNewlines(text []byte) newlines {
	lines := newlines{count: bytes.Count(text, newline)}
	if lines.count > 0 {
		lines.last = bytes.LastIndexByte(text, '\n')
	}
	return lines
}

var newline = []byte{'\n'}

// drop moves the start of the window behind the n bytes that stood there.
func (l *lexer) drop(n int, lines newlines) {
	if lines.count > 0 {
		l.lines += int64(lines.count)
		l.lineStart = l.base + int64(lines.last) + 1
	}
	l.base += int64(n)
}

// ahead makes sure that a token of up to limit bytes lies in the window.
func (l *lexer) ahead() bool {
	if l.end-l.pos > l.limit || l.eof {
		return l.err == nil
	}
	return l.fill()
}

// more is called at the end of the window and reports whether bytes follow.
func (l *lexer) more() bool {
	if l.pos < l.end {
		return true
	}
	return l.fill() && l.pos < l.end
}

// next moves to the next byte that is not a space and returns it; 0 stands for
// the end of the text, a NUL byte, or an earlier error.
func (l *lexer) next() byte {
	if c := l.buf[l.pos]; c > ' ' {
		return c
	}
	return l.nextAfterSpace()
}

func (l *lexer) nextAfterSpace() byte {
	for {
		p := l.pos
		c := l.buf[p]
		if c > ' ' {
			return c
		}
		for c == ' ' || c == '\n' || c == '\r' || c == '\t' {
			for binary.LittleEndian.Uint64(l.buf[p+1:]) == eightSpaces {
				p += 8
			}
			p++
			c = l.buf[p]
		}
		l.pos = min(p, l.end)
		if c != 0 {
			return c
		}
		if l.pos < l.end || !l.more() {
			return 0
		}
	}
}

// place returns the offset, line and column of position pos in the window.
func (l *lexer) place(pos int) (offset, line, column int64) {
	offset = l.base + int64(pos)
	line = l.lines + int64(bytes.Count(l.buf[:pos], newline)) + 1
	start := l.lineStart
	if i := bytes.LastIndexByte(l.buf[:pos], '\n'); i >= 0 {
		start = l.base + int64(i) + 1
	}
	return offset, line, offset - start + 1
}

// fail records a syntax error at pos, unless there is an error already.
func (l *lexer) fail(format string, args ...any) bool {
	if l.err == nil {
		e := &SyntaxError{File: l.file, Msg: fmt.Sprintf(format, args...)}
		e.Offset, e.Line, e.Column = l.place(l.pos)
		l.err = e
	}
	return false
}

// unexpected records that something else than the byte at pos was wanted.
func (l *lexer) unexpected(want string) bool {
	if l.err != nil {
		return false
	}
	if l.pos >= l.end {
		return l.fail("the text ends where %s should follow: it is truncated", want)
	}
	return l.fail("expected %s, found %s", want, l.found())
}

// found describes the byte at pos, with a hint where the cause is known.
func (l *lexer) found() string {
	rest := l.buf[l.pos:l.end]
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

// push opens an object or an array at pos.
func (l *lexer) push(object bool) bool {
	if l.depth == maxDepth {
		return l.fail("more than %d objects and arrays inside each other", maxDepth)
	}
	word, bit := l.depth>>6, uint64(1)<<(l.depth&63)
	if object {
		l.objects[word] |= bit
	} else {
		l.objects[word] &^= bit
	}
	l.depth++
	l.pos++
	return true
}

// pop closes the innermost one at pos.
func (l *lexer) pop() {
	l.depth--
	l.pos++
}

// inObject reports whether the innermost open one is an object.
func (l *lexer) inObject() bool {
	d := l.depth - 1
	return l.objects[d>>6]>>(d&63)&1 == 1
}
