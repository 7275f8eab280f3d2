package annotations

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/internal/atomicfile"
)

// Groups are the groups of the classes, in the order of Counts.Categories.
// They are computed from the counts elsewhere.
type Groups struct {
	Tail []string // "tail" or "head"
	LVIS []string // "rare", "common" or "frequent"
}

// The names of the files that WriteTables makes.
const (
	ClassesFile = "classes.arrow"
	ImagesFile  = "images.arrow"
	ObjectsFile = "objects.arrow"
)

// WriteTables writes the counts as three Arrow IPC files into dir, which it
// makes if need be. The files are not compressed, and each appears whole or
// not at all.
//
//   - classes.arrow, a row per class: index int32, category_id int64,
//     name utf8, supercategory utf8, instances int64, images int64,
//     crowd int64, share float64 (of all instances), frequency float64
//     (images over annotated images), group utf8, lvis_group utf8;
//   - images.arrow, a row per image: image_id int64, file_name utf8,
//     width int32 and height int32 (null when absent), objects int32,
//     classes int32;
//   - objects.arrow, a row per image and class that occurs in it:
//     image_id int64, category_id int64, index int32, objects int32.
//
// The schemas' metadata has one key, cocostat: a JSON object with the name and
// version of the table, the sources, and whether crowds are counted.
func WriteTables(dir string, c *Counts, g Groups) error {
	return writeTables(memory.DefaultAllocator, dir, c, g)
}

