package columnar

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ArrowMagic begins and ends an Arrow IPC file.
var ArrowMagic = []byte("ARROW1")

// arrowFile is an Arrow IPC file whose footer was read.
type arrowFile struct {
	data    []byte
	fields  []arrowField // of the first level
	batches []arrowBatch
	rows    int
	budget  *Budget
}

// arrowField is what a column takes of the nodes and buffers of a record batch.
type arrowField struct {
	kind     Type
	nodes    int
	buffers  int
	variadic int // columns within it that have any number of buffers more
}

// OpenArrow reads the footer of an Arrow IPC file and checks where its record
// batches lie.
func OpenArrow(data []byte) (*Table, error) {
	const before = 8 // the magic and padding
	if len(data) < before+len(ArrowMagic)+4 || !bytes.HasPrefix(data, ArrowMagic) || !bytes.HasSuffix(data, ArrowMagic) {
		return nil, errors.New("it does not begin and end as an Arrow file")
	}
	end := len(data) - len(ArrowMagic) - 4
	length := int64(binary.LittleEndian.Uint32(data[end:]))
	if length < 4 || length > int64(end-before) {
		return nil, fmt.Errorf("a footer of %d bytes in a file of %d", length, len(data))
	}
	from := end - int(length)
	a := &arrowFile{data: data[:from], budget: NewBudget(len(data))}
	t := &Table{Budget: a.budget, Metadata: map[string]string{}, read: a.column,
		names: arrowTypeNames, batch: a.batch}
	footer := &flat{b: data[from:end]}
	root := footer.follow(0)
	a.schema(footer, footer.table(root, 1), t)
	blocks := a.blocks(footer, root)
	if footer.err != nil {
		return nil, fmt.Errorf("the footer: %w", footer.err)
	}
	for i, block := range blocks {
		if err := a.add(block); err != nil {
			return nil, fmt.Errorf("record batch %d: %w", i, err)
		}
	}
	t.Rows, t.Batches = a.rows, len(a.batches)
	return t, nil
}

var arrowTypeNames = map[Type]string{Int32: "int32", Int64: "int64", Float64: "float64", String: "utf8"}

// add opens a record batch.
func (a *arrowFile) add(b block) error {
	// What a batch takes here.
	const each = 128
	if err := a.budget.Take(1, each); err != nil {
		return err
	}
	batch, err := a.open(b)
	if err != nil {
		return err
	}
	if batch.rows > math.MaxInt32-a.rows {
		return errors.New("too many rows")
	}
	a.batches = append(a.batches, batch)
	a.rows += batch.rows
	return nil
}

// schema reads the columns and the metadata.
func (a *arrowFile) schema(f *flat, schema int, t *Table) {
	if schema == 0 {
		f.fail("it has no schema")
		return
	}
	if f.number(schema, 0, 2) != 0 {
		f.fail("big-endian numbers, which are not read")
	}
	// What a field and a pair of metadata take here.
	const each = 128
	first, n := f.list(schema, 1, 4)
	pair, pairs := f.list(schema, 2, 4)
	if err := a.budget.Take(int64(n)+int64(pairs), each); err != nil {
		f.fail("%w", err)
	}
	if n > mostFields {
		f.fail("%w", errFields)
	}
	visits := len(f.b)
	for i := 0; i < n && f.err == nil; i++ {
		at := f.follow(first + 4*i)
		field := Field{Name: a.text(f, at, 0)}
		var layout arrowField
		field.Type, field.TypeName = arrowType(f, at)
		layout.kind = field.Type
		layout.take(f, at, 0, &visits)
		t.Fields = append(t.Fields, field)
		a.fields = append(a.fields, layout)
	}
	for i := 0; i < pairs && f.err == nil; i++ {
		at := f.follow(pair + 4*i)
		if key := a.text(f, at, 0); f.err == nil {
			if _, has := t.Metadata[key]; !has {
				t.Metadata[key] = a.text(f, at, 1)
			}
		}
	}
}

// text reads a text, which may stand for several fields, within the budget.
func (a *arrowFile) text(f *flat, table, field int) string {
	if _, n := f.list(table, field, 1); a.budget.Take(int64(n), 1) != nil {
		f.fail("%w", errBudget)
		return ""
	}
	return f.text(table, field)
}

