package columnar

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// batch is that of Table.
func (a *arrowFile) batch(i int) (rows int, read func(field int) (Column, error)) {
	one := *a
	one.batches = a.batches[i : i+1]
	one.rows = one.batches[0].rows
	return one.rows, one.column
}

// column reads a column out of all record batches.
func (a *arrowFile) column(at int) (Column, error) {
	var out Column
	before := 0
	for i := range a.batches {
		b := &a.batches[i]
		if err := a.appendBatch(&out, at, b, before); err != nil {
			return Column{}, fmt.Errorf("record batch %d: %w", i, err)
		}
		before += b.rows
	}
	return out, nil
}

// appendBatch appends the values of a column in a record batch, before which
// there are some.
func (a *arrowFile) appendBatch(out *Column, at int, b *arrowBatch, before int) error {
	node, buffer, left := 0, 0, len(b.variadic)
	for _, f := range a.fields[:at] {
		node += f.nodes
		buffer += f.buffers + b.takeVariadic(f.variadic, &left)
	}
	length, nulls := b.message.i64(b.nodes+16*node), b.message.i64(b.nodes+16*node+8)
	if length != int64(b.rows) || nulls < 0 || nulls > length {
		return fmt.Errorf("%d values with %d nulls in %d rows", length, nulls, b.rows)
	}
	valid, err := a.buffer(b, buffer)
	if err != nil {
		return err
	}
	if nulls > 0 || len(valid) > 0 {
		if err := a.nulls(out, b.rows, before, valid, int(nulls)); err != nil {
			return err
		}
	}
	values, err := a.buffer(b, buffer+1)
	if err != nil {
		return err
	}
	kind := a.fields[at].kind
	width := arrowWidths[kind]
	need := b.rows * width
	if (kind == String || kind == LargeString) && b.rows > 0 {
		need += width
	}
	if kind == Bool {
		need = (b.rows + 7) / 8
	}
	if len(values) < need {
		return fmt.Errorf("%d bytes of %d values", len(values), b.rows)
	}
	if err := out.reserve(a.budget, kind, a.rows-before); err != nil {
		return err
	}
	switch kind {
	case Float64:
		for i := range b.rows {
			out.Floats = append(out.Floats, math.Float64frombits(binary.LittleEndian.Uint64(values[8*i:])))
		}
	case Float32:
		for i := range b.rows {
			out.Floats = append(out.Floats, float64(math.Float32frombits(binary.LittleEndian.Uint32(values[4*i:]))))
		}
	case Bool:
		appendBits(out, b.rows, values)
	case String, LargeString:
		data, err := a.buffer(b, buffer+2)
		if err != nil {
			return err
		}
		return a.texts(out, b.rows, width, values, data)
	case StringView:
		return a.views(out, b, buffer+2, b.buffersOfView(left), values)
	default:
		return appendInts(out, kind, b.rows, width, values)
	}
	return nil
}

// arrowWidths are how many bytes a value takes, or a text's offset or view.
var arrowWidths = map[Type]int{Int8: 1, Uint8: 1, Int16: 2, Uint16: 2, Int32: 4, Uint32: 4, Int64: 8, Uint64: 8, Float64: 8, Float32: 4,
	String: 4, LargeString: 8, StringView: 16}

// appendBits appends n bits as 0 and 1.
func appendBits(out *Column, n int, values []byte) {
	for i := range n {
		out.Ints = append(out.Ints, int64(values[i/8]>>(i%8)&1))
	}
}

// appendInts appends n whole numbers of some bytes.
func appendInts(out *Column, kind Type, n, width int, values []byte) error {
	signed := kind == Int8 || kind == Int16 || kind == Int32 || kind == Int64
	for i := range n {
		var raw [8]byte
		copy(raw[:], values[i*width:(i+1)*width])
		v := int64(binary.LittleEndian.Uint64(raw[:]))
		unused := 64 - 8*width
		switch {
		case signed:
			v = v << unused >> unused
		case v < 0:
			return fmt.Errorf("value %d is %d, beyond 64 bits with a sign", i, uint64(v))
		}
		out.Ints = append(out.Ints, v)
	}
	return nil
}

