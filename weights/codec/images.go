package codec

import (
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/weights"
)

// imageColumns are those of the images file, in their order.
var imageColumns = []arrow.Field{
	{Name: "image_id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "file_name", Type: arrow.BinaryTypes.String},
	{Name: "width", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
	{Name: "height", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
	{Name: "objects", Type: arrow.PrimitiveTypes.Int32},
	{Name: "classes", Type: arrow.PrimitiveTypes.Int32},
	{Name: "repeat_factor", Type: arrow.PrimitiveTypes.Float64},
}

// encodeImages writes an Arrow IPC file of record batches of at most 65,536 rows.
func encodeImages(w io.Writer, t *weights.ImageTable, mem memory.Allocator) error {
	out, err := arrowTable(columnsOfImages(t), len(t.Rows), 0, t.Meta)
	if err != nil {
		return err
	}
	return out.Write(w, mem)
}

// columnsOfImages returns the columns in the order of imageColumns. A size that is
// not known is null.
func columnsOfImages(t *weights.ImageTable) []column {
	number := func(value func(r *weights.ImageRow) int32) column {
		return column{whole: func(i int) int64 { return int64(value(&t.Rows[i])) }}
	}
	out := []column{
		{whole: func(i int) int64 { return t.Rows[i].ID }},
		{text: func(i int) string { return t.Rows[i].FileName }},
		number(func(r *weights.ImageRow) int32 { return r.Width }),
		number(func(r *weights.ImageRow) int32 { return r.Height }),
		number(func(r *weights.ImageRow) int32 { return r.Objects }),
		number(func(r *weights.ImageRow) int32 { return r.Classes }),
		{float: func(i int) float64 { return t.Rows[i].RepeatFactor }},
	}
	for k := range out {
		out[k].field = imageColumns[k]
		if out[k].field.Nullable {
			size := out[k].whole
			out[k].null = func(i int) bool { return size(i) == 0 }
		}
	}
	return out
}
