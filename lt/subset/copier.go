package subset

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
)

// window is the number of bytes that are looked at together.
const window = 256 << 10

// errChanged says that the text is not where it was before.
var errChanged = errors.New("the text is not what it was")

// copier copies JSON text that is known to be valid, less elements of its
// lists. It knows where these begin and finds out where they end.
type copier struct {
	ctx context.Context
	in  *bufio.Reader
	at  int64 // offset of the next byte of in
	out io.Writer
}

// file copies the whole text; keep tells which elements stay.
func (c *copier) file(elements []element, keep []bool) error {
	for next := 0; next < len(elements); {
		if err := c.copyTo(elements[next].offset); err != nil {
			return err
		}
		n, err := c.run(elements[next:], keep[next:])
		if err != nil {
			return err
		}
		next += n
	}
	err := c.copyTo(math.MaxInt64)
	if err == io.ErrUnexpectedEOF { // the end of the text
		return nil
	}
	return err
}

// run copies elements that follow each other in one list, from the first byte
// of the first on, and returns how many they are. Of the text between two
// elements that stay, it copies what stands before the second. What follows the
// last element of the list is left to be read.
func (c *copier) run(elements []element, keep []bool) (int, error) {
	var gap []byte // the text before the element
	wrote := false
	for i := range elements {
		if c.at != elements[i].offset {
			return 0, errChanged
		}
		if keep[i] && wrote {
			if _, err := c.out.Write(gap); err != nil {
				return 0, err
			}
		}
		if err := c.value(keep[i]); err != nil {
			return 0, err
		}
		wrote = wrote || keep[i]
		var more bool
		var err error
		if gap, more, err = c.gap(gap[:0]); err != nil {
			return 0, err
		}
		switch last := i+1 == len(elements); {
		case more && !last && elements[i+1].offset == c.at:
		case !more:
			_, err := c.out.Write(gap)
			return i + 1, err
		default: // something else follows in the list, which stays
			if wrote {
				_, err = c.out.Write(gap)
			}
			return i + 1, err
		}
	}
	return len(elements), nil
}

// gap reads the spaces and the comma after an element. Without a comma the list
// ends, and more is false.
func (c *copier) gap(gap []byte) (_ []byte, more bool, err error) {
	for {
		b, err := c.in.Peek(1)
		if err != nil {
			return nil, false, unexpected(err)
		}
		switch b[0] {
		case ' ', '\t', '\r', '\n':
		case ',':
			if more {
				return nil, false, errChanged
			}
			more = true
		default:
			return gap, more, nil
		}
		gap = append(gap, b[0])
		c.discard(1)
	}
}

// peek returns bytes that follow, at least one.
func (c *copier) peek() ([]byte, error) {
	if err := c.ctx.Err(); err != nil {
		return nil, err
	}
	if c.in.Buffered() == 0 {
		if _, err := c.in.Peek(1); err != nil {
			return nil, unexpected(err)
		}
	}
	return c.in.Peek(c.in.Buffered())
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (c *copier) discard(n int) {
	c.in.Discard(n) // no more than is buffered: no error
	c.at += int64(n)
}

// copyTo copies the text up to an offset. It returns io.ErrUnexpectedEOF if the
// text ends before.
func (c *copier) copyTo(offset int64) error {
	for c.at < offset {
		b, err := c.peek()
		if err != nil {
			return err
		}
		b = b[:min(int64(len(b)), offset-c.at)]
		if _, err := c.out.Write(b); err != nil {
			return err
		}
		c.discard(len(b))
	}
	return nil
}

// value reads the value that begins here, and copies it if it stays.
func (c *copier) value(stays bool) error {
	var v valueEnd
	for !v.ended {
		b, err := c.peek()
		if err != nil {
			return err
		}
		b = b[:v.scan(b)]
		if stays {
			if _, err := c.out.Write(b); err != nil {
				return err
			}
		}
		c.discard(len(b))
	}
	return nil
}

// valueEnd finds the end of a JSON value in text that comes in pieces.
type valueEnd struct {
	depth           int // open objects and arrays
	quoted, escaped bool
	started, ended  bool
	bare            bool // a number, or true, false, null
}

// scan returns how many bytes of b belong to the value; ended tells whether it
// ends there.
func (v *valueEnd) scan(b []byte) int {
	for i := 0; i < len(b); i++ {
		if !v.started {
			v.started = true
			v.bare = b[i] != '"' && b[i] != '{' && b[i] != '['
		}
		if v.bare {
			if i += bareLength(b[i:]); i < len(b) {
				v.ended = true
			}
			return i
		}
		if v.quoted {
			if i += v.string(b[i:]); i == len(b) {
				return i
			}
		}
		switch marks[b[i]] {
		case opens:
			v.depth++
		case closes:
			v.depth--
		case quote:
			v.quoted = !v.quoted
		default:
			continue
		}
		if v.depth == 0 && !v.quoted {
			v.ended = true
			return i + 1
		}
	}
	return len(b)
}

// string returns the number of bytes of b before the quote that ends the string
// in which b begins.
func (v *valueEnd) string(b []byte) int {
	for i, c := range b {
		switch {
		case v.escaped:
			v.escaped = false
		case c == '\\':
			v.escaped = true
		case c == '"':
			return i
		}
	}
	return len(b)
}

// bareLength returns the number of bytes of b that belong to a number or a
// literal in which b begins.
func bareLength(b []byte) int {
	for i, c := range b {
		switch c {
		case ',', ']', '}', ' ', '\t', '\r', '\n':
			return i
		}
	}
	return len(b)
}

// marks are the bytes that matter outside strings.
var marks = [256]uint8{'{': opens, '[': opens, '}': closes, ']': closes, '"': quote}

const (
	opens uint8 = 1 + iota
	closes
	quote
)
