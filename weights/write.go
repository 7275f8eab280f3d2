package weights

import (
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/annotations"
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

// WriteFiles writes the table to path as WriteFile does, and what WriteEta
// makes of the counts and of the table's η to etaPath. Both files appear, or
// neither does.
func (t *Table) WriteFiles(path, etaPath string, c *annotations.Counts) error {
	if err := t.validate(); err != nil {
		return fmt.Errorf("weights: will not write %s: %w", path, err)
	}
	if err := t.Meta.Eta.Validate(); err != nil {
		return fmt.Errorf("weights: will not write %s: %w", etaPath, err)
	}
	return writeAll(t.file(path), etaFile(etaPath, c, t.Meta.Eta.Value))
}

func (t *Table) file(path string) atomicfile.File {
	return atomicfile.File{Path: path, Fill: func(w io.Writer) error { return t.encode(w, memory.DefaultAllocator) }}
}

func etaFile(path string, c *annotations.Counts, eta float64) atomicfile.File {
	return atomicfile.File{Path: path, Fill: func(w io.Writer) error { return encodeEta(w, c, eta, memory.DefaultAllocator) }}
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

// EtaFormat is the version of the eta file.
const EtaFormat = "eta/1"

// WriteEta writes η^n of every (image, class) that occurs to an Arrow IPC
// file, sorted by image and class, in record batches of at most 65,536 rows.
// eta is η in [0, 1]. The file appears whole or not at all.
func WriteEta(path string, c *annotations.Counts, eta float64) error {
	if err := inUnitInterval("eta", eta); err != nil {
		return fmt.Errorf("weights: %w", err)
	}
	return writeAll(etaFile(path, c, eta))
}

func encodeEta(w io.Writer, c *annotations.Counts, eta float64, mem memory.Allocator) error {
	sources, err := absolute(c.Sources)
	if err != nil {
		return err
	}
	schema, err := arrowfile.Schema(etaColumns, struct {
		Format  string               `json:"format"`
		Eta     float64              `json:"eta"`
		Sources []annotations.Source `json:"sources"`
	}{EtaFormat, eta, sources})
	if err != nil {
		return err
	}
	out := arrowfile.Table{Schema: schema, Rows: len(c.Pairs), Append: func(b *array.RecordBuilder, i int) {
		p := c.Pairs[i]
		arrowfile.Int64(b, 0, c.ImageRows[p.Image].ID)
		arrowfile.Int64(b, 1, c.Categories[p.Class].ID)
		arrowfile.Int32(b, 2, p.Class)
		arrowfile.Int32(b, 3, p.Objects)
		arrowfile.Float64(b, 4, math.Pow(eta, float64(p.Objects)))
	}}
	return out.Write(w, mem)
}
