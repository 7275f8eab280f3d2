package edit

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
)

// window is the number of bytes that are looked at together.
const window = 256 << 10

// ErrChanged says that the text is not where it was before.
var ErrChanged = errors.New("the text is not what it was")

// Changes say what becomes of a text. The zero value changes nothing.
type Changes struct {
	// Elements are the offsets of elements of lists, ascending; Keep tells which of
	// them stay, nil: all.
	Elements []int64
	Keep     func(i int) bool
	// Change, when set, returns what becomes of the text of an element that stays.
	// The text may be changed in place.
	Change func(i int, text []byte) ([]byte, error)
	// Insertions are put between the bytes, in the order of their places.
	Insertions []Insertion
}

// Insertion is text that is put before the byte at an offset, which is in no
// element.
type Insertion struct {
	At   int64
	Fill func(w io.Writer) error
}

// Copy copies JSON text that is known to be valid, with changes. Of the text
// between two elements that stay it copies what stands before the second; all else
// stays as it is. It returns ErrChanged or io.ErrUnexpectedEOF where the text is not
// the one that the changes are meant for, as far as that can be seen.
func Copy(ctx context.Context, w io.Writer, r io.Reader, c Changes) error {
	k := newCopier(ctx, w, r)
	k.Changes = c
	return k.file()
}

func newCopier(ctx context.Context, w io.Writer, r io.Reader) *copier {
	return &copier{ctx: ctx, in: bufio.NewReaderSize(r, window), out: w}
}

// Elements hands the text of elements to a function, in the order of the text. It
// is valid during the call.
func Elements(ctx context.Context, r io.Reader, offsets []int64, each func(i int, text []byte) error) error {
	k := newCopier(ctx, io.Discard, r)
	for i, at := range offsets {
		if err := k.copyTo(at); err != nil {
			return err
		}
		text, err := k.text()
		if err == nil {
			err = each(i, text)
		}
		if err != nil {
			return err
		}
	}
	return k.copyAll()
}

// copier copies JSON text that is known to be valid, less elements of its
// lists. It knows where these begin and finds out where they end.
type copier struct {
	ctx context.Context
	in  *bufio.Reader
	at  int64 // offset of the next byte of in
	out io.Writer
	Changes

	element []byte // the text of one
}

func (c *copier) keeps(i int) bool { return c.Keep == nil || c.Keep(i) }

// insert writes the insertions that belong before the byte at an offset.
func (c *copier) insert(before int64) error {
	for len(c.Insertions) > 0 && c.Insertions[0].At <= before {
		if err := c.copyTo(c.Insertions[0].At); err != nil {
			return err
		}
		if err := c.Insertions[0].Fill(c.out); err != nil {
			return err
		}
		c.Insertions = c.Insertions[1:]
	}
	return nil
}

// file copies the whole text.
func (c *copier) file() error {
	for next := 0; next < len(c.Elements); {
		if err := c.insert(c.Elements[next]); err != nil {
			return err
		}
		if err := c.copyTo(c.Elements[next]); err != nil {
			return err
		}
		n, err := c.run(next)
		if err != nil {
			return err
		}
		next += n
	}
	if err := c.insert(math.MaxInt64); err != nil {
		return err
	}
	return c.copyAll()
}

// copyAll copies the text up to its end.
func (c *copier) copyAll() error {
	if err := c.copyTo(math.MaxInt64); err != io.ErrUnexpectedEOF {
		return err
	}
	return nil
}

// run copies elements that follow each other in one list, from the first byte
// of the first on, and returns how many they are. Of the text between two
// elements that stay, it copies what stands before the second. What follows the
// last element of the list is left to be read.
func (c *copier) run(first int) (int, error) {
	var gap []byte // the text before the element
	wrote := false
	for i := first; ; i++ {
		if c.at != c.Elements[i] {
			return 0, ErrChanged
		}
		keep := c.keeps(i)
		if keep && wrote {
			if _, err := c.out.Write(gap); err != nil {
				return 0, err
			}
		}
		if err := c.pass(i, keep); err != nil {
			return 0, err
		}
		wrote = wrote || keep
		var more bool
		var err error
		if gap, more, err = c.gap(gap[:0]); err != nil {
			return 0, err
		}
		switch last := i+1 == len(c.Elements); {
		case more && !last && c.Elements[i+1] == c.at:
		case !more:
			_, err := c.out.Write(gap)
			return i + 1 - first, err
		default: // something else follows in the list, which stays
			if wrote {
				_, err = c.out.Write(gap)
			}
			return i + 1 - first, err
		}
	}
}

// pass reads the element that begins here, and copies what becomes of it.
func (c *copier) pass(i int, keep bool) error {
	if !keep || c.Change == nil {
		return c.value(keep)
	}
	text, err := c.text()
	if err != nil {
		return err
	}
	if text, err = c.Change(i, text); err != nil {
		return err
	}
	_, err = c.out.Write(text)
	return err
}

// text reads the value that begins here.
func (c *copier) text() ([]byte, error) {
	c.element = c.element[:0]
	err := c.read(func(b []byte) error {
		c.element = append(c.element, b...)
		return nil
	})
	return c.element, err
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
				return nil, false, ErrChanged
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
	return c.read(func(b []byte) error {
		if !stays {
			return nil
		}
		_, err := c.out.Write(b)
		return err
	})
}

// read hands the value that begins here to a function, piece by piece.
func (c *copier) read(each func(b []byte) error) error {
	var v valueEnd
	for !v.ended {
		b, err := c.peek()
		if err != nil {
			return err
		}
		b = b[:v.scan(b)]
		if err := each(b); err != nil {
			return err
		}
		c.discard(len(b))
	}
	return nil
}
