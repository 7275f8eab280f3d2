package jsontext

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
)

const (
	// Padding is how many zero bytes follow a window.
	Padding = 256
	// maxDepth is the nesting limit of encoding/json.
	maxDepth = 10000
)

// Lexer walks over JSON text in a window of fixed size. Its methods work on
// the bytes of the window and ask for more only at its end. The first error
// stays: a method that returns false has set it, or met it.
type Lexer struct {
	Buf []byte // window, then Padding zero bytes; not to be written to
	Pos int    // next byte, as position in Buf

	end  int   // end of the window
	base int64 // offset of Buf[0] in the text

	limit int // length up to which tokens lie in the window

	src  io.Reader
	eof  bool // no bytes will follow the window: it is all there is
	ctx  context.Context
	name string
	err  error

	slow      int64 // offset before which lists are none for package vector
	escaped   bool  // the last string held an escape
	lines     int64 // newlines before the window
	lineStart int64 // offset of the start of the window's first line

	depth   int // open objects and arrays
	objects [maxDepth/64 + 1]uint64
}

// New returns a lexer of what src holds, with a window of the given size, in
// which tokens of up to limit bytes, less than window, can be looked at as a
// whole. name stands for the text in errors.
func New(ctx context.Context, src io.Reader, name string, window, limit int) *Lexer {
	return &Lexer{Buf: make([]byte, window+Padding), limit: limit, src: src, ctx: ctx, name: name}
}

// NewPart returns a lexer for parts of the text that l reads: see SetPart.
func (l *Lexer) NewPart() *Lexer {
	return &Lexer{limit: l.limit, ctx: l.ctx, name: l.name, eof: true}
}

// SetPart makes l read a part of a text alone: size bytes, that follow base
// others, in buf, with Padding zero bytes behind them. open are the brackets
// that are open there, the outermost first.
func (l *Lexer) SetPart(buf []byte, size int, base int64, open string) {
	l.Buf, l.Pos, l.end, l.base = buf, 0, size, base
	l.err, l.slow, l.depth = nil, 0, len(open)
	for i := range len(open) {
		l.setObject(i, open[i] == '{')
	}
}

// Name is what stands for the text in errors.
func (l *Lexer) Name() string { return l.name }

// Limit is the length up to which tokens can be looked at as a whole.
func (l *Lexer) Limit() int { return l.limit }

// Err returns the first error.
func (l *Lexer) Err() error { return l.err }

// Stop records an error, unless there is one already, and returns false.
func (l *Lexer) Stop(err error) bool {
	if l.err == nil {
		l.err = err
	}
	return false
}

// Offset returns the offset of Pos.
func (l *Lexer) Offset() int64 { return l.base + int64(l.Pos) }

// Rest returns what the window holds from Pos on.
func (l *Lexer) Rest() []byte { return l.Buf[l.Pos:l.end] }

// Depth returns how many objects and arrays are open.
func (l *Lexer) Depth() int { return l.depth }

// Begin reads the start of the text, moves past a UTF-8 byte order mark, and
// returns the window with it.
func (l *Lexer) Begin() (window []byte, ok bool) {
	if !l.fill() {
		return nil, false
	}
	if bytes.HasPrefix(l.Buf[:l.end], byteOrderMark) {
		l.Pos = len(byteOrderMark)
	}
	return l.Buf[:l.end], true
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// fill drops the bytes before Pos and reads on, until the window holds a token
// of up to limit bytes or the source ends.
func (l *Lexer) fill() bool {
	if l.eof || l.err != nil {
		return l.err == nil
	}
	l.drop(l.Pos, CountNewlines(l.Buf[:l.Pos]))
	l.end = copy(l.Buf, l.Buf[l.Pos:l.end])
	l.Pos = 0
	ok := l.readOn()
	clear(l.Buf[l.end : l.end+Padding])
	return ok
}

// readOn reads until more than limit bytes are in the window or the source
// ends.
func (l *Lexer) readOn() bool {
	full := len(l.Buf) - Padding
	for empty := 0; l.end <= l.limit; {
		if err := l.ctx.Err(); err != nil {
			l.err = err
			return false
		}
		n, err := l.src.Read(l.Buf[l.end:full])
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
			l.err = fmt.Errorf("%s: reading: %w", l.name, io.ErrNoProgress)
			return false
		}
	}
	return true
}

