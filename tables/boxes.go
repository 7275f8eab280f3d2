package tables

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/bitutil"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/annotations"
	"cocostat/internal/arrowfile"
	"cocostat/internal/atomicfile"
)

// BoxesName is the name of the table with a row per annotation, without extension.
const BoxesName = "boxes"

var boxFields = []arrow.Field{
	nullable("annotation_id", int64s), nullable("image_id", int64s), nullable("category_id", int64s),
	nullable("x", float64s), nullable("y", float64s), nullable("width", float64s), nullable("height", float64s),
	nullable("area", float64s), field("iscrowd", int32s),
}

// plainBoxFields are those of which a Parquet file has no dictionary: that takes four
// times as long to make, and of real boxes, which mostly differ, is about as large as
// the values.
var plainBoxFields = []string{"annotation_id", "image_id", "x", "y", "width", "height", "area"}

// boxBatch is the number of rows of a record batch.
const boxBatch = 1 << 16

// Boxes makes the table boxes while annotations are read: a row for each element of
// the lists of annotations, whether it counts or not, in the order of the files, in
// memory that does not grow with them:
//
//   - annotation_id int64, image_id int64, category_id int64, null where the
//     annotation has none that can be read;
//   - x, y, width, height float64, in pixels, null without a box;
//   - area float64, in square pixels: that of the annotation, or else of the box; null
//     without either;
//   - iscrowd int32, 1 for a crowd region, else 0.
//
// An annotation counts if images has its image_id and classes its category_id. The
// ids are those of the tables beside it: see Write for classes that were chosen,
// merged or united by name.
type Boxes struct {
	format  Format
	mem     memory.Allocator
	later   bool // what is written has the ids of the files, and is written again with those of the tables
	schema  *arrow.Schema
	out     *atomicfile.Pending
	made    string // folder that was made for it
	writer  arrowfile.Writer
	batch   *boxColumns
	full    chan *boxColumns // to be written
	empty   chan *boxColumns // to be filled
	done    chan struct{}    // closed when the last is written
	failed  error            // of the writing; read after done
	stopped chan struct{}    // closed when the writing failed

	rows   []int64 // of each file
	absent string  // tables that stand for files whose rows are not there
	measured
}

// boxBuffers is how many batches are filled or written at the same time.
const boxBuffers = 4

// NewBoxes begins the table in a folder, which it makes if need be. renumbered tells
// that the counts may have other ids than the files: classes are chosen, merged or
// united by name, or there are several datasets of formats without ids; the rows are
// written twice then. Write or Discard must follow.
func NewBoxes(dir string, format Format, renumbered bool) (*Boxes, error) {
	return newBoxes(memory.DefaultAllocator, dir, format, renumbered)
}

// newBoxes is NewBoxes; the ids are known later where the tables have others than
// the files.
func newBoxes(mem memory.Allocator, dir string, format Format, later bool) (*Boxes, error) {
	made := dir
	if _, err := os.Stat(dir); err == nil {
		made = ""
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("cannot make the folder for the tables: %w", err)
	}
	schema, err := arrowfile.Schema(boxFields, boxMetadata{BoxesName + "/1"})
	if err != nil {
		return nil, err
	}
	b := &Boxes{made: made, format: format, mem: mem, later: later, schema: schema, full: make(chan *boxColumns, boxBuffers), empty: make(chan *boxColumns, boxBuffers),
		done: make(chan struct{}), stopped: make(chan struct{})}
	b.Name = BoxesName + "." + string(format)
	if later {
		format = Arrow
	}
	if b.out, err = atomicfile.Begin(filepath.Join(dir, b.Name)); err != nil {
		return nil, fmt.Errorf("cannot write %s: %w", filepath.Join(dir, b.Name), err)
	}
	if b.writer, err = newWriter(b.hashed(b.out), schema, mem, format, plainBoxFields...); err != nil {
		b.out.Discard()
		return nil, err
	}
	for range boxBuffers {
		b.empty <- newBoxColumns()
	}
	b.batch = <-b.empty
	go b.write()
	return b, nil
}

// boxMetadata is that of the table: what is not known before all is read is in the
// tables beside it.
type boxMetadata struct {
	Format string `json:"format"`
}

// newWriter returns a writer of a format.
func newWriter(w io.Writer, s *arrow.Schema, mem memory.Allocator, format Format, plain ...string) (arrowfile.Writer, error) {
	switch format {
	case Arrow:
		return arrowfile.NewWriter(w, s, mem)
	case Parquet:
		return arrowfile.NewParquetWriter(w, s, mem, plain...)
	}
	return nil, fmt.Errorf("tables: format %q: must be one of %q", format, Formats)
}