// arrowNames are the names of the types by their number in Schema.fbs.
var arrowNames = [...]string{"none", "null", "int", "float", "binary", "utf8", "bool", "decimal", "date", "time", "timestamp", "interval",
	"list", "struct", "union", "fixed_size_binary", "fixed_size_list", "map", "duration", "large_binary", "large_utf8", "large_list",
	"run_end_encoded", "binary_view", "utf8_view", "list_view", "large_list_view"}

// The numbers of types with a layout of their own.
const (
	arrowNull          = 1
	arrowInt           = 2
	arrowFloat         = 3
	arrowBool          = 6
	arrowBinary        = 4
	arrowUtf8          = 5
	arrowList          = 12
	arrowStruct        = 13
	arrowUnion         = 14
	arrowFixedSizeList = 16
	arrowMap           = 17
	arrowLargeBinary   = 19
	arrowLargeUtf8     = 20
	arrowLargeList     = 21
	arrowRunEnds       = 22
	arrowBinaryView    = 23
	arrowUtf8View      = 24
	arrowListView      = 25
	arrowLargeListView = 26
)

func arrowType(f *flat, field int) (Type, string) {
	number, of := f.number(field, 2, 1), f.table(field, 3)
	name := "unknown"
	if number < int64(len(arrowNames)) {
		name = arrowNames[number]
	}
	if f.field(field, 4) != 0 {
		return Other, "dictionary"
	}
	switch {
	case number == arrowUtf8:
		return String, name
	case number == arrowLargeUtf8:
		return LargeString, name
	case number == arrowUtf8View:
		return StringView, name
	case number == arrowInt && of != 0:
		width := f.number(of, 0, 4)
		if f.number(of, 1, 1) == 0 {
			return map[int64]Type{8: Uint8, 16: Uint16, 32: Uint32, 64: Uint64}[width], fmt.Sprintf("uint%d", width)
		}
		return map[int64]Type{8: Int8, 16: Int16, 32: Int32, 64: Int64}[width], fmt.Sprintf("int%d", width)
	case number == arrowFloat && of != 0:
		precision := f.number(of, 0, 2)
		if precision == 2 {
			return Float64, "float64"
		}
		return map[int64]Type{1: Float32}[precision], map[int64]string{0: "float16", 1: "float32"}[precision]
	case number == arrowBool:
		return Bool, name
	}
	return Other, name
}

// take adds what a field and those within it take. visits is how many fields may
// still be looked at: lists may share elements.
func (a *arrowField) take(f *flat, field, depth int, visits *int) {
	const deepest = 64
	if *visits--; depth > deepest || *visits < 0 {
		f.fail("columns nested too deep")
	}
	if f.err != nil {
		return
	}
	number := f.number(field, 2, 1)
	first, children := f.list(field, 5, 4)
	a.nodes++
	switch {
	case f.field(field, 4) != 0: // dictionary: indices
		a.buffers += 2
		return
	case number == arrowNull, number == arrowRunEnds:
	case number == arrowStruct, number == arrowFixedSizeList:
		a.buffers++
	case number == arrowUnion:
		a.buffers++
		if of := f.table(field, 3); of != 0 && f.number(of, 0, 2) == 1 { // dense
			a.buffers++
		}
	case number == arrowUtf8View, number == arrowBinaryView:
		a.buffers += 2
		a.variadic++
	case number == arrowBinary, number == arrowUtf8, number == arrowLargeBinary, number == arrowLargeUtf8,
		number == arrowListView, number == arrowLargeListView:
		a.buffers += 3
	default: // list, map, and numbers of a fixed width
		a.buffers += 2
	}
	for i := 0; i < children && f.err == nil; i++ {
		a.take(f, f.follow(first+4*i), depth+1, visits)
	}
}

// block is where a record batch lies.
type block struct{ offset, metadata, body int64 }

// blocks reads where the record batches lie, which must be one after the other.
func (a *arrowFile) blocks(f *flat, root int) []block {
	const width = 24
	first, n := f.list(root, 3, width)
	out := make([]block, 0, n)
	end := int64(8)
	for i := range n {
		at := first + i*width
		b := block{f.i64(at), int64(int32(f.u32(at + 8))), f.i64(at + 16)}
		file := int64(len(a.data))
		if b.offset < end || b.offset > file || b.metadata < 8 || b.metadata > file-b.offset || b.body < 0 || b.body > file-b.offset-b.metadata {
			f.fail("record batch %d at byte %d, of %d and %d bytes, is not in its place in the file", i, b.offset, b.metadata, b.body)
			return nil
		}
		end = b.offset + b.metadata + b.body
		out = append(out, b)
	}
	return out
}

