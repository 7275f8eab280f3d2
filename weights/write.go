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

// Target is a file to be written, and its encoding.
type Target struct {
	Path     string
	Encoding Encoding // "": the one that the extension stands for, Arrow for others
}

// WriteFile writes the table in the encoding that the extension of path stands
// for, and as Arrow for any other. The file appears whole or not at all, also
// where several processes write it at the same time: the last one wins. A
// table that ReadFile would refuse is not written.
func (t *Table) WriteFile(path string) error { return t.WriteTargets(Target{Path: path}) }

// WriteTargets writes the table to several files as WriteFile does to each.
// The first appears only when all are written.
func (t *Table) WriteTargets(targets ...Target) error {
	files := make([]atomicfile.File, len(targets))
	for i, target := range targets {
		var err error
		if files[i], err = fileOf(t, target.Path); err != nil {
			return err
		}
		if target.Encoding != "" {
			files[i].Fill = t.fill(target.Encoding)
		}
	}
	return writeAll(files...)
}

// file returns the file at path in the encoding of its extension.
func (t *Table) file(path string) atomicfile.File {
	e, known := EncodingOf(path)
	if !known {
		e = Arrow
	}
	return atomicfile.File{Path: path, Fill: t.fill(e)}
}

func (t *Table) fill(e Encoding) func(io.Writer) error {
	return func(w io.Writer) error { return t.encodeAs(w, e) }
}

func writeAll(files ...atomicfile.File) error {
	if err := atomicfile.WriteAll(files...); err != nil {
		return fmt.Errorf("weights: %w", err)
	}
	return nil
}

// encode writes an Arrow IPC file of one record batch.
func (t *Table) encode(w io.Writer, mem memory.Allocator) error {
	out, err := t.arrowTable()
	if err != nil {
		return err
	}
	return out.Write(w, mem)
}

// arrowTable returns the table with its metadata for Arrow and Parquet.
func (t *Table) arrowTable() (arrowfile.Table, error) {
	meta, err := t.signedMeta()
	if err != nil {
		return arrowfile.Table{}, err
	}
	schema, err := arrowfile.Schema(columnsWith(t.Meta.Groupings), meta)
	return arrowfile.Table{Schema: schema, Rows: len(t.Rows), Batch: len(t.Rows),
		Append: func(b *array.RecordBuilder, i int) { t.Rows[i].appendTo(b) }}, err
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
