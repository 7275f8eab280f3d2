package tables

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/annotations"
	"cocostat/internal/arrowfile"
	"cocostat/internal/atomicfile"
	"cocostat/lt"
)

// Format is a format of the files of Write, and the extension of their names.
type Format string

// The formats of tables.
const (
	Arrow   Format = "arrow"   // Arrow IPC, not compressed: ready to be mapped into memory
	Parquet Format = "parquet" // compressed with Snappy
)

// Formats lists the formats.
var Formats = []Format{Arrow, Parquet}

// Names are the names of the files of Write, without extension.
var Names = []string{"classes", "images", "objects", "cooccurrence", "problems"}

// Write writes the counts as five tables into dir, which it makes if need be:
// files with the names of Names and the format as extension. They appear whole,
// or none of them does. tail divides the classes into tail and head.
//
//   - classes, a row per class: index int32, category_id int64, name utf8,
//     supercategory utf8, instances int64, images int64, crowd int64, share
//     float64 (of all instances), frequency float64 (images over annotated
//     images), group utf8, lvis_group utf8 (of package lt), small, medium and large int64 (see
//     annotations.SizeCounts), and of the boxes that have an area boxes int64 (how many),
//     width_p10, width_p25, width_p50, width_p75, width_p90, the same of height
//     and of aspect (width over height), all float64 and null without boxes:
//     see annotations.Distribution;
//   - images, a row per image: image_id int64, file_name utf8, width int32 and
//     height int32 (null when absent), objects int32, classes int32;
//   - objects, a row per image and class that occurs in it: image_id int64,
//     category_id int64, index int32, objects int32;
//   - cooccurrence, a row per two classes that some image holds together:
//     category_a int64, category_b int64, index_a int32, index_b int32, images
//     int64; index_a < index_b; at most annotations.MaxCooccurrence rows;
//   - problems, a row per example of a problem, at most three of each: kind
//     utf8, severity utf8, count int64 (of the problem, the same in its rows),
//     description utf8, file utf8, id int64, offset int64.
//
// The schemas' metadata, which in a Parquet file is the file's, has one key,
// cocostat: a JSON object with the name and version of the table, the sources,
// and whether crowds are counted.
//
// If boxes is not nil, nor lacks rows (Boxes.Absent), it becomes the table boxes, of annotations that were read for
// the counts: see [Boxes]. Where classes were chosen or merged, or united by name,
// its ids are those of the tables, and annotations of categories that were left out
// have no row.
//
// Counts made with Options.ForTables also write annotations.MergeFile, by which
// the folder is a path for dataset.Count.
func Write(dir string, c *annotations.Counts, tail lt.Split, format Format, boxes *Boxes) error {
	return write(memory.DefaultAllocator, dir, c, tail, format, boxes)
}

func write(mem memory.Allocator, dir string, c *annotations.Counts, tail lt.Split, format Format, boxes *Boxes) error {
	if n := len(c.Categories); len(tail.Tail) != n {
		return fmt.Errorf("tables: a split of %d classes for %d", len(tail.Tail), n)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder for the tables: %w", err)
	}
	if boxes != nil && boxes.absent != "" {
		boxes = nil
	}
	var files []atomicfile.File
	written := make([]measured, len(Names))
	for i, t := range tablesOf(c, tail) {
		schema, err := arrowfile.Schema(t.fields, tableMetadata{Names[i] + "/1", c.Sources, c.Crowds})
		if err != nil {
			return err
		}
		table := arrowfile.Table{Schema: schema, Rows: t.rows, Append: t.add}
		fill := func(w io.Writer) error { return table.Write(w, mem) }
		switch format {
		case Arrow:
		case Parquet:
			fill = func(w io.Writer) error { return table.WriteParquet(w, mem) }
		default:
			return fmt.Errorf("tables: format %q: must be one of %q", format, Formats)
		}
		written[i].Name = Names[i] + "." + string(format)
		files = append(files, atomicfile.File{Path: filepath.Join(dir, written[i].Name), Fill: written[i].measure(fill)})
	}
	if boxes != nil {
		f, err := boxes.file(c)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	if c.Origin != nil { // last, when the others are written
		files = append(files, atomicfile.File{Path: filepath.Join(dir, annotations.MergeFile), Fill: func(w io.Writer) error {
			names := make([]annotations.TableFile, len(written))
			for i, m := range written {
				names[i] = m.TableFile
			}
			if boxes == nil {
				return c.Origin.Write(w, names, nil)
			}
			return c.Origin.Write(w, append(names, boxes.TableFile), boxes.rows)
		}})
	}
	return atomicfile.WriteAll(files...)
}

type tableMetadata struct {
	Format  string               `json:"format"`
	Sources []annotations.Source `json:"sources"`
	Crowds  bool                 `json:"crowds"`
}

type table struct {
	fields []arrow.Field
	rows   int
	add    func(b *array.RecordBuilder, i int)
}

// tablesOf returns the tables in the order of Names.
func tablesOf(c *annotations.Counts, tail lt.Split) []table {
	together := c.Cooccurrence()
	problems := problemRows(c.Problems)
	return []table{
		{classFields(), len(c.Categories), func(b *array.RecordBuilder, i int) { addClass(b, c, tail, i) }},
		{imageFields, len(c.ImageRows), func(b *array.RecordBuilder, i int) { addImage(b, &c.ImageRows[i]) }},
		{objectFields, len(c.Pairs), func(b *array.RecordBuilder, i int) { addPair(b, c, c.Pairs[i]) }},
		{togetherFields, len(together), func(b *array.RecordBuilder, i int) { addTogether(b, c, together[i]) }},
		{problemFields, len(problems), func(b *array.RecordBuilder, i int) { addProblem(b, problems[i]) }},
	}
}

// measured is what Fill of a table wrote.
type measured struct {
	annotations.TableFile
	sum hash.Hash
}

// measure makes of a function that fills a file one that measures what it wrote.
func (m *measured) measure(fill func(io.Writer) error) func(io.Writer) error {
	return func(w io.Writer) error {
		err := fill(m.hashed(w))
		m.sealed()
		return err
	}
}

// hashed returns a writer that measures what goes to another, until sealed.
func (m *measured) hashed(w io.Writer) io.Writer {
	m.sum, m.Bytes = sha256.New(), 0
	return io.MultiWriter(w, m)
}

// sealed completes what was measured.
func (m *measured) sealed() { m.SHA256 = hex.EncodeToString(m.sum.Sum(nil)) }

// Write is that of io.Writer.
func (m *measured) Write(p []byte) (int, error) {
	m.Bytes += int64(len(p))
	return m.sum.Write(p)
}
