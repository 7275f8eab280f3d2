package edit

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
)

// Replace returns the text of an object in which values have become others: change
// is asked for each member of the object itself, by its key, and returns nil for a
// value that stays. A text that is no object stays as it is.
func Replace(text []byte, change func(key string, value []byte) []byte) []byte {
	var out []byte
	copied := 0
	members(text, func(key string, from, to int) {
		if value := change(key, text[from:to]); value != nil {
			out = append(append(out, text[copied:from]...), value...)
			copied = to
		}
	})
	if copied == 0 {
		return text
	}
	return append(out, text[copied:]...)
}

// members tells where the values of an object's members are.
func members(text []byte, each func(key string, from, to int)) {
	if len(text) == 0 || text[0] != '{' {
		return
	}
	for at := 1; ; {
		at += spaces(text[at:])
		if at == len(text) || text[at] != '"' {
			return // the end
		}
		var key valueEnd
		n := key.scan(text[at:])
		name := keyOf(text[at : at+n])
		at += n
		at += spaces(text[at:]) + 1 // the colon
		if at >= len(text) {
			return
		}
		at += spaces(text[at:])
		var value valueEnd
		n = value.scan(text[at:])
		each(name, at, at+n)
		at += n
		at += spaces(text[at:])
		if at == len(text) || text[at] != ',' {
			return
		}
		at++
	}
}

// keyOf decodes a key with its quotes.
func keyOf(text []byte) string {
	if bytes.IndexByte(text, '\\') < 0 && len(text) >= 2 {
		return string(text[1 : len(text)-1])
	}
	var key string
	if json.Unmarshal(text, &key) != nil {
		return ""
	}
	return key
}

// spaces returns how many spaces a text begins with.
func spaces(text []byte) int {
	for i, b := range text {
		if !isSpace(b) {
			return i
		}
	}
	return len(text)
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\r' || b == '\t' }

// Frame is where text can be added to that of an object with lists.
type Frame struct {
	Lists []List // in the order of the text
	End   int64  // of the object: where its last brace is
	Empty bool   // it has no members
}

// List is a member of the object that is a list.
type List struct {
	Key        string
	Start, End int64 // where its brackets are
	Empty      bool  // it has no elements
}

// ReadFrame reads the text of an object, which is known to be valid JSON.
func ReadFrame(ctx context.Context, r io.Reader) (*Frame, error) {
	c := newCopier(ctx, io.Discard, r)
	f := &Frame{Empty: true}
	if err := c.to('{'); err != nil {
		return nil, err
	}
	for {
		b, err := c.next()
		switch {
		case err != nil:
			return nil, err
		case b == '}':
			f.End = c.at
			return f, c.copyAll()
		case b == ',':
			c.discard(1)
			continue
		}
		f.Empty = false
		if err := f.member(c); err != nil {
			return nil, err
		}
	}
}

// member reads a key and its value.
func (f *Frame) member(c *copier) error {
	text, err := c.text()
	if err != nil {
		return err
	}
	key := keyOf(text)
	if err := c.to(':'); err != nil {
		return err
	}
	first, err := c.next()
	if err != nil {
		return err
	}
	start, filled := c.at, 0
	err = c.read(func(b []byte) error {
		for i := 0; filled < 3 && i < len(b); i++ { // both brackets, and more
			if !isSpace(b[i]) {
				filled++
			}
		}
		return nil
	})
	if first == '[' {
		f.Lists = append(f.Lists, List{key, start, c.at - 1, filled < 3})
	}
	return err
}

// next skips spaces and returns the byte that follows.
func (c *copier) next() (byte, error) {
	for {
		b, err := c.peek()
		if err != nil {
			return 0, err
		}
		n := spaces(b)
		if n < len(b) {
			first := b[n]
			c.discard(n)
			return first, nil
		}
		c.discard(n)
	}
}

// to skips all up to a byte, and that.
func (c *copier) to(mark byte) error {
	for {
		b, err := c.peek()
		if err != nil {
			return err
		}
		if i := bytes.IndexByte(b, mark); i >= 0 {
			c.discard(i + 1)
			return nil
		}
		c.discard(len(b))
	}
}
