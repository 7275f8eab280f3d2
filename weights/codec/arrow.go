package codec

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"

	"cocostat/internal/columnar"
	"cocostat/internal/filekind"
	"cocostat/weights"
)

// decodeArrow reads an Arrow file of one record batch.
func decodeArrow(data []byte) (*weights.Table, error) {
	file, err := openArrow(data)
	if err != nil {
		return nil, err
	}
	return decodeColumns(file, "an Arrow file", 1)
}

// openArrow tells files that are not Arrow from those that end too early, and
// opens the others.
func openArrow(data []byte) (*columnar.Table, error) {
	magic := columnar.ArrowMagic
	switch {
	case !bytes.HasPrefix(data, magic):
		return nil, notA("an Arrow IPC file", data)
	case len(data) < 2*len(magic)+4 || !bytes.HasSuffix(data, magic):
		return nil, fmt.Errorf("the Arrow file is cut off after %d bytes", len(data))
	}
	file, err := columnar.OpenArrow(data)
	if err != nil {
		return nil, damaged(err)
	}
	return file, nil
}

// notA is the error that a file is none of a kind, but something else.
func notA(kind string, data []byte) error {
	if is := filekind.Of(data[:min(len(data), 4096)]); is != "" {
		return fmt.Errorf("not %s, but %s", kind, is)
	}
	return fmt.Errorf("not %s", kind)
}

// decodeParquet reads a Parquet file, whose row groups may be any and whose
// columns may be optional.
func decodeParquet(data []byte) (*weights.Table, error) {
	magic := columnar.ParquetMagic
	switch {
	case !bytes.HasPrefix(data, magic):
		return nil, notA("a Parquet file", data)
	case len(data) < 12 || !bytes.HasSuffix(data, magic):
		return nil, fmt.Errorf("the Parquet file is cut off after %d bytes", len(data))
	}
	file, err := columnar.OpenParquet(data)
	if err != nil {
		return nil, damaged(err)
	}
	return decodeColumns(file, "a Parquet file", 0)
}

// decodeColumns makes the table of an open file of a kind, which must have so
// many batches, or any where batches is 0.
func decodeColumns(file *columnar.Table, kind string, batches int) (*weights.Table, error) {
	text, ok := file.Metadata[weights.MetadataKey]
	if !ok {
		return nil, noMetadata(kind)
	}
	meta, err := decodeMetadata(text)
	if err != nil {
		return nil, err
	}
	if batches > 0 && file.Batches != batches {
		return nil, fmt.Errorf("%d record batches, want %d", file.Batches, batches)
	}
	// What a Row takes beside the columns.
	const each = 144
	if err := file.Budget.Take(int64(file.Rows), each+32*int64(len(meta.Groupings))); err != nil {
		return nil, damaged(err)
	}
	return assemble(columnContent{file}, meta)
}

func damaged(err error) error { return fmt.Errorf("the file is damaged: %w", err) }

// columnContent is an open file of columns.
type columnContent struct{ *columnar.Table }

func (c columnContent) rows() int { return c.Rows }

func (c columnContent) names() []string {
	names := make([]string, len(c.Fields))
	for i, f := range c.Fields {
		names[i] = f.Name
	}
	return names
}

var columnTypes = map[arrow.Type]columnar.Type{arrow.INT32: columnar.Int32, arrow.INT64: columnar.Int64,
	arrow.FLOAT64: columnar.Float64, arrow.STRING: columnar.String}

func (c columnContent) cells(at int, field arrow.Field) (cells, error) {
	f, want := c.Fields[at], columnTypes[field.Type.ID()]
	if f.Type != want {
		return cells{}, fmt.Errorf("column %s has type %s, want %s", field.Name, f.TypeName, c.TypeName(want))
	}
	column, err := c.Column(at)
	if _, sound := errors.AsType[*columnar.UnreadableError](err); sound {
		return cells{}, fmt.Errorf("column %s: %w", field.Name, err)
	}
	if err != nil {
		return cells{}, fmt.Errorf("column %s: %w", field.Name, damaged(err))
	}
	return cells{field, column.Ints, column.Floats, column.Texts, column.Null}, nil
}