func writeTables(mem memory.Allocator, dir string, c *Counts, g Groups) error {
	if n := len(c.Categories); len(g.Tail) != n || len(g.LVIS) != n {
		return fmt.Errorf("annotations: %d and %d groups for %d classes", len(g.Tail), len(g.LVIS), n)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder for the tables: %w", err)
	}
	tables := []struct {
		file, format string
		fields       []arrow.Field
		rows         int
		fill         func(b *array.RecordBuilder, from, to int)
	}{
		{ClassesFile, "classes/1", classFields, len(c.Categories), func(b *array.RecordBuilder, from, to int) { fillClasses(b, c, g, from, to) }},
		{ImagesFile, "images/1", imageFields, len(c.ImageRows), func(b *array.RecordBuilder, from, to int) { fillImages(b, c.ImageRows[from:to]) }},
		{ObjectsFile, "objects/1", objectFields, len(c.Pairs), func(b *array.RecordBuilder, from, to int) { fillObjects(b, c, c.Pairs[from:to]) }},
	}
	for _, t := range tables {
		schema, err := tableSchema(t.format, t.fields, c)
		if err != nil {
			return err
		}
		err = atomicfile.Write(filepath.Join(dir, t.file), func(w io.Writer) error {
			return writeRecords(mem, w, schema, t.rows, t.fill)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// batchRows is the number of rows in a record batch.
const batchRows = 1 << 16

// writeRecords writes an IPC file in batches, at least one.
func writeRecords(mem memory.Allocator, w io.Writer, schema *arrow.Schema, rows int, fill func(b *array.RecordBuilder, from, to int)) error {
	f, err := ipc.NewFileWriter(&counted{Writer: w}, ipc.WithSchema(schema), ipc.WithAllocator(mem))
	if err != nil {
		return err
	}
	b := array.NewRecordBuilder(mem, schema)
	defer b.Release()
	for from := 0; from == 0 || from < rows; from += batchRows {
		fill(b, from, min(from+batchRows, rows))
		r := b.NewRecord()
		err := f.Write(r)
		r.Release()
		if err != nil {
			f.Close()
			return err
		}
	}
	return f.Close()
}

// counted gives the IPC writer, which asks for a seeker only to learn where it
// is, an io.Writer.
type counted struct {
	io.Writer
	n int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n += int64(n)
	return n, err
}

func (c *counted) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, errors.ErrUnsupported
	}
	return c.n, nil
}

func tableSchema(format string, fields []arrow.Field, c *Counts) (*arrow.Schema, error) {
	text, err := json.Marshal(struct {
		Format  string   `json:"format"`
		Sources []Source `json:"sources"`
		Crowds  bool     `json:"crowds"`
	}{format, c.Sources, c.Crowds})
	if err != nil {
		return nil, err
	}
	meta := arrow.NewMetadata([]string{"cocostat"}, []string{string(text)})
	return arrow.NewSchema(fields, &meta), nil
}

func field(name string, t arrow.DataType) arrow.Field { return arrow.Field{Name: name, Type: t} }

var (
	int32s   = arrow.PrimitiveTypes.Int32
	int64s   = arrow.PrimitiveTypes.Int64
	float64s = arrow.PrimitiveTypes.Float64
	texts    = arrow.BinaryTypes.String

	classFields = []arrow.Field{
		field("index", int32s), field("category_id", int64s), field("name", texts), field("supercategory", texts),
		field("instances", int64s), field("images", int64s), field("crowd", int64s),
		field("share", float64s), field("frequency", float64s), field("group", texts), field("lvis_group", texts),
	}
	imageFields = []arrow.Field{
		field("image_id", int64s), field("file_name", texts),
		{Name: "width", Type: int32s, Nullable: true}, {Name: "height", Type: int32s, Nullable: true},
		field("objects", int32s), field("classes", int32s),
	}
	objectFields = []arrow.Field{
		field("image_id", int64s), field("category_id", int64s), field("index", int32s), field("objects", int32s),
	}
)

func fillClasses(b *array.RecordBuilder, c *Counts, g Groups, from, to int) {
	columns := b.Fields()
	for i := from; i < to; i++ {
		k := &c.Categories[i]
		columns[0].(*array.Int32Builder).Append(int32(i))
		columns[1].(*array.Int64Builder).Append(k.ID)
		columns[2].(*array.StringBuilder).Append(k.Name)
		columns[3].(*array.StringBuilder).Append(k.Supercategory)
		columns[4].(*array.Int64Builder).Append(c.Instances[i])
		columns[5].(*array.Int64Builder).Append(c.Images[i])
		columns[6].(*array.Int64Builder).Append(c.Crowd[i])
		columns[7].(*array.Float64Builder).Append(ratio(c.Instances[i], c.TotalInstances))
		columns[8].(*array.Float64Builder).Append(ratio(c.Images[i], c.AnnotatedImages))
		columns[9].(*array.StringBuilder).Append(g.Tail[i])
		columns[10].(*array.StringBuilder).Append(g.LVIS[i])
	}
}

// ratio is n/total, 0 of nothing.
func ratio(n, total int64) float64 {
	if total == 0 {
		return 0
	}
	return float64(n) / float64(total)
}

func fillImages(b *array.RecordBuilder, rows []ImageCount) {
	columns := b.Fields()
	for i := range rows {
		im := &rows[i]
		columns[0].(*array.Int64Builder).Append(im.ID)
		columns[1].(*array.StringBuilder).Append(im.FileName)
		appendSize(columns[2].(*array.Int32Builder), im.Width)
		appendSize(columns[3].(*array.Int32Builder), im.Height)
		columns[4].(*array.Int32Builder).Append(im.Objects)
		columns[5].(*array.Int32Builder).Append(im.Classes)
	}
}

func appendSize(b *array.Int32Builder, pixels int32) {
	if pixels == 0 {
		b.AppendNull()
	} else {
		b.Append(pixels)
	}
}

func fillObjects(b *array.RecordBuilder, c *Counts, pairs []Pair) {
	columns := b.Fields()
	for _, p := range pairs {
		columns[0].(*array.Int64Builder).Append(c.ImageRows[p.Image].ID)
		columns[1].(*array.Int64Builder).Append(c.Categories[p.Class].ID)
		columns[2].(*array.Int32Builder).Append(p.Class)
		columns[3].(*array.Int32Builder).Append(p.Objects)
	}
}
