// Package classcounts reads tables of counts per class, whatever program made
// them: CSV with a header (commas, semicolons or tabs), JSON (a list of objects,
// an object of names and numbers, an object that holds a list, or lines of
// objects), Arrow IPC files and streams, and Parquet. Each is a grid of named
// columns here, and one set of rules says what the columns mean and what they
// may hold.
//
// # Columns
//
// The first name of a column is its own. One of the others stands for it where
// the table lacks the first, and only one of them may; case, and spaces or
// hyphens for underscores, make no difference:
//
//	category_id        id, class_id, label_id, cat_id
//	name               class, class_name, category, category_name, label
//	instances          count, instance_count, num_instances, objects,
//	                   annotations, count_star(), count(*), count(1)
//	images             image_count, num_images
//	annotated_images   images_with_annotations
//	total_images
//
// The last two are the same in all rows; in a JSON object that holds a list they
// stand beside it, where images is a name for total_images. Other columns are
// not read.
package classcounts

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"cocostat/internal/columnar"
)

// Class is a row of a table of counts.
type Class struct {
	ID        *int64 // nil where the table has none
	Name      string // "" where the table has ids alone
	Instances int64
	Images    *int64 // that hold the class; nil where it is not known
	Place     string // of the row, for messages: "line 3"
}

// Table is what a table of counts holds: at least one class.
type Table struct {
	Classes         []Class
	AnnotatedImages *int64   // with annotations; nil where it is not known
	TotalImages     *int64   // with and without; nil where it is not known
	Taken           []string // columns that another name stands for: `"label" for name`
}

// MaxSize is the size in bytes up to which tables are read.
const MaxSize = 64 << 20

// MaxClasses is the number of classes up to which they are.
const MaxClasses = 1 << 20

var errClasses = fmt.Errorf("more than %d classes", MaxClasses)

// ErrDataset says that a file is no table of counts since it lists images or
// annotations.
var ErrDataset = errors.New("it holds images or annotations")

// OtherError says why a file is something else than a table of counts.
type OtherError struct{ error }

// Unwrap returns what lies below.
func (e OtherError) Unwrap() error { return e.error }

// Read reads a table of counts. With strict, an object of names and numbers may
// hold nothing else but texts. The error is ErrDataset, an OtherError, or says
// what is wrong with a table of counts, and where.
func Read(data []byte, strict bool) (*Table, error) {
	if len(data) > MaxSize {
		return nil, OtherError{fmt.Errorf("it has more than %d bytes", MaxSize)}
	}
	g, err := readGrid(data, strict)
	if err != nil {
		return nil, err
	}
	return g.table()
}

// IsColumns reports whether a file begins as Arrow or Parquet do.
func IsColumns(head []byte) bool {
	return bytes.HasPrefix(head, columnar.ArrowMagic) || bytes.HasPrefix(head, columnar.ParquetMagic) || columnar.LooksLikeArrowStream(head)
}

func readGrid(data []byte, strict bool) (*grid, error) {
	if IsColumns(data) {
		return columnsGrid(data)
	}
	text := bytes.TrimPrefix(data, []byte("\ufeff"))
	start := bytes.TrimLeft(text, " \t\r\n")
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return nil, OtherError{errors.New("it is UTF-16 text: save it as CSV in UTF-8")}
	case len(start) == 0:
		return nil, OtherError{errors.New("it is empty")}
	case bytes.IndexByte(text[:min(len(text), 512)], 0) >= 0:
		return nil, OtherError{errors.New("it is no text")}
	case start[0] == '{' || start[0] == '[':
		return jsonGrid(start, strict)
	}
	return textGrid(text)
}

// grid is a table of columns by name, in the order of the file.
type grid struct {
	names  []string
	cells  [][]cell // by column
	places []string // of the rows
	totals map[string]cell
}

// cell is a value. What is neither missing nor text is a number, or something
// else that can be written.
type cell struct {
	text    string
	missing bool
	isText  bool
}

// field appends a column.
func (g *grid) field(name string, cells []cell) {
	g.names, g.cells = append(g.names, name), append(g.cells, cells)
}

// plain is a column's name without what makes no difference.
func plain(name string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
}
