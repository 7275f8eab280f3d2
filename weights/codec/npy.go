package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"

	"cocostat/weights"
)

var npyMagic = []byte("\x93NUMPY")

// npyField is a field of a structured array: its type and where it stands in
// an item.
type npyField struct {
	name, dtype string
	at, width   int // bytes
}

var npyTypes = map[arrow.Type]string{arrow.INT32: "<i4", arrow.INT64: "<i8", arrow.FLOAT64: "<f8"}

// encodeNPY writes a structured array of a field per column, format 1.0 of
// NumPy's npy, or 3.0 where a field's name is not ASCII. Texts are UTF-32 of the
// width of the longest.
func encodeNPY(w io.Writer, t *weights.Table) error {
	all := cellsOf(t)
	version := cells{field: formatColumn}
	for range t.Rows {
		version.texts = append(version.texts, weights.Format)
	}
	all = append(all, version)
	var descr []string
	widths := make([]int, len(all))
	for k, c := range all {
		dtype := npyTypes[c.field.Type.ID()]
		if c.field.Type.ID() == arrow.STRING {
			widths[k] = 1
			for i, text := range c.texts {
				if strings.HasSuffix(text, "\x00") {
					return fmt.Errorf("column %s, row %d: NPY cannot hold %q: NumPy takes a NUL for the end", c.field.Name, i, text)
				}
				widths[k] = max(widths[k], utf8.RuneCountInString(text))
			}
			dtype = fmt.Sprintf("<U%d", widths[k])
		}
		descr = append(descr, fmt.Sprintf("(%s, '%s')", pythonString(c.field.Name), dtype))
		if c.field.Nullable {
			descr = append(descr, fmt.Sprintf("('%s', '|b1')", presence))
		}
	}
	header := npyHeader(fmt.Sprintf("{'descr': [%s], 'fortran_order': False, 'shape': (%d,), }", strings.Join(descr, ", "), len(t.Rows)))
	if _, err := w.Write(header); err != nil {
		return err
	}
	for i := range t.Rows {
		var item []byte
		for k := range all {
			item = all[k].appendItem(item, i, widths[k])
		}
		if _, err := w.Write(item); err != nil {
			return err
		}
	}
	return nil
}

// appendItem appends value i to an item, and whether it is there.
func (c *cells) appendItem(b []byte, i, width int) []byte {
	if c.texts == nil {
		b = c.appendBinary(b, i)
		if c.field.Nullable {
			b = append(b, boolByte(!c.isNull(i)))
		}
		return b
	}
	left := width
	for _, r := range c.texts[i] {
		b, left = binary.LittleEndian.AppendUint32(b, uint32(r)), left-1
	}
	return append(b, make([]byte, 4*left)...)
}

// npyHeader returns magic, version, length and the text, padded so that the
// items begin at a multiple of 64.
func npyHeader(text string) []byte {
	major, lengthBytes := byte(1), 2
	ascii := !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
	const longest = 1<<16 - 128
	switch {
	case !ascii:
		major, lengthBytes = 3, 4
	case len(text) > longest:
		major, lengthBytes = 2, 4
	}
	before := len(npyMagic) + 2 + lengthBytes
	for (before+len(text)+1)%64 != 0 {
		text += " "
	}
	text += "\n"
	out := append(bytes.Clone(npyMagic), major, 0)
	if lengthBytes == 2 {
		out = binary.LittleEndian.AppendUint16(out, uint16(len(text)))
	} else {
		out = binary.LittleEndian.AppendUint32(out, uint32(len(text)))
	}
	return append(out, text...)
}

// pythonString returns a literal of Python's.
func pythonString(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		switch {
		case r == '\'' || r == '\\':
			b.WriteString("\\" + string(r))
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "\\U%08x", r)
		}
	}
	b.WriteByte('\'')
	return b.String()
}

