package classcounts

import (
	"bytes"
	"fmt"
	"strconv"

	"cocostat/internal/columnar"
)

// columnsGrid reads the columns that matter of an Arrow or Parquet file.
func columnsGrid(data []byte) (*grid, error) {
	open, what := opener(data)
	t, err := open(data)
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: %w; write it again", what, err)
	}
	if t.Rows > MaxClasses {
		return nil, errClasses
	}
	g := &grid{places: make([]string, t.Rows)}
	for i := range g.places {
		g.places[i] = fmt.Sprintf("row %d", i+1)
	}
	for i, f := range t.Fields {
		cells, err := columnCells(t, i)
		if err != nil {
			return nil, fmt.Errorf("%s: column %q: %w", what, f.Name, err)
		}
		g.field(f.Name, cells)
	}
	return g, nil
}

// opener returns what opens a file, and what that is.
func opener(data []byte) (open func([]byte) (*columnar.Table, error), what string) {
	switch {
	case bytes.HasPrefix(data, columnar.ArrowMagic):
		return columnar.OpenArrow, "the Arrow file"
	case bytes.HasPrefix(data, columnar.ParquetMagic):
		return columnar.OpenParquet, "the Parquet file"
	}
	return columnar.OpenArrowStream, "the Arrow stream"
}

// Metadata returns a value of the metadata of an Arrow or Parquet file, "" where
// it has none.
func Metadata(data []byte, key string) string {
	open, _ := opener(data)
	t, err := open(data)
	if err != nil {
		return ""
	}
	return t.Metadata[key]
}

// columnCells reads a column; one that has no role stays empty.
func columnCells(t *columnar.Table, at int) ([]cell, error) {
	f := t.Fields[at]
	if !hasRole(f.Name) {
		return nil, nil
	}
	if f.Type == columnar.Other || f.Type == columnar.Bool || f.Type == columnar.Float32 || f.Meaning != "" && f.Meaning != columnar.Unsigned {
		name := f.TypeName
		if f.Meaning != "" {
			name = f.Meaning
		}
		return nil, fmt.Errorf("its type, %s, is not read: write whole numbers as 64-bit integers (CAST(… AS BIGINT)) and names as plain text, not as a dictionary", name)
	}
	// What a cell takes.
	const each = 24
	if err := t.Budget.Take(int64(t.Rows), each); err != nil {
		return nil, err
	}
	column, err := t.Column(at)
	if err != nil {
		return nil, err
	}
	cells := make([]cell, t.Rows)
	for i := range cells {
		switch {
		case column.Null != nil && column.Null[i]:
			cells[i].missing = true
		case f.Type.IsText():
			cells[i] = cell{text: column.Texts[i], isText: true}
		case f.Type == columnar.Float64:
			cells[i].text = strconv.FormatFloat(column.Floats[i], 'g', -1, 64)
		default:
			cells[i].text = integerText(column.Ints[i], f)
		}
	}
	return cells, nil
}

// integerText writes a whole number; those without a sign were read as if they
// had one.
func integerText(v int64, f columnar.Field) string {
	switch {
	case f.Meaning != columnar.Unsigned:
		return strconv.FormatInt(v, 10)
	case f.Type == columnar.Int32:
		return strconv.FormatUint(uint64(uint32(v)), 10)
	}
	return strconv.FormatUint(uint64(v), 10)
}
