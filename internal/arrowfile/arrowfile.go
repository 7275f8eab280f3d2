// Package arrowfile writes tables as Arrow IPC or Parquet files: a row after
// the other from Go values, in batches, with JSON metadata in the schema.
package arrowfile

import (
	"encoding/json"
	"errors"
	"io"
	"math"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// MetadataKey is the key of the schema's metadata that holds the JSON.
const MetadataKey = "cocostat"

// BatchRows is the number of rows in a record batch, unless a Table says
// otherwise.
const BatchRows = 1 << 16

// Schema returns a schema whose metadata holds the JSON of metadata.
func Schema(fields []arrow.Field, metadata any) (*arrow.Schema, error) {
	text, err := json.Marshal(metadata)
	if err != nil {
		return nil, err
	}
	m := arrow.NewMetadata([]string{MetadataKey}, []string{string(text)})
	return arrow.NewSchema(fields, &m), nil
}

// Table is a table to be written.
type Table struct {
	Schema *arrow.Schema
	Rows   int
	// Batch is the most rows of a record batch; 0 means BatchRows.
	Batch int
	// Append appends row i to the columns of b.
	Append func(b *array.RecordBuilder, i int)
}

// Writer writes a file, a record batch after the other. Close ends it; what is
// below stays open.
type Writer interface {
	Write(arrow.Record) error
	Close() error
}

// NewWriter returns a writer of an IPC file that is not compressed, to any writer:
// ipc.FileWriter wants a seeker only to learn its position.
func NewWriter(w io.Writer, s *arrow.Schema, mem memory.Allocator) (Writer, error) {
	return ipc.NewFileWriter(&positioned{w: w}, ipc.WithSchema(s), ipc.WithAllocator(mem))
}

// Write writes t as an IPC file as [NewWriter] does, with at least one record batch.
func (t Table) Write(w io.Writer, mem memory.Allocator) error {
	f, err := NewWriter(w, t.Schema, mem)
	if err != nil {
		return err
	}
	return errors.Join(t.batches(mem, f.Write), f.Close())
}

// batches hands the rows over in record batches, at least one, which are valid
// during the call.
func (t Table) batches(mem memory.Allocator, write func(arrow.Record) error) error {
	b := array.NewRecordBuilder(mem, t.Schema)
	defer b.Release()
	batch := t.Batch
	if batch == 0 {
		batch = BatchRows
	}
	for from := 0; from == 0 || from < t.Rows; from += batch {
		to := min(from+batch, t.Rows)
		b.Reserve(to - from)
		for i := from; i < to; i++ {
			t.Append(b, i)
		}
		if err := writeRecord(b, write); err != nil {
			return err
		}
	}
	return nil
}

func writeRecord(b *array.RecordBuilder, write func(arrow.Record) error) error {
	r := b.NewRecord()
	defer r.Release()
	return write(r)
}

// The functions below append a value to a column of the type in their name.

// Int32 appends to an int32 column.
func Int32(b *array.RecordBuilder, column int, v int32) {
	b.Field(column).(*array.Int32Builder).Append(v)
}

// Int64 appends to an int64 column.
func Int64(b *array.RecordBuilder, column int, v int64) {
	b.Field(column).(*array.Int64Builder).Append(v)
}

// Float64 appends to a float64 column.
func Float64(b *array.RecordBuilder, column int, v float64) {
	b.Field(column).(*array.Float64Builder).Append(v)
}

// Float64OrNull appends to a float64 column; a NaN becomes null.
func Float64OrNull(b *array.RecordBuilder, column int, v float64) {
	if math.IsNaN(v) {
		b.Field(column).AppendNull()
	} else {
		Float64(b, column, v)
	}
}

// Int32OrNull appends to an int32 column; 0 becomes null.
func Int32OrNull(b *array.RecordBuilder, column int, v int32) {
	if v == 0 {
		b.Field(column).AppendNull()
	} else {
		Int32(b, column, v)
	}
}

// String appends to a utf8 column.
func String(b *array.RecordBuilder, column int, v string) {
	b.Field(column).(*array.StringBuilder).Append(v)
}

// positioned counts the bytes that it passes on.
type positioned struct {
	w io.Writer
	n int64
}

func (p *positioned) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	p.n += int64(n)
	return n, err
}

func (p *positioned) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, errors.ErrUnsupported
	}
	return p.n, nil
}
