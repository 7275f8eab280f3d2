package rows

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/columnar"
)

// scan hands a table to a visitor.
type scan struct {
	ctx     context.Context
	file    string
	visitor annotations.Visitor
	table   *columnar.Table
	at      [roles]int
	box     [4]int
	corners bool

	images, classes      *columnar.Table // beside it; nil: there are none
	imageFile, classFile int             // in Visitor.Files

	imageIDs map[string]int64 // of file names, where there are no ids
	classIDs map[string]int64 // of names, likewise
	known    map[int64]bool   // images that were visited, where they are those of the rows
}

// open finds the columns.
func (s *scan) open(given map[string]string) (err error) {
	other := func(format string, args ...any) error {
		return &annotations.FormatError{File: s.file, Msg: fmt.Sprintf(format, args...) +
			fmt.Sprintf("; its columns are %s: rename them, or name them with --columns-map (of analyze, validate and weights), such as --columns-map image_id=frame,category_name=species", fieldNames(s.table))}
	}
	if s.at, err = columnsOf(s.table, given); err != nil {
		return other("%v", err)
	}
	switch {
	case s.at[imageID] < 0 && s.at[fileName] < 0:
		return other("a table with a row per annotation has a column image_id or file_name, and this has neither")
	case s.at[categoryID] < 0 && s.at[categoryName] < 0:
		return other("a table with a row per annotation has a column category_id or category_name, and this has neither")
	}
	if s.box, s.corners, err = box(s.at); err != nil {
		return other("%v", err)
	}
	for r, at := range s.at {
		if at < 0 {
			continue
		}
		if f := s.table.Fields[at]; !role(r).reads(f) {
			return other("column %q, for %s, is of type %s, which is not read as that: CAST it AS BIGINT, DOUBLE or VARCHAR", f.Name, names[r][0], typeName(f))
		}
	}
	return nil
}

func typeName(f columnar.Field) string {
	if f.Meaning != "" {
		return f.Meaning
	}
	return f.TypeName
}

// reads reports whether a column can have the role.
func (r role) reads(f columnar.Field) bool {
	if f.Type == columnar.Other || f.Meaning != "" && f.Meaning != columnar.Unsigned && !f.Type.IsText() {
		return false
	}
	switch r {
	case annotationID, imageID, categoryID:
		return f.Type.IsInt() || f.Type.IsText()
	case fileName, categoryName, supercategory:
		return f.Type.IsText()
	}
	return !f.Type.IsText()
}

// Each hands the rows of a file to a function, in their order; they are valid during
// the call.
func Each(ctx context.Context, path string, each func([]annotations.Annotation) error) error {
	f := &File{path: path, opt: annotations.Options{NoHash: true}}
	t, err := f.read(ctx, path)
	if err != nil {
		return err
	}
	s := &scan{ctx: ctx, file: path, table: t, images: t}
	if err := s.open(nil); err != nil {
		return err
	}
	return s.batches(each)
}

// run hands over classes, images and annotations.
func (s *scan) run() error {
	if err := s.visitClasses(); err != nil {
		return err
	}
	if s.images != nil {
		if err := s.visitImages(); err != nil {
			return err
		}
	} else {
		s.known, s.imageIDs = map[int64]bool{}, map[string]int64{}
	}
	return s.batches(s.hand)
}

// batches hands over the annotations.
func (s *scan) batches(hand func([]annotations.Annotation) error) error {
	row := 0
	for i := range s.table.Batches {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		b, err := readBatch(s.table.Batch(i), s.at[:])
		if err != nil {
			return s.damaged(err)
		}
		list, err := s.rows(b, row)
		if err != nil {
			return err
		}
		if err := hand(list); err != nil {
			return err
		}
		row += b.rows
	}
	return nil
}

func (s *scan) damaged(err error) error {
	return &annotations.FormatError{File: s.file, Msg: fmt.Sprintf("damaged: %v", err)}
}

// batch are the columns of some rows, by role.
type batch struct {
	rows    int
	columns [roles]columnar.Column
	has     [roles]bool
	ints    [roles]bool
}