// AtWindowEnd reports whether the window ends at position pos, and more may
// follow it.
func (l *Lexer) AtWindowEnd(pos int) bool { return pos >= l.end && !l.eof }

// MoveTo moves to the text that src reads now, behind n bytes that were read
// elsewhere from the end of the window on, and starts with an empty window.
func (l *Lexer) MoveTo(n int, lines Newlines) {
	l.drop(l.Pos, CountNewlines(l.Buf[:l.Pos]))
	l.Pos, l.end = 0, 0
	clear(l.Buf[:Padding])
	l.drop(n, lines)
}

// Newlines are the line ends in a text.
type Newlines struct {
	count int
	last  int // place of the last one
}

// CountNewlines finds the line ends of a text.
func CountNewlines(text []byte) Newlines {
	lines := Newlines{count: bytes.Count(text, newline)}
	if lines.count > 0 {
		lines.last = bytes.LastIndexByte(text, '\n')
	}
	return lines
}

var newline = []byte{'\n'}

// drop moves the start of the window behind the n bytes that stood there.
func (l *Lexer) drop(n int, lines Newlines) {
	if lines.count > 0 {
		l.lines += int64(lines.count)
		l.lineStart = l.base + int64(lines.last) + 1
	}
	l.base += int64(n)
}

// ahead makes sure that a token of up to limit bytes lies in the window.
func (l *Lexer) ahead() bool {
	if l.end-l.Pos > l.limit || l.eof {
		return l.err == nil
	}
	return l.fill()
}

// more is called at the end of the window and reports whether bytes follow.
func (l *Lexer) more() bool {
	if l.Pos < l.end {
		return true
	}
	return l.fill() && l.Pos < l.end
}

// Next moves to the next byte that is not a space and returns it; 0 stands for
// the end of the text, a NUL byte, or an earlier error.
func (l *Lexer) Next() byte {
	if c := l.Buf[l.Pos]; c > ' ' {
		return c
	}
	return l.nextAfterSpace()
}

func (l *Lexer) nextAfterSpace() byte {
	for {
		p := l.Pos
		c := l.Buf[p]
		if c > ' ' {
			return c
		}
		for c == ' ' || c == '\n' || c == '\r' || c == '\t' {
			for binary.LittleEndian.Uint64(l.Buf[p+1:]) == eightSpaces {
				p += 8
			}
			p++
			c = l.Buf[p]
		}
		l.Pos = min(p, l.end)
		if c != 0 {
			return c
		}
		if l.Pos < l.end || !l.more() {
			return 0
		}
	}
}

// AtEnd moves past spaces and reports whether the text ends there, without an
// error.
func (l *Lexer) AtEnd() bool {
	l.Next()
	return l.err == nil && l.Pos >= l.end
}

// Place returns the offset, line and column of position pos in the window.
func (l *Lexer) Place(pos int) (offset, line, column int64) {
	offset = l.base + int64(pos)
	line = l.lines + int64(bytes.Count(l.Buf[:pos], newline)) + 1
	start := l.lineStart
	if i := bytes.LastIndexByte(l.Buf[:pos], '\n'); i >= 0 {
		start = l.base + int64(i) + 1
	}
	return offset, line, offset - start + 1
}

// Push opens an object or an array at Pos.
func (l *Lexer) Push(object bool) bool {
	if l.depth == maxDepth {
		return l.Fail("more than %d objects and arrays inside each other", maxDepth)
	}
	l.setObject(l.depth, object)
	l.depth++
	l.Pos++
	return true
}

// setObject notes whether what is open at a depth is an object.
func (l *Lexer) setObject(depth int, object bool) {
	word, bit := depth>>6, uint64(1)<<(depth&63)
	if object {
		l.objects[word] |= bit
	} else {
		l.objects[word] &^= bit
	}
}

// Pop closes the innermost one at Pos.
func (l *Lexer) Pop() {
	l.depth--
	l.Pos++
}

// inObject reports whether the innermost open one is an object.
func (l *Lexer) inObject() bool {
	d := l.depth - 1
	return l.objects[d>>6]>>(d&63)&1 == 1
}

// Since returns the text from an offset to Pos, nil where not all of it is in
// the window.
func (l *Lexer) Since(offset int64) []byte {
	if offset < l.base {
		return nil
	}
	return l.Buf[offset-l.base : l.Pos]
}