// write writes the batches as they come, until the writing fails.
func (b *Boxes) write() {
	defer close(b.done)
	for batch := range b.full {
		if b.failed == nil {
			if b.failed = batch.write(b.schema, b.writer); b.failed != nil {
				close(b.stopped)
			}
		}
		batch.reset()
		b.empty <- batch
	}
	if b.failed == nil {
		b.failed = b.writer.Close()
	}
}

// Begin says that the annotations of another file follow.
func (b *Boxes) Begin() { b.rows = append(b.rows, 0) }

// None tells of tables without rows: then there is no table.
func (b *Boxes) None(path string) { b.absent = path }

// Absent returns the path of tables that stand for files without their rows, for
// which Write writes no boxes; "" if there are none.
func (b *Boxes) Absent() string {
	if b == nil {
		return ""
	}
	return b.absent
}

// Add adds rows. It returns the error of the writing, sooner or later.
func (b *Boxes) Add(list []annotations.Annotation) error {
	if b.absent != "" {
		return nil
	}
	b.rows[len(b.rows)-1] += int64(len(list))
	for len(list) > 0 {
		n := min(len(list), boxBatch-len(b.batch.crowd))
		for i := range list[:n] {
			b.batch.add(&list[i])
		}
		list = list[n:]
		if len(b.batch.crowd) < boxBatch {
			break
		}
		b.full <- b.batch
		b.batch = <-b.empty
		select {
		case <-b.stopped:
			return b.failure()
		default:
		}
	}
	return nil
}

func (b *Boxes) failure() error { return fmt.Errorf("cannot write %s: %w", b.out.Path, b.failed) }

// stop ends the writing.
func (b *Boxes) stop() {
	if b.batch == nil {
		return
	}
	if len(b.batch.crowd) > 0 {
		b.full <- b.batch
	}
	b.batch = nil
	close(b.full)
	<-b.done
}

// Discard removes what was written. It does nothing after Write.
func (b *Boxes) Discard() {
	if b == nil || b.out == nil {
		return
	}
	b.stop()
	b.out.Discard()
	b.out = nil
	if b.made != "" {
		os.Remove(b.made) // which fails if something else is in it
	}
}

// file ends the table, and returns what writes the rest of it.
func (b *Boxes) file(c *annotations.Counts) (atomicfile.File, error) {
	b.stop()
	if b.failed != nil {
		return atomicfile.File{}, b.failure()
	}
	f := atomicfile.File{Path: b.out.Path}
	if b.later {
		raw := b.out
		f.Fill = func(w io.Writer) error {
			defer raw.Discard()
			return b.rewrite(raw, w, c)
		}
	} else {
		b.sealed()
		f.Begun, f.Fill = b.out, func(io.Writer) error { return nil }
	}
	b.out = nil
	return f, nil
}

// rewrite writes the rows that have the ids of the files with those of the tables.
func (b *Boxes) rewrite(raw *atomicfile.Pending, w io.Writer, c *annotations.Counts) error {
	in, err := raw.Reopen()
	if err != nil {
		return err
	}
	defer in.Close()
	r, err := ipc.NewFileReader(in, ipc.WithAllocator(b.mem))
	if err != nil {
		return err
	}
	defer r.Close()
	out, err := newWriter(b.hashed(w), b.schema, b.mem, b.format, plainBoxFields...)
	if err != nil {
		return err
	}
	kept, files := newBoxColumns(), rowsOfFiles{rows: b.rows, counts: c}
	for i := range r.NumRecords() {
		record, err := r.Record(i)
		if err != nil {
			return err
		}
		kept.reset()
		kept.addRecord(record, &files)
		if len(kept.crowd) == 0 && (i > 0 || r.NumRecords() > 1) {
			continue
		}
		if err := kept.write(b.schema, out); err != nil {
			return err
		}
	}
	b.rows = files.kept
	err = out.Close()
	b.sealed()
	return err
}

// rowsOfFiles finds the ids of the tables for rows in the order of the files.
type rowsOfFiles struct {
	rows   []int64 // of each file
	counts *annotations.Counts
	ids    *annotations.IDs // of the current file, the last of kept
	left   int64            // rows of it that follow
	kept   []int64
}

// next gives a row the ids of the tables, and reports whether it stays.
func (f *rowsOfFiles) next(a *annotations.Annotation) bool {
	for f.left == 0 {
		file := len(f.kept)
		f.ids, f.left, f.kept = f.counts.Origin.IDs(file), f.rows[file], append(f.kept, 0)
	}
	f.left--
	stays := f.ids.Apply(a)
	if stays {
		f.kept[len(f.kept)-1]++
	}
	return stays
}

