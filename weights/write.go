package weights

import (
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/internal/arrowfile"
	"cocostat/internal/atomicfile"
)

// WriteFile writes the table to an Arrow IPC file of one record batch. The
// file appears whole or not at all. A table that ReadFile would refuse is not
// written.
func (t *Table) WriteFile(path string) error {
	if err := t.validate(); err != nil {
		return fmt.Errorf("weights: will not write %s: %w", path, err)
	}
	return writeAll(t.file(path))
}

func (t *Table) file(path string) atomicfile.File {
	return atomicfile.File{Path: path, Fill: func(w io.Writer) error { return t.encode(w, memory.DefaultAllocator) }}
}

func writeAll(files ...atomicfile.File) error {
	if err := atomicfile.WriteAll(files...); err != nil {
		return fmt.Errorf("weights: %w", err)
	}
	return nil
}

func (t *Table) encode(w io.Writer, mem memory.Allocator) error {
	schema, err := arrowfile.Schema(columnsWith(t.Meta.Groupings), t.Meta)
	if err != nil {
		return err
	}
	out := arrowfile.Table{Schema: schema, Rows: len(t.Rows), Batch: len(t.Rows),
		Append: func(b *array.RecordBuilder, i int) { t.Rows[i].appendTo(b) }}
	return out.Write(w, mem)
}

func (r *Row) appendTo(b *array.RecordBuilder) {
	arrowfile.Int32(b, 0, r.Index)
	arrowfile.Int64(b, 1, r.CategoryID)
	arrowfile.String(b, 2, r.Name)
	arrowfile.Int64(b, 3, r.Instances)
	arrowfile.Int64(b, 4, r.Images)
	arrowfile.Float64(b, 5, r.Frequency)
	if math.IsNaN(r.Alpha) {
		b.Field(6).AppendNull()
	} else {
		arrowfile.Float64(b, 6, r.Alpha)
	}
	arrowfile.String(b, 7, r.Group)
	arrowfile.String(b, 8, r.LVISGroup)
	arrowfile.Float64(b, 9, r.RepeatFactor)
	for k, group := range r.Groups {
		arrowfile.String(b, len(columns)+k, group)
	}
}
