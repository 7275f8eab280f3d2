package columnar

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The kinds of messages, by their number in Message.fbs.
const (
	messageSchema     = 1
	messageDictionary = 2
	messageBatch      = 3
)

// LooksLikeArrowStream reports whether a file begins as an Arrow IPC stream: with
// the mark of a message, its length, and a schema.
func LooksLikeArrowStream(head []byte) bool {
	return len(head) >= 16 && binary.LittleEndian.Uint32(head) == math.MaxUint32 && binary.LittleEndian.Uint32(head[4:])%8 == 0
}

// OpenArrowStream reads the messages of an Arrow IPC stream, of format 0.15 or
// later.
func OpenArrowStream(data []byte) (*Table, error) {
	a := &arrowFile{data: data, budget: NewBudget(len(data))}
	t := &Table{Budget: a.budget, Metadata: map[string]string{}, read: a.column, names: arrowTypeNames, batch: a.batch}
	for at, n := int64(0), 0; ; n++ {
		b, kind, message, err := a.message(at)
		if err != nil {
			return nil, fmt.Errorf("message %d at byte %d: %w", n, at, err)
		}
		if kind == 0 {
			break // the end
		}
		switch {
		case (n == 0) != (kind == messageSchema):
			return nil, fmt.Errorf("message %d at byte %d: the schema must come first, and once", n, at)
		case kind == messageSchema:
			a.schema(message, message.table(message.follow(0), 2), t)
			err = message.err
		case kind == messageBatch:
			err = a.add(b)
		case kind != messageDictionary:
			err = fmt.Errorf("a message of kind %d", kind)
		}
		if err != nil {
			return nil, fmt.Errorf("message %d at byte %d: %w", n, at, err)
		}
		at = b.offset + b.metadata + b.body
	}
	t.Rows, t.Batches = a.rows, len(a.batches)
	return t, nil
}

// message reads a message's prefix and header at a byte; kind is 0 at the end of
// the stream, which may also be that of the file.
func (a *arrowFile) message(at int64) (b block, kind int64, m *flat, err error) {
	rest := a.data[at:]
	if len(rest) == 0 && at > 0 {
		return b, 0, nil, nil
	}
	if len(rest) < 8 || binary.LittleEndian.Uint32(rest) != math.MaxUint32 {
		return b, 0, nil, errors.New("no message of format 0.15 or later begins there: the stream is cut off or older")
	}
	length := int64(binary.LittleEndian.Uint32(rest[4:]))
	if length == 0 {
		return b, 0, nil, nil
	}
	if length > int64(len(rest))-8 {
		return b, 0, nil, fmt.Errorf("it is cut off: a message of %d bytes in %d", length, len(rest)-8)
	}
	m = &flat{b: rest[8 : 8+length]}
	root := m.follow(0)
	kind = m.number(root, 1, 1)
	b = block{at, 8 + length, m.number(root, 3, 8)}
	switch {
	case m.err != nil:
		return b, 0, nil, m.err
	case b.body < 0 || b.body > int64(len(rest))-8-length:
		return b, 0, nil, fmt.Errorf("it is cut off: a body of %d bytes in %d", b.body, int64(len(rest))-8-length)
	case kind == 0:
		return b, 0, nil, errors.New("a message without content")
	}
	return b, kind, m, nil
}