// arrowBatch is a record batch whose message was read.
type arrowBatch struct {
	rows     int
	message  *flat
	nodes    int // position of the first
	buffers  int
	body     []byte
	codec    int // arrowPlain, arrowLZ4 or arrowZstd
	variadic []int
}

const (
	arrowPlain = iota - 1
	arrowLZ4
	arrowZstd
)

// open reads the message of a record batch and checks that its buffers lie in
// its body one after the other, and are as many as the columns need.
func (a *arrowFile) open(b block) (arrowBatch, error) {
	head := a.data[b.offset : b.offset+b.metadata]
	prefix := 4 // the length alone, before format 0.15
	if binary.LittleEndian.Uint32(head) == math.MaxUint32 {
		prefix = 8
	}
	if n := int64(binary.LittleEndian.Uint32(head[prefix-4:])); n != b.metadata-int64(prefix) {
		return arrowBatch{}, fmt.Errorf("a message of %d bytes, want %d", n, b.metadata-int64(prefix))
	}
	m := &flat{b: head[prefix:]}
	root := m.follow(0)
	if kind := m.number(root, 1, 1); m.err == nil && kind != messageBatch {
		return arrowBatch{}, fmt.Errorf("a message of kind %d", kind)
	}
	if body := m.number(root, 3, 8); m.err == nil && body != b.body {
		return arrowBatch{}, fmt.Errorf("a body of %d bytes, want %d", body, b.body)
	}
	header := m.table(root, 2)
	if header == 0 {
		return arrowBatch{}, errors.New("a message without content")
	}
	start := b.offset + b.metadata
	out := arrowBatch{message: m, body: a.data[start : start+b.body], codec: arrowPlain}
	rows := m.number(header, 0, 8)
	if rows < 0 || rows > math.MaxInt32 {
		return arrowBatch{}, fmt.Errorf("%d rows", rows)
	}
	out.rows = int(rows)
	var nodes, buffers int
	out.nodes, nodes = m.list(header, 1, 16)
	out.buffers, buffers = m.list(header, 2, 16)
	if compression := m.table(header, 3); compression != 0 {
		out.codec = int(m.number(compression, 0, 1))
	}
	variadic, n := m.list(header, 4, 8)
	for i := range n {
		count := m.i64(variadic + 8*i)
		if count < 0 || count > int64(buffers) {
			return arrowBatch{}, fmt.Errorf("%d buffers of a column in %d", count, buffers)
		}
		out.variadic = append(out.variadic, int(count))
	}
	for _, f := range a.fields {
		nodes -= f.nodes
		buffers -= f.buffers + out.takeVariadic(f.variadic, &n)
	}
	if m.err == nil && (nodes != 0 || buffers != 0) {
		return arrowBatch{}, errors.New("other numbers of columns than the schema")
	}
	if err := out.checkBuffers(); err != nil {
		return arrowBatch{}, err
	}
	return out, m.err
}

// takeVariadic returns how many buffers the next columns of any number of
// buffers have; left is how many such columns are left.
func (b *arrowBatch) takeVariadic(columns int, left *int) (buffers int) {
	for range columns {
		if *left > 0 {
			buffers += b.variadic[len(b.variadic)-*left]
			*left--
		}
	}
	return buffers
}

// checkBuffers checks that the buffers that are not empty follow each other in
// the body.
func (b *arrowBatch) checkBuffers() error {
	_, n := b.message.list(b.message.table(b.message.follow(0), 2), 2, 16)
	end := int64(0)
	for i := range n {
		offset, length := b.message.i64(b.buffers+16*i), b.message.i64(b.buffers+16*i+8)
		if length == 0 {
			continue
		}
		if length < 0 || offset < end || offset > int64(len(b.body)) || length > int64(len(b.body))-offset {
			return fmt.Errorf("buffer %d at byte %d, of %d bytes, is not in its place in the body of %d", i, offset, length, len(b.body))
		}
		end = offset + length
	}
	return nil
}