func decodeNPY(data []byte) (*weights.Table, error) {
	const fixed = 8 // magic and version
	cut := fmt.Errorf("the NPY file is cut off after %d bytes", len(data))
	if !bytes.HasPrefix(data, npyMagic) {
		return nil, errors.New("not an NPY file")
	}
	if len(data) < fixed+4 {
		return nil, cut
	}
	var n, at int
	switch major := data[len(npyMagic)]; major {
	case 1:
		n, at = int(binary.LittleEndian.Uint16(data[fixed:])), fixed+2
	case 2, 3:
		n, at = int(binary.LittleEndian.Uint32(data[fixed:])), fixed+4
	default:
		return nil, fmt.Errorf("version %d of NPY is unknown", major)
	}
	if n > len(data)-at {
		return nil, cut
	}
	const longest = 1 << 20
	if n > longest {
		return nil, fmt.Errorf("the header of the NPY file has %d bytes, more than %d", n, longest)
	}
	header := string(data[at : at+n])
	if data[len(npyMagic)] < 3 {
		header = fromLatin1(header)
	}
	c, err := parseNPYHeader(header)
	if err != nil {
		return nil, fmt.Errorf("the header of the NPY file: %w", err)
	}
	c.items = data[at+n:]
	switch {
	case c.n > len(c.items)/c.size:
		return nil, fmt.Errorf("%w: %d bytes of %d classes of %d", cut, len(c.items), c.n, c.size)
	case c.n*c.size != len(c.items):
		return nil, fmt.Errorf("%d bytes follow the last class", len(c.items)-c.n*c.size)
	}
	return assemble(c, nil)
}

func fromLatin1(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

// npyContent is a structured array of n items of a size in bytes.
type npyContent struct {
	fields  []npyField
	n, size int
	items   []byte
}

func (c npyContent) names() []string {
	names := make([]string, len(c.fields))
	for i, f := range c.fields {
		names[i] = f.name
	}
	return names
}

func (c npyContent) rows() int { return c.n }

func (c npyContent) cells(at int, field arrow.Field) (cells, error) {
	out := cells{field: field}
	f := c.fields[at]
	if field.Type.ID() == arrow.STRING {
		if !strings.HasPrefix(f.dtype, "<U") {
			return cells{}, fmt.Errorf("column %s has type %s, want <U", field.Name, f.dtype)
		}
		for i := range c.n {
			text, err := utf32(c.item(i, f))
			if err != nil {
				return cells{}, fmt.Errorf("column %s, row %d: %w", field.Name, i, err)
			}
			out.texts = append(out.texts, text)
		}
		return out, nil
	}
	if want := npyTypes[field.Type.ID()]; f.dtype != want {
		return cells{}, fmt.Errorf("column %s has type %s, want %s", field.Name, f.dtype, want)
	}
	for i := range c.n {
		out.addBinary(c.item(i, f))
	}
	if !field.Nullable {
		return out, nil
	}
	present, err := find(c.names(), presence)
	if err != nil {
		return cells{}, err
	}
	if f = c.fields[present]; f.dtype != "|b1" {
		return cells{}, fmt.Errorf("column %s has type %s, want |b1", presence, f.dtype)
	}
	for i := range c.n {
		out.null = append(out.null, c.item(i, f)[0] == 0)
	}
	return out, nil
}

func (c npyContent) item(i int, f npyField) []byte {
	return c.items[i*c.size+f.at:][:f.width]
}

// utf32 returns the text in little-endian UTF-32 up to the NULs that fill it.
func utf32(b []byte) (string, error) {
	var text strings.Builder
	for ; len(b) >= 4; b = b[4:] {
		v := binary.LittleEndian.Uint32(b)
		if r := rune(v); v > utf8.MaxRune || !utf8.ValidRune(r) {
			return "", fmt.Errorf("%#x is no character", v)
		}
		text.WriteRune(rune(v))
	}
	return strings.TrimRight(text.String(), "\x00"), nil
}
