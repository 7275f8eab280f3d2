package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow/ipc"
)

// checkFooter looks at the list lengths in an Arrow file's footer before
// Arrow's reader does, which allocates what they say: a damaged one would take
// all memory. A list that is longer than the footer has bytes is refused.
//
// The footer is a FlatBuffers table (format/File.fbs and format/Schema.fbs of
// Arrow) followed by its length in 4 bytes and the magic.
func checkFooter(r ipc.ReadAtSeeker, size int64) (err error) {
	end := size - int64(len(ipc.Magic)) - 4
	var length [4]byte
	if _, err := r.ReadAt(length[:], end); err != nil {
		return err
	}
	n := int64(binary.LittleEndian.Uint32(length[:]))
	if n < 4 || n > end {
		return fmt.Errorf("a footer of %d bytes in a file of %d", n, size)
	}
	footer := make([]byte, n)
	if _, err := r.ReadAt(footer, end-n); err != nil && err != io.EOF {
		return err
	}
	defer func() {
		if recover() != nil { // an offset out of the footer
			err = errors.New("the footer points out of itself")
		}
	}()
	b := flatBytes(footer)
	return b.checkSchema(b.table(b.follow(0), 1)) // Footer.schema
}

// flatBytes is a FlatBuffers buffer. Positions out of it panic.
type flatBytes []byte

func (b flatBytes) u32(at int) int { return int(binary.LittleEndian.Uint32(b[at:])) }

// follow returns the position that the offset at a position refers to.
func (b flatBytes) follow(at int) int { return at + b.u32(at) }

// field returns where a table's field stands, 0 for an absent one.
func (b flatBytes) field(table, field int) int {
	vtable := table - int(int32(b.u32(table)))
	if entry := 4 + 2*field; entry < int(binary.LittleEndian.Uint16(b[vtable:])) {
		if offset := int(binary.LittleEndian.Uint16(b[vtable+entry:])); offset > 0 {
			return table + offset
		}
	}
	return 0
}

// table returns the position of a table that is a field of another.
func (b flatBytes) table(table, field int) int {
	at := b.field(table, field)
	if at == 0 {
		panic("no such table")
	}
	return b.follow(at)
}

// list returns the position of the first element and the length of a list of
// offsets that is a field of a table.
func (b flatBytes) list(table, field int) (first, length int, err error) {
	at := b.field(table, field)
	if at == 0 {
		return 0, 0, nil
	}
	at = b.follow(at)
	if length = b.u32(at); length > len(b)/4 {
		return 0, 0, fmt.Errorf("a list of %d elements in a footer of %d bytes", length, len(b))
	}
	return at + 4, length, nil
}

// checkSchema checks Schema.fields and Schema.custom_metadata.
func (b flatBytes) checkSchema(schema int) error {
	if _, _, err := b.list(schema, 2); err != nil {
		return err
	}
	return b.checkFields(schema, 1, 0)
}

// checkFields checks a list of fields, and of each its children and
// custom_metadata. depth is that of the list within other fields.
func (b flatBytes) checkFields(table, list, depth int) error {
	const deepest = 64
	if depth > deepest {
		return errors.New("columns nested too deep")
	}
	first, length, err := b.list(table, list)
	if err != nil {
		return err
	}
	for i := range length {
		field := b.follow(first + 4*i)
		if err := b.checkFields(field, 5, depth+1); err != nil {
			return err
		}
		if _, _, err := b.list(field, 6); err != nil {
			return err
		}
	}
	return nil
}
