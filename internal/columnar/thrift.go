package columnar

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// thrift reads Thrift's compact protocol. What is wrong is kept in err, after
// which all reads give zero.
type thrift struct {
	b   []byte
	err error
}

// The types of the compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

func (t *thrift) fail(err error) {
	if t.err == nil {
		t.err, t.b = err, nil
	}
}

func (t *thrift) bytes(n uint64) []byte {
	if n > uint64(len(t.b)) {
		t.fail(errors.New("it is cut short"))
		return nil
	}
	out := t.b[:n]
	t.b = t.b[n:]
	return out
}

func (t *thrift) byte() byte {
	if b := t.bytes(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (t *thrift) uvarint() uint64 {
	v, n := binary.Uvarint(t.b)
	if n <= 0 {
		t.fail(errors.New("it is cut short"))
		return 0
	}
	t.b = t.b[n:]
	return v
}

// integer reads a whole number of any width.
func (t *thrift) integer() int64 {
	v := t.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// i32 reads a whole number of 32 bits.
func (t *thrift) i32() int32 {
	v := t.integer()
	if v < math.MinInt32 || v > math.MaxInt32 {
		t.fail(fmt.Errorf("%d does not fit into 32 bits", v))
		return 0
	}
	return int32(v)
}

func (t *thrift) text() string { return string(t.bytes(t.uvarint())) }

// structure reads a struct: field is called for each of its fields, and must
// read it or skip it.
func (t *thrift) structure(field func(id int, kind byte)) {
	id := 0
	for t.err == nil {
		head := t.byte()
		if head == 0 {
			return
		}
		if delta := int(head >> 4); delta != 0 {
			id += delta
		} else {
			id = int(t.integer())
		}
		field(id, head&15)
	}
}

// list reads the head of a list whose elements must be of a kind, and take at
// least a byte each.
func (t *thrift) list(kind byte) (n int) {
	got, length := t.head()
	if t.err == nil && got != kind && length > 0 {
		t.fail(fmt.Errorf("a list of type %d, want %d", got, kind))
		return 0
	}
	return length
}

func (t *thrift) head() (kind byte, n int) {
	head := t.byte()
	length := uint64(head >> 4)
	if length == 15 {
		length = t.uvarint()
	}
	if length > uint64(len(t.b)) {
		t.fail(fmt.Errorf("a list of %d elements in %d bytes", length, len(t.b)))
		return 0, 0
	}
	return head & 15, int(length)
}

// skip reads a value and forgets it.
func (t *thrift) skip(kind byte, depth int) {
	const deepest = 32
	if depth > deepest {
		t.fail(errors.New("nested too deep"))
	}
	if t.err != nil {
		return
	}
	switch kind {
	case thriftTrue, thriftFalse:
	case thriftByte:
		t.byte()
	case thriftI16, thriftI32, thriftI64:
		t.uvarint()
	case thriftDouble:
		t.bytes(8)
	case thriftBinary:
		t.bytes(t.uvarint())
	case thriftList, thriftSet:
		element, n := t.head()
		for i := 0; i < n && t.err == nil; i++ {
			t.skipElement(element, depth+1)
		}
	case thriftMap:
		n := t.uvarint()
		if n == 0 {
			return
		}
		types := t.byte()
		for i := uint64(0); i < n && t.err == nil; i++ {
			t.skipElement(types>>4, depth+1)
			t.skipElement(types&15, depth+1)
		}
	case thriftStruct:
		t.structure(func(_ int, kind byte) { t.skip(kind, depth+1) })
	default:
		t.fail(fmt.Errorf("type %d is unknown", kind))
	}
}

// skipElement skips an element of a list, whose truth values take a byte.
func (t *thrift) skipElement(kind byte, depth int) {
	if kind == thriftTrue || kind == thriftFalse {
		kind = thriftByte
	}
	t.skip(kind, depth)
}
