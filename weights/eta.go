package weights

import (
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/annotations"
	"cocostat/internal/arrowfile"
	"cocostat/internal/atomicfile"
)

// etaColumns are those of the eta file, in their order.
var etaColumns = []arrow.Field{
	{Name: "image_id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "category_id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "index", Type: arrow.PrimitiveTypes.Int32},
	{Name: "objects", Type: arrow.PrimitiveTypes.Int32},
	{Name: "eta_power", Type: arrow.PrimitiveTypes.Float64},
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

func etaFile(path string, c *annotations.Counts, eta float64) atomicfile.File {
	return atomicfile.File{Path: path, Fill: func(w io.Writer) error { return encodeEta(w, c, eta, memory.DefaultAllocator) }}
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
