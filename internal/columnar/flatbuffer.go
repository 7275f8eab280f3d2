package columnar

import (
	"encoding/binary"
	"fmt"
)

// flat is a FlatBuffers buffer. What lies outside of it reads as an error that
// is kept in err; positions and lengths are then 0.
type flat struct {
	b   []byte
	err error
}

func (f *flat) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf(format, args...)
	}
}

// bytes returns n bytes at a position.
func (f *flat) bytes(at, n int) []byte {
	if at < 0 || n < 0 || at > len(f.b) || n > len(f.b)-at {
		f.fail("it points out of itself")
		return make([]byte, min(max(n, 0), 8))
	}
	return f.b[at : at+n]
}

func (f *flat) u16(at int) int { return int(binary.LittleEndian.Uint16(f.bytes(at, 2))) }
func (f *flat) u32(at int) int { return int(binary.LittleEndian.Uint32(f.bytes(at, 4))) }
func (f *flat) i64(at int) int64 {
	return int64(binary.LittleEndian.Uint64(f.bytes(at, 8)))
}

// follow returns the position that the offset at a position refers to.
func (f *flat) follow(at int) int { return at + f.u32(at) }

// field returns where a table's field stands, 0 for an absent one.
func (f *flat) field(table, field int) int {
	vtable := table - int(int32(f.u32(table)))
	if entry := 4 + 2*field; entry+2 <= f.u16(vtable) {
		if offset := f.u16(vtable + entry); offset > 0 {
			return table + offset
		}
	}
	return 0
}

// number returns a field of 1, 2, 4 or 8 bytes, 0 where it is absent.
func (f *flat) number(table, field, width int) int64 {
	at := f.field(table, field)
	if at == 0 {
		return 0
	}
	switch width {
	case 1:
		return int64(f.bytes(at, 1)[0])
	case 2:
		return int64(int16(f.u16(at)))
	case 4:
		return int64(int32(f.u32(at)))
	}
	return f.i64(at)
}

// table returns the position of a table that is a field, 0 for an absent one.
func (f *flat) table(table, field int) int {
	if at := f.field(table, field); at != 0 {
		return f.follow(at)
	}
	return 0
}

// list returns the position of the first element of a list that is a field, and
// its length; its elements of some bytes lie within the buffer.
func (f *flat) list(table, field, width int) (first, length int) {
	at := f.field(table, field)
	if at == 0 {
		return 0, 0
	}
	at = f.follow(at)
	length = f.u32(at)
	if f.err == nil && length > (len(f.b)-at-4)/width {
		f.fail("a list of %d elements in %d bytes", length, len(f.b))
	}
	if f.err != nil {
		return 0, 0
	}
	return at + 4, length
}

// text returns a field of text.
func (f *flat) text(table, field int) string {
	first, length := f.list(table, field, 1)
	return string(f.bytes(first, length))
}
