package weights

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/annotations"
	"cocostat/internal/atomicfile"
)

// WriteFile writes the table to an Arrow IPC file of one record batch. The
// file appears whole or not at all. A table that ReadFile would refuse is not
// written.
func (t *Table) WriteFile(path string) error {
	if err := t.validate(); err != nil {
		return fmt.Errorf("weights: will not write %s: %w", path, err)
	}
	err := atomicfile.Write(path, func(w io.Writer) error { return t.encode(w, memory.DefaultAllocator) })
	if err != nil {
		return fmt.Errorf("weights: %w", err)
	}
	return nil
}

func (t *Table) encode(w io.Writer, mem memory.Allocator) error {
	metadata, err := json.Marshal(t.Meta)
	if err != nil {
		return err
	}
	schema := schemaOf(columns, metadata)
	b := array.NewRecordBuilder(mem, schema)
	defer b.Release()
	for i := range t.Rows {
		t.Rows[i].appendTo(b)
	}
	record := b.NewRecord()
	defer record.Release()
	return writeArrow(w, schema, mem, func(emit func(arrow.Record) error) error { return emit(record) })
}

func (r *Row) appendTo(b *array.RecordBuilder) {
	int64s := func(column int, v int64) { b.Field(column).(*array.Int64Builder).Append(v) }
	float64s := func(column int, v float64) { b.Field(column).(*array.Float64Builder).Append(v) }
	texts := func(column int, v string) { b.Field(column).(*array.StringBuilder).Append(v) }

	b.Field(0).(*array.Int32Builder).Append(r.Index)
	int64s(1, r.CategoryID)
	texts(2, r.Name)
	int64s(3, r.Instances)
	int64s(4, r.Images)
	float64s(5, r.Frequency)
	if math.IsNaN(r.Alpha) {
		b.Field(6).AppendNull()
	} else {
		float64s(6, r.Alpha)
	}
	texts(7, r.Group)
	texts(8, r.LVISGroup)
	float64s(9, r.RepeatFactor)
}

// EtaFormat is the version of the eta file.
const EtaFormat = "eta/1"

// etaBatch is the number of rows in a record batch of the eta file.
const etaBatch = 1 << 16

// WriteEta writes η^n of every (image, class) that occurs to an Arrow IPC
// file, sorted by image and class, in record batches of at most 65,536 rows.
// eta is η in [0, 1]. The file appears whole or not at all.
func WriteEta(path string, c *annotations.Counts, eta float64) error {
	if err := inUnitInterval("eta", eta); err != nil {
		return fmt.Errorf("weights: %w", err)
	}
	err := atomicfile.Write(path, func(w io.Writer) error { return encodeEta(w, c, eta, memory.DefaultAllocator) })
	if err != nil {
		return fmt.Errorf("weights: %w", err)
	}
	return nil
}

func encodeEta(w io.Writer, c *annotations.Counts, eta float64, mem memory.Allocator) error {
	sources, err := absolute(c.Sources)
	if err != nil {
		return err
	}
	metadata, err := json.Marshal(struct {
		Format  string               `json:"format"`
		Eta     float64              `json:"eta"`
		Sources []annotations.Source `json:"sources"`
	}{EtaFormat, eta, sources})
	if err != nil {
		return err
	}
	schema := schemaOf(etaColumns, metadata)
	b := array.NewRecordBuilder(mem, schema)
	defer b.Release()
	return writeArrow(w, schema, mem, func(emit func(arrow.Record) error) error {
		for rest := c.Pairs; len(rest) > 0; {
			n := min(len(rest), etaBatch)
			record := etaRecord(b, c, rest[:n], eta)
			err := emit(record)
			record.Release()
			if err != nil {
				return err
			}
			rest = rest[n:]
		}
		return nil
	})
}

func etaRecord(b *array.RecordBuilder, c *annotations.Counts, pairs []annotations.Pair, eta float64) arrow.Record {
	image, category := b.Field(0).(*array.Int64Builder), b.Field(1).(*array.Int64Builder)
	index, objects := b.Field(2).(*array.Int32Builder), b.Field(3).(*array.Int32Builder)
	power := b.Field(4).(*array.Float64Builder)
	b.Reserve(len(pairs))
	for _, p := range pairs {
		image.Append(c.ImageRows[p.Image].ID)
		category.Append(c.Categories[p.Class].ID)
		index.Append(p.Class)
		objects.Append(p.Objects)
		power.Append(math.Pow(eta, float64(p.Objects)))
	}
	return b.NewRecord()
}
