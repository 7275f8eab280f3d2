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

// The names of the files that WriteTables makes.
const (
	ClassesFile = "classes.arrow"
	ImagesFile  = "images.arrow"
	ObjectsFile = "objects.arrow"
)

// WriteTables writes the counts as three Arrow IPC files into dir, which it
// makes if need be. The files are not compressed; they appear whole, or none
// of them does.
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
	var files []atomicfile.File
	for _, t := range []struct {
		file, format string
		fields       []arrow.Field
		rows         int
		add          func(b *array.RecordBuilder, i int)
	}{
		{ClassesFile, "classes/1", classFields, len(c.Categories), func(b *array.RecordBuilder, i int) { addClass(b, c, g, i) }},
		{ImagesFile, "images/1", imageFields, len(c.ImageRows), func(b *array.RecordBuilder, i int) { addImage(b, &c.ImageRows[i]) }},
		{ObjectsFile, "objects/1", objectFields, len(c.Pairs), func(b *array.RecordBuilder, i int) { addPair(b, c, c.Pairs[i]) }},
	} {
		schema, err := arrowfile.Schema(t.fields, tableMetadata{t.format, c.Sources, c.Crowds})
		if err != nil {
			return err
		}
		table := arrowfile.Table{Schema: schema, Rows: t.rows, Append: t.add}
		files = append(files, atomicfile.File{
			Path: filepath.Join(dir, t.file),
			Fill: func(w io.Writer) error { return table.Write(w, mem) },
		})
	}
	return atomicfile.WriteAll(files...)
}

type tableMetadata struct {
	Format  string   `json:"format"`
	Sources []Source `json:"sources"`
	Crowds  bool     `json:"crowds"`
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

func addClass(b *array.RecordBuilder, c *Counts, g Groups, i int) {
	k := &c.Categories[i]
	arrowfile.Int32(b, 0, int32(i))
	arrowfile.Int64(b, 1, k.ID)
	arrowfile.String(b, 2, k.Name)
	arrowfile.String(b, 3, k.Supercategory)
	arrowfile.Int64(b, 4, c.Instances[i])
	arrowfile.Int64(b, 5, c.Images[i])
	arrowfile.Int64(b, 6, c.Crowd[i])
	arrowfile.Float64(b, 7, ratio(c.Instances[i], c.TotalInstances))
	arrowfile.Float64(b, 8, ratio(c.Images[i], c.AnnotatedImages))
	arrowfile.String(b, 9, g.Tail[i])
	arrowfile.String(b, 10, g.LVIS[i])
}

// ratio is n/total, 0 of nothing.
func ratio(n, total int64) float64 {
	if total == 0 {
		return 0
	}
	return float64(n) / float64(total)
}

func addImage(b *array.RecordBuilder, im *ImageCount) {
	arrowfile.Int64(b, 0, im.ID)
	arrowfile.String(b, 1, im.FileName)
	for i, pixels := range [...]int32{im.Width, im.Height} {
		if pixels == 0 {
			b.Field(2 + i).AppendNull()
		} else {
			arrowfile.Int32(b, 2+i, pixels)
		}
	}
	arrowfile.Int32(b, 4, im.Objects)
	arrowfile.Int32(b, 5, im.Classes)
}

func addPair(b *array.RecordBuilder, c *Counts, p Pair) {
	arrowfile.Int64(b, 0, c.ImageRows[p.Image].ID)
	arrowfile.Int64(b, 1, c.Categories[p.Class].ID)
	arrowfile.Int32(b, 2, p.Class)
	arrowfile.Int32(b, 3, p.Objects)
}
