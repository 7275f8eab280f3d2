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

// WriteParquet writes t as a Parquet file, a row group per batch, compressed
// with Snappy, which every reader knows. Columns may be int32, int64, float64
// and utf8, and nullable. The schema's metadata becomes the file's.
//
// It stands on arrow's parquet/file: pqarrow would do the same, and link gRPC
// into the program.
func (t Table) WriteParquet(w io.Writer, mem memory.Allocator) error {
	root, err := parquetSchema(t.Schema)
	if err != nil {
		return err
	}
	props := parquet.NewWriterProperties(parquet.WithAllocator(mem), parquet.WithCompression(compress.Codecs.Snappy),
		parquet.WithVersion(parquet.V2_LATEST), parquet.WithCreatedBy("cocostat"))
	meta := metadata.KeyValueMetadata{}
	for i, key := range t.Schema.Metadata().Keys() {
		if err := meta.Append(key, t.Schema.Metadata().Values()[i]); err != nil {
			return err
		}
	}
	f := file.NewParquetWriter(w, root, file.WithWriterProps(props), file.WithWriteMetadata(meta))
	if err := t.batches(mem, func(r arrow.Record) error { return writeRowGroup(f, r) }); err != nil {
		return err
	}
	return f.Close()
}

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
		_, err = w.WriteBatch(present(column, column.(*array.Int32).Value), levels, nil)
	case *file.Int64ColumnChunkWriter:
		_, err = w.WriteBatch(present(column, column.(*array.Int64).Value), levels, nil)
	case *file.Float64ColumnChunkWriter:
		_, err = w.WriteBatch(present(column, column.(*array.Float64).Value), levels, nil)
	case *file.ByteArrayColumnChunkWriter:
		text := column.(*array.String)
		_, err = w.WriteBatch(present(column, func(i int) parquet.ByteArray { return parquet.ByteArray(text.Value(i)) }), levels, nil)
	}
	return err
}

// present returns the values of a column that are not null.
func present[T any](column arrow.Array, value func(i int) T) []T {
	out := make([]T, 0, column.Len())
	for i := range column.Len() {
		if column.IsValid(i) {
			out = append(out, value(i))
		}
	}
	return out
}