// texts appends n texts: text i is data[offsets[i]:offsets[i+1]]. Offsets have
// 4 or 8 bytes.
func (a *arrowFile) texts(out *Column, n, width int, offsets, data []byte) error {
	if err := a.budget.Take(int64(len(data)), 1); err != nil {
		return err
	}
	all := string(data)
	offset := func(i int) uint64 {
		if width == 8 {
			return binary.LittleEndian.Uint64(offsets[8*i:])
		}
		return uint64(binary.LittleEndian.Uint32(offsets[4*i:]))
	}
	for i := range n {
		from, to := offset(i), offset(i+1)
		if from > to || to > uint64(len(all)) {
			return fmt.Errorf("text %d lies at bytes %d to %d of %d", i, from, to, len(all))
		}
		out.Texts = append(out.Texts, all[from:to])
	}
	return nil
}

// buffersOfView returns how many buffers the next column of any number of
// buffers has; left is how many such columns are left.
func (b *arrowBatch) buffersOfView(left int) int { return b.takeVariadic(1, &left) }

// views appends the texts of views of 16 bytes: the length and the text itself,
// of up to 12 bytes, or its first four, its buffer, and where it begins there.
func (a *arrowFile) views(out *Column, b *arrowBatch, first, buffers int, views []byte) error {
	data := make([][]byte, buffers)
	for i := range data {
		var err error
		if data[i], err = a.buffer(b, first+i); err != nil {
			return err
		}
	}
	for i := range b.rows {
		view := views[16*i : 16*i+16]
		length := int(binary.LittleEndian.Uint32(view))
		text := view[4:]
		if length > len(text) {
			at, from := int(binary.LittleEndian.Uint32(view[8:])), int(binary.LittleEndian.Uint32(view[12:]))
			if at >= buffers || from > len(data[at]) || length > len(data[at])-from {
				return fmt.Errorf("text %d, of %d bytes, lies outside of its buffer", i, length)
			}
			text = data[at][from:]
		}
		if err := a.budget.Take(int64(length), 1); err != nil {
			return err
		}
		out.Texts = append(out.Texts, string(text[:length]))
	}
	return nil
}

// nulls reads a bitmap of the values that are not null.
func (a *arrowFile) nulls(out *Column, n, before int, valid []byte, nulls int) error {
	if len(valid) < (n+7)/8 {
		return fmt.Errorf("a bitmap of %d bytes for %d values", len(valid), n)
	}
	present := 0
	for i := range n / 8 {
		present += bits.OnesCount8(valid[i])
	}
	for i := n / 8 * 8; i < n; i++ {
		present += int(valid[i/8] >> (i % 8) & 1)
	}
	if n-present != nulls {
		return fmt.Errorf("%d nulls, want %d", n-present, nulls)
	}
	if nulls == 0 {
		return nil
	}
	return out.setNull(a.budget, a.rows, before, n, func(i int) bool { return valid[i/8]>>(i%8)&1 == 0 })
}

// buffer returns the content of a buffer, decompressed.
func (a *arrowFile) buffer(b *arrowBatch, i int) ([]byte, error) {
	offset, length := b.message.i64(b.buffers+16*i), b.message.i64(b.buffers+16*i+8)
	if b.message.err != nil {
		return nil, b.message.err
	}
	if length == 0 {
		return nil, nil
	}
	raw := b.body[offset : offset+length]
	if b.codec == arrowPlain {
		return raw, nil
	}
	if len(raw) < 8 {
		return nil, errors.New("a compressed buffer without a length")
	}
	size := int64(binary.LittleEndian.Uint64(raw))
	if raw = raw[8:]; size == -1 { // not compressed
		return raw, nil
	}
	codec, known := map[int]string{arrowLZ4: codecLZ4Frame, arrowZstd: codecZstd}[b.codec]
	if !known {
		return nil, fmt.Errorf("compression %d is unknown", b.codec)
	}
	return decompress(a.budget, codec, raw, size)
}
