package arrowfile

import (
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/metadata"
	"github.com/apache/arrow/go/v15/parquet/schema"
)

// WriteParquet writes t as a Parquet file, as [NewParquetWriter] does.
func (t Table) WriteParquet(w io.Writer, mem memory.Allocator) error {
	f, err := NewParquetWriter(w, t.Schema, mem)
	if err != nil {
		return err
	}
	if err := t.batches(mem, f.Write); err != nil {
		return err
	}
	return f.Close()
}

// NewParquetWriter returns a writer of a Parquet file, a row group per batch,
// compressed with Snappy, which every reader knows. Columns may be int32, int64,
// float64 and utf8, and nullable; those that plain names have no dictionary. The
// schema's metadata becomes the file's.
//
// It stands on arrow's parquet/file: pqarrow would do the same, and link gRPC
// into the program.
func NewParquetWriter(w io.Writer, s *arrow.Schema, mem memory.Allocator, plain ...string) (Writer, error) {
	root, err := parquetSchema(s)
	if err != nil {
		return nil, err
	}
	properties := []parquet.WriterProperty{parquet.WithAllocator(mem), parquet.WithCompression(compress.Codecs.Snappy),
		parquet.WithVersion(parquet.V2_LATEST), parquet.WithCreatedBy("cocostat")}
	for _, name := range plain {
		properties = append(properties, parquet.WithDictionaryFor(name, false))
	}
	meta := metadata.KeyValueMetadata{}
	for i, key := range s.Metadata().Keys() {
		if err := meta.Append(key, s.Metadata().Values()[i]); err != nil {
			return nil, err
		}
	}
	return &parquetWriter{file.NewParquetWriter(w, root, file.WithWriterProps(parquet.NewWriterProperties(properties...)), file.WithWriteMetadata(meta))}, nil
}

type parquetWriter struct{ file *file.Writer }

// Write is that of Writer.
func (w *parquetWriter) Write(r arrow.Record) error { return writeRowGroup(w.file, r) }

// Close is that of Writer.
func (w *parquetWriter) Close() error { return w.file.Close() }

func parquetSchema(s *arrow.Schema) (*schema.GroupNode, error) {
	var nodes schema.FieldList
	for _, f := range s.Fields() {
		repetition := parquet.Repetitions.Required
		if f.Nullable {
			repetition = parquet.Repetitions.Optional
		}
		node, err := parquetNode(f, repetition)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, node)
	}
	return schema.NewGroupNode("schema", parquet.Repetitions.Required, nodes, -1)
}

func parquetNode(f arrow.Field, repetition parquet.Repetition) (schema.Node, error) {
	switch f.Type.ID() {
	case arrow.INT32:
		return schema.NewInt32Node(f.Name, repetition, -1), nil
	case arrow.INT64:
		return schema.NewInt64Node(f.Name, repetition, -1), nil
	case arrow.FLOAT64:
		return schema.NewFloat64Node(f.Name, repetition, -1), nil
	case arrow.STRING:
		return schema.NewPrimitiveNodeLogical(f.Name, repetition, schema.StringLogicalType{}, parquet.Types.ByteArray, -1, -1)
	}
	return nil, fmt.Errorf("column %s: type %s has no place in a Parquet table", f.Name, f.Type)
}

// writeRowGroup writes a record as a row group.
func writeRowGroup(f *file.Writer, r arrow.Record) error {
	group := f.AppendRowGroup()
	for i, column := range r.Columns() {
		w, err := group.NextColumn()
		if err != nil {
			return err
		}
		if err := writeColumn(w, column, r.Schema().Field(i).Nullable); err != nil {
			return fmt.Errorf("column %s: %w", r.ColumnName(i), err)
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	return group.Close()
}

// writeColumn writes the values that are not null, and where the column may
// hold nulls, for each row whether there is one: 1, or 0 for null.
func writeColumn(w file.ColumnChunkWriter, column arrow.Array, nullable bool) (err error) {
	var levels []int16
	if nullable {
		levels = make([]int16, column.Len())
		for i := range levels {
			if column.IsValid(i) {
				levels[i] = 1
			}
		}
	}
	switch w := w.(type) {
	case *file.Int32ColumnChunkWriter:
		_, err = w.WriteBatch(present(column, column.(*array.Int32).Int32Values()), levels, nil)
	case *file.Int64ColumnChunkWriter:
		_, err = w.WriteBatch(present(column, column.(*array.Int64).Int64Values()), levels, nil)
	case *file.Float64ColumnChunkWriter:
		_, err = w.WriteBatch(present(column, column.(*array.Float64).Float64Values()), levels, nil)
	case *file.ByteArrayColumnChunkWriter:
		text := column.(*array.String)
		texts := make([]parquet.ByteArray, text.Len())
		for i := range texts {
			texts[i] = parquet.ByteArray(text.Value(i))
		}
		_, err = w.WriteBatch(present(column, texts), levels, nil)
	}
	return err
}

// present returns those of a column's values that are not null.
func present[T any](column arrow.Array, values []T) []T {
	if column.NullN() == 0 {
		return values
	}
	out := make([]T, 0, column.Len()-column.NullN())
	for i, v := range values {
		if column.IsValid(i) {
			out = append(out, v)
		}
	}
	return out
}