// addRecord adds the rows of a record that stay.
func (c *boxColumns) addRecord(r arrow.Record, files *rowsOfFiles) {
	ids := [3]*array.Int64{r.Column(0).(*array.Int64), r.Column(1).(*array.Int64), r.Column(2).(*array.Int64)}
	var values [5]*array.Float64
	for k := range values {
		values[k] = r.Column(3 + k).(*array.Float64)
	}
	crowd := r.Column(8).(*array.Int32)
	for i := range int(r.NumRows()) {
		a := annotations.Annotation{ImageID: ids[1].Value(i), CategoryID: ids[2].Value(i), Has: annotations.FieldImageID | annotations.FieldCategoryID}
		if !files.next(&a) {
			continue
		}
		c.ids[0].add(ids[0].Value(i), ids[0].IsValid(i))
		c.ids[1].add(a.ImageID, ids[1].IsValid(i) && a.Has&annotations.FieldImageID != 0)
		c.ids[2].add(a.CategoryID, ids[2].IsValid(i) && a.Has&annotations.FieldCategoryID != 0)
		for k, v := range values {
			c.values[k].add(v.Value(i), v.IsValid(i))
		}
		c.crowd = append(c.crowd, crowd.Value(i))
	}
}

// boxColumns are the rows of a batch.
type boxColumns struct {
	ids    [3]column[int64]
	values [5]column[float64]
	crowd  []int32
}

// column holds values, and where the batch has nulls, which are none.
type column[T any] struct {
	values []T
	valid  []byte // bits; nil while none is null
	nulls  int
}

func newBoxColumns() *boxColumns {
	c := &boxColumns{crowd: make([]int32, 0, boxBatch)}
	for i := range c.ids {
		c.ids[i].values = make([]int64, 0, boxBatch)
	}
	for i := range c.values {
		c.values[i].values = make([]float64, 0, boxBatch)
	}
	return c
}

func (c *boxColumns) reset() {
	for i := range c.ids {
		c.ids[i].reset()
	}
	for i := range c.values {
		c.values[i].reset()
	}
	c.crowd = c.crowd[:0]
}

func (c *column[T]) reset() { c.values, c.valid, c.nulls = c.values[:0], nil, 0 }

func (c *column[T]) add(v T, has bool) {
	if !has {
		if c.valid == nil {
			c.valid = make([]byte, boxBatch/8)
			bitutil.SetBitsTo(c.valid, 0, boxBatch, true)
		}
		bitutil.ClearBit(c.valid, len(c.values))
		c.nulls++
		v = *new(T)
	}
	c.values = append(c.values, v)
}

// add adds a row.
func (c *boxColumns) add(a *annotations.Annotation) {
	c.ids[0].add(a.ID, a.Has&annotations.FieldID != 0)
	c.ids[1].add(a.ImageID, a.Has&annotations.FieldImageID != 0)
	c.ids[2].add(a.CategoryID, a.Has&annotations.FieldCategoryID != 0)
	box := a.Has&annotations.FieldBBox != 0
	for i, v := range a.BBox {
		c.values[i].add(v, box)
	}
	area := a.Has&(annotations.FieldBBox|annotations.FieldArea) != 0 && !math.IsNaN(a.Area)
	c.values[4].add(a.Area, area)
	crowd := int32(0)
	if a.Crowd {
		crowd = 1
	}
	c.crowd = append(c.crowd, crowd)
}

// write writes the rows as a record batch.
func (c *boxColumns) write(s *arrow.Schema, w arrowfile.Writer) error {
	var columns []arrow.Array
	n := len(c.crowd)
	add := func(t arrow.DataType, valid, values []byte, nulls int) {
		var bits *memory.Buffer
		if nulls > 0 {
			bits = memory.NewBufferBytes(valid)
		}
		d := array.NewData(t, n, []*memory.Buffer{bits, memory.NewBufferBytes(values)}, nil, nulls, 0)
		defer d.Release()
		columns = append(columns, array.MakeFromData(d))
	}
	for i := range c.ids {
		add(int64s, c.ids[i].valid, arrow.Int64Traits.CastToBytes(c.ids[i].values), c.ids[i].nulls)
	}
	for i := range c.values {
		add(float64s, c.values[i].valid, arrow.Float64Traits.CastToBytes(c.values[i].values), c.values[i].nulls)
	}
	add(int32s, nil, arrow.Int32Traits.CastToBytes(c.crowd), 0)
	r := array.NewRecord(s, columns, int64(n))
	defer r.Release()
	for _, column := range columns {
		column.Release()
	}
	return w.Write(r)
}
