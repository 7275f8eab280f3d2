package annotations

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/internal/arrowfile"
	"cocostat/internal/atomicfile"
)

// Groups are the groups of the classes, in the order of Counts.Categories.
// They are computed from the counts elsewhere.
type Groups struct {
	Tail []string // "tail" or "head"
	LVIS []string // "rare", "common" or "frequent"
}

// TableFormat is a format of the files of WriteTables, and the extension of
// their names.
type TableFormat string

// The formats of tables.
const (
	Arrow   TableFormat = "arrow"   // Arrow IPC, not compressed: ready to be mapped into memory
	Parquet TableFormat = "parquet" // compressed with Snappy
)

// TableFormats lists the formats.
var TableFormats = []TableFormat{Arrow, Parquet}

// TableNames are the names of the files of WriteTables, without extension.
var TableNames = []string{"classes", "images", "objects", "cooccurrence", "problems"}

// WriteTables writes the counts as five tables into dir, which it makes if need
// be: files with the names of TableNames and the format as extension. They
// appear whole, or none of them does.
//
//   - classes, a row per class: index int32, category_id int64, name utf8,
//     supercategory utf8, instances int64, images int64, crowd int64, share
//     float64 (of all instances), frequency float64 (images over annotated
//     images), group utf8, lvis_group utf8, small, medium and large int64 (see
//     SizeCounts), and of the boxes that have an area boxes int64 (how many),
//     width_p10, width_p25, width_p50, width_p75, width_p90, the same of height
//     and of aspect (width over height), all float64 and null without boxes:
//     see Distribution.Quantile;
//   - images, a row per image: image_id int64, file_name utf8, width int32 and
//     height int32 (null when absent), objects int32, classes int32;
//   - objects, a row per image and class that occurs in it: image_id int64,
//     category_id int64, index int32, objects int32;
//   - cooccurrence, a row per two classes that some image holds together:
//     category_a int64, category_b int64, index_a int32, index_b int32, images
//     int64; index_a < index_b; at most MaxCooccurrence rows;
//   - problems, a row per example of a problem, at most three of each: kind
//     utf8, severity utf8, count int64 (of the problem, the same in its rows),
//     description utf8, file utf8, id int64, offset int64.
//
// The schemas' metadata, which in a Parquet file is the file's, has one key,
// cocostat: a JSON object with the name and version of the table, the sources,
// and whether crowds are counted.
//
// Counts made with Options.ForTables also write MergeFile, by which the folder
// is a path for Count.
func WriteTables(dir string, c *Counts, g Groups, format TableFormat) error {
	return writeTables(memory.DefaultAllocator, dir, c, g, format)
}

func writeTables(mem memory.Allocator, dir string, c *Counts, g Groups, format TableFormat) error {
	if n := len(c.Categories); len(g.Tail) != n || len(g.LVIS) != n {
		return fmt.Errorf("annotations: %d and %d groups for %d classes", len(g.Tail), len(g.LVIS), n)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder for the tables: %w", err)
	}
	var files []atomicfile.File
	written := make([]measured, len(TableNames))
	for i, t := range tables(c, g) {
		schema, err := arrowfile.Schema(t.fields, tableMetadata{TableNames[i] + "/1", c.Sources, c.Crowds})
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
			return fmt.Errorf("annotations: table format %q: must be one of %q", format, TableFormats)
		}
		written[i].Name = TableNames[i] + "." + string(format)
		files = append(files, atomicfile.File{Path: filepath.Join(dir, written[i].Name), Fill: written[i].measure(fill)})
	}
	if c.Origin != nil { // last, when the others are written
		files = append(files, atomicfile.File{Path: filepath.Join(dir, MergeFile), Fill: func(w io.Writer) error {
			names := make([]tableFile, len(written))
			for i, m := range written {
				names[i] = m.tableFile
			}
			return c.Origin.write(w, names)
		}})
	}
	return atomicfile.WriteAll(files...)
}

type tableMetadata struct {
	Format  string   `json:"format"`
	Sources []Source `json:"sources"`
	Crowds  bool     `json:"crowds"`
}

type table struct {
	fields []arrow.Field
	rows   int
	add    func(b *array.RecordBuilder, i int)
}

// tables returns the tables in the order of TableNames.
func tables(c *Counts, g Groups) []table {
	together := c.Cooccurrence()
	problems := problemRows(c.Problems)
	return []table{
		{classFields(), len(c.Categories), func(b *array.RecordBuilder, i int) { addClass(b, c, g, i) }},
		{imageFields, len(c.ImageRows), func(b *array.RecordBuilder, i int) { addImage(b, &c.ImageRows[i]) }},
		{objectFields, len(c.Pairs), func(b *array.RecordBuilder, i int) { addPair(b, c, c.Pairs[i]) }},
		{togetherFields, len(together), func(b *array.RecordBuilder, i int) { addTogether(b, c, together[i]) }},
		{problemFields, len(problems), func(b *array.RecordBuilder, i int) { addProblem(b, problems[i]) }},
	}
}
