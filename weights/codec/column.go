package codec

import (
	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"cocostat/internal/arrowfile"
)

// column is a column of a table that is written: its values by row, by the
// function that fits the field's type.
type column struct {
	field arrow.Field
	whole func(i int) int64 // of int32 and int64
	float func(i int) float64
	text  func(i int) string
	null  func(i int) bool // nil: none is
}

// appendTo appends value i as column k.
func (c *column) appendTo(b *array.RecordBuilder, k, i int) {
	if c.null != nil && c.null(i) {
		b.Field(k).AppendNull()
		return
	}
	switch c.field.Type.ID() {
	case arrow.INT32:
		arrowfile.Int32(b, k, int32(c.whole(i)))
	case arrow.INT64:
		arrowfile.Int64(b, k, c.whole(i))
	case arrow.FLOAT64:
		arrowfile.Float64(b, k, c.float(i))
	default:
		arrowfile.String(b, k, c.text(i))
	}
}

// arrowTable returns a table of n rows for Arrow and Parquet, with metadata and
// their checksum, in record batches of at most so many rows: see arrowfile.Table.
func arrowTable(columns []column, n, batch int, metadata any) (arrowfile.Table, error) {
	meta, err := signed(metadata, columns, n)
	if err != nil {
		return arrowfile.Table{}, err
	}
	fields := make([]arrow.Field, len(columns))
	for k := range columns {
		fields[k] = columns[k].field
	}
	schema, err := arrowfile.Schema(fields, meta)
	return arrowfile.Table{Schema: schema, Rows: n, Batch: batch, Append: func(b *array.RecordBuilder, i int) {
		for k := range columns {
			columns[k].appendTo(b, k, i)
		}
	}}, err
}
