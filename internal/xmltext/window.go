package xmltext

import (
	"bytes"
	"fmt"
	"io"

	"cocostat/internal/jsontext"
)

// maxTag is up to which length a tag is looked at.
const maxTag = 16 << 20

// SyntaxError says where a text stops being XML.
type SyntaxError = jsontext.SyntaxError

// Fail records an error at the token, unless there is an error already, and
// returns false.
func (l *Lexer) Fail(format string, args ...any) bool { return l.failAt(l.start, format, args...) }

// failAt is Fail for a position in the window.
func (l *Lexer) failAt(pos int, format string, args ...any) bool {
	e := &SyntaxError{File: l.name, Msg: fmt.Sprintf(format, args...)}
	e.Offset, e.Line, e.Column = l.place(pos)
	return l.Stop(e)
}

// Stop records an error, unless there is one already, and returns false.
func (l *Lexer) Stop(err error) bool {
	if l.err == nil {
		l.err = err
	}
	l.kind = None
	return false
}

// Err returns the first error.
func (l *Lexer) Err() error { return l.err }

// Offset returns the byte where the token begins.
func (l *Lexer) Offset() int64 { return l.base + int64(l.start) }

// Place returns the byte, line and column where the token begins.
func (l *Lexer) Place() (offset, line, column int64) { return l.place(l.start) }

func (l *Lexer) place(pos int) (offset, line, column int64) {
	offset = l.base + int64(pos)
	line = l.lines + int64(bytes.Count(l.buf[:pos], newline)) + 1
	start := l.lineStart
	if i := bytes.LastIndexByte(l.buf[:pos], '\n'); i >= 0 {
		start = l.base + int64(i) + 1
	}
	return offset, line, offset - start + 1
}

// Line returns the line where the token begins, from 1.
func (l *Lexer) Line() int {
	l.counted += int64(bytes.Count(l.buf[l.countedTo:l.start], newline))
	l.countedTo = l.start
	return int(l.lines + l.counted + 1)
}

var newline = []byte{'\n'}

// more reads on, and drops what stands before the token. It reports whether
// anything was read.
func (l *Lexer) more() bool {
	if l.eof || l.err != nil {
		return false
	}
	l.drop()
	if l.end == len(l.buf) {
		if len(l.buf) >= maxTag {
			return l.Fail("more than %d MiB without an end of what begins here", maxTag>>20)
		}
		l.buf = append(l.buf, make([]byte, min(len(l.buf), maxTag-len(l.buf)))...)
	}
	for range 100 {
		if err := l.ctx.Err(); err != nil {
			return l.Stop(err)
		}
		n, err := l.src.Read(l.buf[l.end:])
		l.end += n
		switch {
		case err == io.EOF:
			l.eof = true
			return n > 0
		case err != nil:
			return l.Stop(err) // it says where
		case n > 0:
			return true
		}
	}
	return l.Stop(fmt.Errorf("%s: reading: %w", l.name, io.ErrNoProgress))
}

// drop moves the token to the start of the window.
func (l *Lexer) drop() {
	if l.start == 0 {
		return
	}
	gone := l.buf[:l.start]
	if i := bytes.LastIndexByte(gone, '\n'); i >= 0 {
		l.lines += int64(bytes.Count(gone, newline))
		l.lineStart = l.base + int64(i) + 1
	}
	l.counted, l.countedTo = 0, 0
	l.base += int64(l.start)
	l.end = copy(l.buf, l.buf[l.start:l.end])
	l.pos -= l.start
	l.start = 0
}
