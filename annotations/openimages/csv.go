package openimages

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"cocostat/annotations"
)

// maxLine is how long a line may be.
const maxLine = 1 << 20

// table reads rows of a text, a line each: no field of Open Images has line ends,
// so that a quote that is not closed is seen in its line.
type table struct {
	ctx     context.Context
	name    string
	text    *bufio.Reader
	line    int // of the row that was read, from 1
	fields  []string
	comma   byte           // what separates fields
	columns map[string]int // places of the columns, by name in lower case
}

// newTable returns the table of a text, of which nothing is read yet.
func newTable(ctx context.Context, r io.Reader, name string) *table {
	return &table{ctx: ctx, name: name, text: bufio.NewReaderSize(r, maxLine), comma: ',', columns: map[string]int{}}
}

// header reads the first line.
func (t *table) header() error {
	head, _ := t.text.Peek(4 << 10)
	head, _, _ = bytes.Cut(head, []byte{'\n'})
	for _, c := range []byte(";\t") {
		if bytes.IndexByte(head, c) >= 0 && bytes.IndexByte(head, ',') < 0 {
			t.comma = c
		}
	}
	names, err := t.row()
	if err == io.EOF {
		return t.fail("the file is empty")
	}
	if err != nil {
		return err
	}
	for i, column := range names {
		t.columns[strings.ToLower(strings.TrimSpace(column))] = i
	}
	return nil
}

// row reads the next line that is not empty. It is valid until the next one is
// read, its fields longer.
func (t *table) row() ([]string, error) {
	for {
		if t.line++; t.line%1024 == 0 && t.ctx.Err() != nil {
			return nil, t.ctx.Err()
		}
		line, err := t.text.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return nil, t.fail("a line of more than %d MiB: is this a CSV file?", maxLine>>20)
		case err == io.EOF && len(line) == 0:
			return nil, io.EOF
		case err != nil && err != io.EOF:
			return nil, err // it says where
		}
		if t.line == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) > 0 {
			return t.split(string(line))
		}
	}
}

// split takes a line apart, as RFC 4180 says.
func (t *table) split(line string) ([]string, error) {
	t.fields = t.fields[:0]
	for {
		if !strings.HasPrefix(line, `"`) {
			i := strings.IndexByte(line, t.comma)
			if i < 0 {
				t.fields = append(t.fields, line)
				return t.fields, nil
			}
			t.fields = append(t.fields, line[:i])
			line = line[i+1:]
			continue
		}
		field, rest, ok := quoted(line)
		if !ok || rest != "" && rest[0] != t.comma {
			return nil, t.fail("a quote is not closed, or something follows it: no row of a CSV file")
		}
		t.fields = append(t.fields, field)
		if rest == "" {
			return t.fields, nil
		}
		line = rest[1:]
	}
}

// quoted returns the field in quotes that a text begins with, and what follows it.
func quoted(text string) (field, rest string, ok bool) {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] != '"':
		case i+1 < len(text) && text[i+1] == '"':
			i++
		default:
			return strings.ReplaceAll(text[1:i], `""`, `"`), text[i+1:], true
		}
	}
	return "", "", false
}

// fail is the error that the text is something else.
func (t *table) fail(format string, args ...any) error {
	return &annotations.FormatError{File: t.name, Line: int64(t.line), Column: 1, Msg: fmt.Sprintf(format, args...)}
}
