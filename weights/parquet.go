package weights

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/file"
)

var parquetMagic = []byte("PAR1")

// encodeParquet writes a Parquet file of one row group.
func (t *Table) encodeParquet(w io.Writer, mem memory.Allocator) error {
	out, err := t.arrowTable()
	if err != nil {
		return err
	}
	return out.WriteParquet(w, mem)
}

// maxClasses is the most rows that a Parquet file may claim: its encodings
// make many rows of few bytes, so that its size is no limit.
const maxClasses = 1 << 20

// decodeParquet reads a Parquet file, whose row groups may be any and whose
// columns may be optional. Panics of the reader become errors.
func decodeParquet(data []byte, mem memory.Allocator) (t *Table, err error) {
	switch {
	case !bytes.HasPrefix(data, parquetMagic):
		return nil, errors.New("not a Parquet file")
	case len(data) < 12 || !bytes.HasSuffix(data, parquetMagic):
		return nil, fmt.Errorf("the Parquet file is cut off after %d bytes", len(data))
	}
	defer damaged(&t, &err)
	f, err := file.NewParquetReader(bytes.NewReader(data), file.WithReadProps(parquet.NewReaderProperties(limited{mem})))
	if err != nil {
		return nil, fmt.Errorf("the file is damaged: %w", err)
	}
	defer f.Close()
	if n := f.NumRows(); n < 0 || n > maxClasses {
		return nil, fmt.Errorf("%d rows are more than the %d classes that a file may have", n, maxClasses)
	}
	text := f.MetaData().KeyValueMetadata().FindValue(MetadataKey)
	if text == nil {
		return nil, noMetadata("a Parquet file")
	}
	meta, err := decodeMetadata(*text)
	if err != nil {
		return nil, err
	}
	return assemble(parquetContent{f}, meta)
}

// parquetContent is an open Parquet file.
type parquetContent struct{ *file.Reader }

func (c parquetContent) names() []string {
	s := c.MetaData().Schema
	names := make([]string, s.NumColumns())
	for i := range names {
		names[i] = s.Column(i).Path()
	}
	return names
}

func (c parquetContent) rows() int { return int(c.NumRows()) }

func (c parquetContent) cells(at int, field arrow.Field) (cells, error) {
	out := cells{field: field}
	d := c.MetaData().Schema.Column(at)
	want := map[arrow.Type]parquet.Type{arrow.INT32: parquet.Types.Int32, arrow.INT64: parquet.Types.Int64,
		arrow.FLOAT64: parquet.Types.Double, arrow.STRING: parquet.Types.ByteArray}[field.Type.ID()]
	if d.PhysicalType() != want || d.MaxRepetitionLevel() > 0 || d.MaxDefinitionLevel() > 1 {
		return cells{}, fmt.Errorf("column %s has type %v, want %v", field.Name, d.PhysicalType(), want)
	}
	for g := range c.NumRowGroups() {
		group := c.RowGroup(g)
		if err := checkCompression(group, at); err != nil {
			return cells{}, fmt.Errorf("column %s: %w", field.Name, err)
		}
		column, err := group.Column(at)
		if err != nil {
			return cells{}, fmt.Errorf("column %s: the file is damaged: %w", field.Name, err)
		}
		before := len(out.null)
		switch r := column.(type) {
		case *file.Int32ColumnChunkReader:
			err = readChunk(r, group.NumRows(), &out, func(v int32) { out.ints = append(out.ints, int64(v)) })
		case *file.Int64ColumnChunkReader:
			err = readChunk(r, group.NumRows(), &out, func(v int64) { out.ints = append(out.ints, v) })
		case *file.Float64ColumnChunkReader:
			err = readChunk(r, group.NumRows(), &out, func(v float64) { out.floats = append(out.floats, v) })
		case *file.ByteArrayColumnChunkReader:
			err = readChunk(r, group.NumRows(), &out, func(v parquet.ByteArray) { out.texts = append(out.texts, string(v)) })
		}
		if err == nil && int64(len(out.null)-before) != group.NumRows() {
			err = fmt.Errorf("%d values in a row group of %d", len(out.null)-before, group.NumRows())
		}
		if err != nil {
			return cells{}, fmt.Errorf("column %s: the file is damaged: %w", field.Name, err)
		}
	}
	if len(out.null) != c.rows() {
		return cells{}, fmt.Errorf("column %s: the file is damaged: %d values in %d rows", field.Name, len(out.null), c.rows())
	}
	return out, nil
}

// checkCompression refuses compressions that the reader of Parquet lacks.
func checkCompression(group *file.RowGroupReader, at int) error {
	chunk, err := group.MetaData().ColumnChunk(at)
	if err != nil {
		return fmt.Errorf("the file is damaged: %w", err)
	}
	if _, err := compress.GetCodec(chunk.Compression()); err != nil {
		return fmt.Errorf("compressed with %v, which is not read: write it with Snappy, Zstandard or gzip", chunk.Compression())
	}
	return nil
}

// readChunk reads the column of a row group of some rows and adds to out which values are
// null; add gets all values, zero for a null one.
func readChunk[T any](r interface {
	file.ColumnChunkReader
	ReadBatch(n int64, values []T, definition, repetition []int16) (int64, int, error)
}, rows int64, out *cells, add func(T)) error {
	const most = 4096
	batch := min(rows, most)
	values, levels := make([]T, batch), make([]int16, batch)
	optional := r.Descriptor().MaxDefinitionLevel() > 0
	for r.HasNext() {
		n, present, err := r.ReadBatch(batch, values, levels, nil)
		if err != nil {
			return err
		}
		if n == 0 || len(out.null)+int(n) > maxClasses {
			return fmt.Errorf("%d values after %d", n, len(out.null))
		}
		next := 0
		for i := range int(n) {
			null := optional && levels[i] == 0
			out.null = append(out.null, null)
			var v T
			if !null {
				if next == present {
					return errors.New("fewer values than rows")
				}
				v, next = values[next], next+1
			}
			add(v)
		}
	}
	return r.Err()
}
