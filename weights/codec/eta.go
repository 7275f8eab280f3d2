package codec

import (
	"cmp"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/weights"
)

// etaColumns are those of the eta file, in their order.
var etaColumns = []arrow.Field{
	{Name: "image_id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "category_id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "index", Type: arrow.PrimitiveTypes.Int32},
	{Name: "objects", Type: arrow.PrimitiveTypes.Int32},
	{Name: "eta_power", Type: arrow.PrimitiveTypes.Float64},
	{Name: "image", Type: arrow.PrimitiveTypes.Int32},
}

// encodeEta writes an Arrow IPC file of record batches of at most 65,536 rows.
func encodeEta(w io.Writer, t *weights.EtaTable, mem memory.Allocator) error {
	out, err := arrowTable(columnsOfEta(t), len(t.Rows), 0, t.Meta)
	if err != nil {
		return err
	}
	return out.Write(w, mem)
}

// columnsOfEta returns the columns in the order of etaColumns.
func columnsOfEta(t *weights.EtaTable) []column {
	out := []column{
		{whole: func(i int) int64 { return t.Rows[i].ImageID }},
		{whole: func(i int) int64 { return t.Rows[i].CategoryID }},
		{whole: func(i int) int64 { return int64(t.Rows[i].Index) }},
		{whole: func(i int) int64 { return int64(t.Rows[i].Objects) }},
		{float: func(i int) float64 { return t.Rows[i].Power }},
		{whole: func(i int) int64 { return int64(t.Rows[i].Image) }},
	}
	for k := range out {
		out[k].field = etaColumns[k]
	}
	return out
}

// ReadEta reads an eta file. It refuses, naming the column and row, a file that
// is not Arrow, is cut off or damaged, lacks a column or has it in another
// type, has another format version, or holds what cannot be true: no objects,
// rows out of order, an image or a class under two ids, a power that is not
// η^n. Other columns are ignored.
func ReadEta(path string) (*weights.EtaTable, error) {
	data, err := readWhole(path, "the eta file")
	if err != nil {
		return nil, err
	}
	t, err := decodeEta(data)
	if err != nil {
		return nil, fmt.Errorf("weights: %s: %w; make the file again with 'cocostat weights ANNOTATIONS.json'", path, err)
	}
	return t, nil
}

// decodeEta reads a table from the whole content of a file.
func decodeEta(data []byte) (*weights.EtaTable, error) {
	file, err := openArrow(data)
	if err != nil {
		return nil, err
	}
	text, ok := file.Metadata[weights.MetadataKey]
	if !ok {
		return nil, fmt.Errorf("an Arrow file, but not the eta file: its schema has no metadata key %q", weights.MetadataKey)
	}
	t := &weights.EtaTable{}
	if err := unmarshalMetadata(text, checkEtaVersion, &t.Meta); err != nil {
		return nil, err
	}
	t.Meta.Scope = cmp.Or(t.Meta.Scope, weights.ScopeImage) // that of early files
	// What a row takes beside the columns.
	const each = 64
	if err := file.Budget.Take(int64(file.Rows), each); err != nil {
		return nil, damaged(err)
	}
	columns, err := cellsIn(columnContent{file}, etaColumns)
	if err != nil {
		return nil, err
	}
	t.Rows = etaRows(columns)
	if err := t.Validate(); err != nil {
		return nil, err
	}
	return t, verify(text, columnsOfEta(t), len(t.Rows), "images", "crowds", "eta", "reading")
}

func checkEtaVersion(format string) error {
	if format != weights.EtaFormat {
		return fmt.Errorf("format %q, but the eta file has %q", format, weights.EtaFormat)
	}
	return nil
}

// etaRows makes the rows of the columns in the order of etaColumns.
func etaRows(columns []cells) []weights.EtaRow {
	rows := make([]weights.EtaRow, len(columns[0].ints))
	for i := range rows {
		rows[i] = weights.EtaRow{
			ImageID:    columns[0].ints[i],
			CategoryID: columns[1].ints[i],
			Index:      int32(columns[2].ints[i]),
			Objects:    int32(columns[3].ints[i]),
			Power:      columns[4].floats[i],
			Image:      int32(columns[5].ints[i]),
		}
	}
	return rows
}