// readBatch reads the columns of a table that have a role.
func readBatch(t *columnar.Table, at []int) (*batch, error) {
	b := &batch{rows: t.Rows}
	for r, column := range at {
		if column < 0 {
			continue
		}
		var err error
		if b.columns[r], err = t.Column(column); err != nil {
			return nil, fmt.Errorf("column %q: %w", t.Fields[column].Name, err)
		}
		f := t.Fields[column]
		b.has[r], b.ints[r] = true, f.Type.IsInt() || f.Type == columnar.Bool
		if f.Meaning == columnar.Unsigned && f.Type == columnar.Int32 {
			for i, v := range b.columns[r].Ints {
				b.columns[r].Ints[i] = int64(uint32(v))
			}
		}
	}
	return b, nil
}

// null reports whether a cell is empty.
func (b *batch) null(r role, i int) bool {
	return !b.has[r] || b.columns[r].Null != nil && b.columns[r].Null[i]
}

// number returns a number, and whether there is one that is finite.
func (b *batch) number(r role, i int) (float64, bool) {
	if b.null(r, i) {
		return 0, false
	}
	if b.ints[r] {
		return float64(b.columns[r].Ints[i]), true
	}
	v := b.columns[r].Floats[i]
	return v, !math.IsNaN(v) && !math.IsInf(v, 0)
}

// text returns a text, "" where there is none.
func (b *batch) text(r role, i int) string {
	if b.null(r, i) {
		return ""
	}
	return b.columns[r].Texts[i]
}

// id returns an identifier, and whether there is one. A text is a number if it is
// written as one, and else stands for one.
func (b *batch) id(v *annotations.Visitor, r role, i int) (int64, bool) {
	if b.null(r, i) {
		return 0, false
	}
	if b.ints[r] {
		return b.columns[r].Ints[i], true
	}
	text := b.columns[r].Texts[i]
	if text == "" {
		return 0, false
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	n := annotations.NumberOfText(text)
	if v.Text != nil {
		v.Text(n, text)
	}
	return n, true
}

// visitClasses hands over the classes: those of the table beside, or of the rows.
func (s *scan) visitClasses() error {
	if s.classes != nil {
		return s.visitClassTable()
	}
	names, err := s.classesOfRows()
	if err != nil {
		return err
	}
	if s.at[categoryID] < 0 {
		s.classIDs = map[string]int64{}
		var sorted []string
		for _, k := range names {
			sorted = append(sorted, k.Name)
		}
		slices.Sort(sorted)
		for i, name := range sorted {
			s.classIDs[name] = int64(i) + 1
		}
		for i := range names {
			names[i].ID = s.classIDs[names[i].Name]
		}
	}
	slices.SortFunc(names, func(a, b annotations.Category) int {
		if a.ID != b.ID {
			return int(min(1, max(-1, a.ID-b.ID)))
		}
		return strings.Compare(a.Name, b.Name)
	})
	return s.visitCategories(names)
}

func (s *scan) visitCategories(list []annotations.Category) error {
	if s.visitor.Category == nil {
		return nil
	}
	for i := range list {
		if err := s.visitor.Category(&list[i]); err != nil {
			return err
		}
	}
	return nil
}

// mostClasses is up to how many classes the rows may have.
const mostClasses = 1 << 20

// classesOfRows returns the different classes of the rows, with the place where each
// is first.
func (s *scan) classesOfRows() (list []annotations.Category, err error) {
	type class struct {
		id   int64
		name string
	}
	seen := map[class]bool{}
	at := s.only(categoryID, categoryName)
	row := 0
	for i := range s.table.Batches {
		b, err := readBatch(s.table.Batch(i), at[:])
		if err != nil {
			return nil, s.damaged(err)
		}
		for i := range b.rows {
			row++
			id, has := b.id(&annotations.Visitor{}, categoryID, i)
			name := b.text(categoryName, i)
			if !has && (s.at[categoryID] >= 0 || name == "") || seen[class{id, name}] {
				continue
			}
			if len(seen) == mostClasses {
				return nil, s.damaged(fmt.Errorf("more than %d classes", mostClasses))
			}
			seen[class{id, name}] = true
			k := annotations.Category{ID: id, Name: name, Offset: annotations.Line(0, row), Has: annotations.FieldID | annotations.FieldName}
			if s.at[categoryName] < 0 {
				k.Name = strconv.FormatInt(id, 10)
				if !b.ints[categoryID] {
					k.Name = b.text(categoryID, i)
				}
			}
			list = append(list, k)
		}
	}
	return list, nil
}

// only returns the columns of some roles alone.
func (s *scan) only(some ...role) (at [roles]int) {
	for r := range roles {
		at[r] = -1
		if slices.Contains(some, r) {
			at[r] = s.at[r]
		}
	}
	return at
}
