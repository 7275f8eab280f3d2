package weights

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// decode reads an Arrow file. Arrow's reader panics on some damaged files;
// what it may ask of memory is limited, and its panics become errors.
func decode(r ipc.ReadAtSeeker, mem memory.Allocator) (t *Table, err error) {
	size, err := checkMagic(r)
	if err != nil {
		return nil, err
	}
	if err := checkFooter(r, size); err != nil {
		return nil, fmt.Errorf("the file is damaged: %w", err)
	}
	defer damaged(&t, &err)
	file, err := ipc.NewFileReader(r, ipc.WithAllocator(limited{mem}))
	if err != nil {
		return nil, fmt.Errorf("the file is damaged: %w", err)
	}
	defer file.Close()
	text, ok := file.Schema().Metadata().GetValue(MetadataKey)
	if !ok {
		return nil, noMetadata("an Arrow file")
	}
	meta, err := decodeMetadata(text)
	if err != nil {
		return nil, err
	}
	if n := file.NumRecords(); n != 1 {
		return nil, fmt.Errorf("%d record batches, want 1", n)
	}
	record, err := file.Record(0)
	if err != nil {
		return nil, fmt.Errorf("the file is damaged: %w", err)
	}
	return assemble(arrowContent{record}, meta)
}

// damaged turns the panic of a decoder into an error.
func damaged(t **Table, err *error) {
	if cause := recover(); cause != nil {
		*t, *err = nil, fmt.Errorf("the file is damaged: %v", cause)
	}
}

// checkMagic tells files that are not Arrow from those that end too early, and
// returns the size.
func checkMagic(r ipc.ReadAtSeeker) (int64, error) {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	head, tail := make([]byte, len(ipc.Magic)), make([]byte, len(ipc.Magic))
	if n, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return 0, err
	} else if !bytes.Equal(head[:n], ipc.Magic) {
		return 0, errors.New("not an Arrow IPC file")
	}
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return 0, err
	}
	if size < int64(2*len(tail)+4) || !bytes.Equal(tail, ipc.Magic) {
		return 0, fmt.Errorf("the Arrow file is cut off after %d bytes", size)
	}
	return size, nil
}

// arrowContent is the record batch of an Arrow file.
type arrowContent struct{ arrow.Record }

func (c arrowContent) names() []string { return fieldNames(c.Schema()) }

func fieldNames(schema *arrow.Schema) []string {
	names := make([]string, schema.NumFields())
	for i := range names {
		names[i] = schema.Field(i).Name
	}
	return names
}

func (c arrowContent) rows() int { return int(c.NumRows()) }

// cells copies a column out of Arrow's memory.
func (c arrowContent) cells(at int, field arrow.Field) (cells, error) {
	if err := checkType(c.Schema(), at, field); err != nil {
		return cells{}, err
	}
	out := cells{field: field}
	column := c.Column(at)
	for i := range column.Len() {
		out.null = append(out.null, column.IsNull(i))
		switch column := column.(type) {
		case *array.Int32:
			out.ints = append(out.ints, int64(column.Value(i)))
		case *array.Int64:
			out.ints = append(out.ints, column.Value(i))
		case *array.Float64:
			out.floats = append(out.floats, column.Value(i))
		case *array.String:
			out.texts = append(out.texts, text(column, i))
		}
	}
	return out, nil
}

func checkType(schema *arrow.Schema, at int, want arrow.Field) error {
	if got := schema.Field(at).Type; !arrow.TypeEqual(got, want.Type) {
		return fmt.Errorf("column %s has type %v, want %v", want.Name, got, want.Type)
	}
	return nil
}

// findColumns returns where each of the wanted columns stands in the file.
func findColumns(schema *arrow.Schema, fields []arrow.Field) (at []int, err error) {
	names := fieldNames(schema)
	at = make([]int, len(fields))
	for i, want := range fields {
		if at[i], err = find(names, want.Name); err != nil {
			return nil, err
		}
		if err := checkType(schema, at[i], want); err != nil {
			return nil, err
		}
	}
	return at, nil
}

// text copies a string out of the column's memory.
func text(column arrow.Array, i int) string { return strings.Clone(column.(*array.String).Value(i)) }

// checkColumn checks a column of Arrow's as cells.check does.
func checkColumn(field arrow.Field, column arrow.Array) error {
	for i := range column.Len() {
		if column.IsNull(i) {
			if field.Nullable {
				continue
			}
			return fmt.Errorf("column %s, row %d: null", field.Name, i)
		}
		switch c := column.(type) {
		case *array.Float64:
			if math.IsNaN(c.Value(i)) {
				return fmt.Errorf("column %s, row %d: NaN", field.Name, i)
			}
		case *array.String:
			if !utf8.ValidString(c.Value(i)) {
				return fmt.Errorf("column %s, row %d: not UTF-8", field.Name, i)
			}
		}
	}
	return nil
}

// limited refuses the huge allocations that a damaged length asks for. Ten
// columns of a million classes stay far below the limit.
type limited struct{ memory.Allocator }

const allocationLimit = 1 << 28

func (l limited) Allocate(size int) []byte {
	checkSize(size)
	return l.Allocator.Allocate(size)
}

func (l limited) Reallocate(size int, b []byte) []byte {
	checkSize(size)
	return l.Allocator.Reallocate(size, b)
}

func checkSize(size int) {
	if size < 0 || size > allocationLimit {
		panic(fmt.Sprintf("a buffer of %d bytes", size))
	}
}
