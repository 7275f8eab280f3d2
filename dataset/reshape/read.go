package reshape

import (
	"cmp"
	"context"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"slices"

	"cocostat/annotations"
	"cocostat/annotations/coco"
)

// Options are the settings of Read. The zero value counts everything.
type Options struct {
	NoCrowd bool // crowd regions do not count, and stay where their image does
	Names   bool // file names are kept, for Source.Image
	// Selection says which categories are classes, and as what: those that are left
	// out do not stay, nor their annotations; those that are merged have one class in
	// the copy.
	Selection annotations.Selection
	// Leave, when set, tells which annotations do not stay, whatever is chosen; they
	// do not count.
	Leave func(*annotations.Annotation) bool
	// Progress, when set, is called from time to time with the bytes read and
	// the size of the file (0 when unknown); never after Read has returned.
	Progress func(path string, read, size int64)
}

// Source is an annotation file that was read. Slices by class are in the order
// of Categories.
type Source struct {
	File       annotations.Source
	Categories []annotations.Category // ascending ID
	Instances  []int64                // counted annotations of each class
	Images     []int64                // images that hold the class

	ListedImages int64 // different ids in the list of images
	EmptyImages  int64 // of these, without a counted annotation
	Nameless     int64 // elements of the list of images without a readable id
	Annotations  int64 // elements of the annotations list
	Dangling     int64 // of these, with an unknown image or category
	Left         int64 // of these, that Options.Leave leaves

	path     string
	scan     Scan // nil: the text of path is copied
	numbered bool // the ids are none of its own: a format of many files
	options  Options
	chosen   *chosen         // nil: all categories, as they are
	leftOf   map[int64]int64 // annotations of the categories that are left out
	elements []element       // ascending offset
	images   []imageRow
	byClass  [][]int32 // counted annotations of each class: indices of elements
	checksum uint32    // of the text
}

// element is an element of the list of images or of annotations.
type element struct {
	offset int64
	id     int64 // of the annotation
	image  int32 // row, noRow for an image without a readable id
	class  int32 // index in Categories, noRow: not of a known class
	kind   kind
}

const noRow = -1

// kind says what an element is.
type kind uint8

const (
	foreign  kind = iota // no object
	picture              // an image
	counted              // an annotation that counts
	aside                // a crowd region that does not count
	dangling             // an annotation of an unknown image or category
	left                 // an annotation that Options.Leave leaves
	class                // a category
)

type imageRow struct {
	id      int64
	name    string // with Options.Names
	listed  bool
	objects int32 // counted annotations
}

// Read reads a file, which must be one that can be read again: not standard
// input. It returns the errors of annotations.Scan, and an error for a category
// that is listed under two names.
func Read(ctx context.Context, path string, opt Options) (*Source, error) {
	text, err := annotations.Open(ctx, path, annotations.Options{Progress: opt.Progress})
	if err != nil {
		return nil, err
	}
	defer text.Close()
	b := newBuilder(path, opt)
	sum := summed{Reader: text, sum: crc32.New(castagnoli)}
	if err := coco.Scan(ctx, &sum, text.Name(), b.visitor()); err != nil {
		return nil, err
	}
	b.source.checksum = sum.sum.Sum32()
	if b.source.File, err = text.Source(); err != nil {
		return nil, err
	}
	return b.finished(text.Name())
}

// Scan hands a dataset to a visitor, the same each time: what a format reads.
type Scan func(ctx context.Context, v annotations.Visitor) error

// ReadScan is Read of a dataset in another format than COCO's, called name. Its text
// cannot be copied: see Selection.Scan.
func ReadScan(ctx context.Context, name string, scan Scan, opt Options) (*Source, error) {
	b := newBuilder(name, opt)
	b.source.scan, b.source.File.Path = scan, name
	if err := scan(ctx, b.visitor()); err != nil {
		return nil, err
	}
	return b.finished(name)
}

func newBuilder(path string, opt Options) *builder {
	return &builder{source: &Source{path: path, options: opt}, rows: map[int64]int32{}, classes: map[int64]annotations.Category{}}
}

func (b *builder) finished(name string) (*Source, error) {
	if len(b.classes) == 0 {
		return nil, fmt.Errorf("%s: no categories, so there are no classes", name)
	}
	if err := b.finish(); err != nil {
		return nil, err
	}
	return b.source, nil
}

// Image is an image of a source.
type Image struct {
	ID       int64
	FileName string // with Options.Names
	Listed   bool   // if not, only annotations know it
}

// ImageRows is how many images there are: Image takes numbers below.
func (s *Source) ImageRows() int { return len(s.images) }

// Image returns an image by its row.
func (s *Source) Image(row int) Image {
	im := &s.images[row]
	return Image{im.id, im.name, im.listed}
}

// Copies reports whether the text of the source can be copied.
func (s *Source) Copies() bool { return s.scan == nil }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// summed is a reader that adds up what it reads.
type summed struct {
	io.Reader
	sum hash.Hash32
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.sum.Write(p[:n])
	return n, err
}

// builder collects what a Source holds. Until finish, the class of an
// annotation is the row of its category id in the order of appearance.
type builder struct {
	source  *Source
	rows    map[int64]int32 // of images, by id
	classes map[int64]annotations.Category

	classRows map[int64]int32 // of category ids, in the order of appearance
	classIDs  []int64

	lists bool // images have the lists of LVIS
}

func (b *builder) visitor() annotations.Visitor {
	b.classRows = map[int64]int32{}
	return annotations.Visitor{Image: b.image, Annotation: b.annotation, Category: b.category,
		Files: func(paths []string) { b.source.numbered = len(paths) > 0 && paths[0] != "" },
		Problem: func(kind annotations.Kind, _, at int64) {
			if kind == annotations.NotAnObject && b.source.scan == nil {
				b.add(element{offset: at, image: noRow, class: noRow, kind: foreign})
			}
		}}
}

// add adds an element. Where there is no text, elements have numbers for places.
func (b *builder) add(e element) {
	if b.source.scan != nil {
		e.offset = int64(len(b.source.elements))
	}
	b.source.elements = append(b.source.elements, e)
}

func (b *builder) imageRow(id int64) int32 {
	row, known := b.rows[id]
	if !known {
		row = int32(len(b.source.images))
		b.rows[id] = row
		b.source.images = append(b.source.images, imageRow{id: id})
	}
	return row
}

func (b *builder) image(im *annotations.Image) error {
	row := int32(noRow)
	if im.Has&annotations.FieldID != 0 {
		row = b.imageRow(im.ID)
		if of := &b.source.images[row]; b.source.options.Names && !of.listed {
			of.name = im.FileName
		}
		b.source.images[row].listed = true
	} else {
		b.source.Nameless++
	}
	b.lists = b.lists || im.NegativeCategories != nil || im.NotExhaustiveCategories != nil
	b.add(element{offset: im.Offset, image: row, class: noRow, kind: picture})
	return nil
}

func (b *builder) category(c *annotations.Category) error {
	if c.Has&annotations.FieldID == 0 {
		b.add(element{offset: c.Offset, image: noRow, class: noRow, kind: class})
		return nil
	}
	b.add(element{offset: c.Offset, image: noRow, class: b.classRow(c.ID), kind: class})
	if old, known := b.classes[c.ID]; known && old.Name != c.Name {
		return fmt.Errorf("%s: category id %d is %q at byte %d and %q at byte %d: give one of them another id",
			b.source.path, c.ID, old.Name, old.Offset, c.Name, c.Offset)
	} else if !known {
		b.classes[c.ID] = *c
	}
	return nil
}

func (b *builder) annotation(a *annotations.Annotation) error {
	const refers = annotations.FieldImageID | annotations.FieldCategoryID
	b.source.Annotations++
	e := element{offset: a.Offset, id: a.ID, image: noRow, class: noRow, kind: dangling}
	if a.Has&refers == refers {
		e.kind, e.image = counted, b.imageRow(a.ImageID)
		if a.Crowd && b.source.options.NoCrowd {
			e.kind = aside
		}
		e.class = b.classRow(a.CategoryID)
		if leave := b.source.options.Leave; leave != nil && leave(a) {
			e.kind = left
			b.source.Left++
		}
	}
	b.add(e)
	return nil
}

// classRow returns the row of a category id in the order of appearance.
func (b *builder) classRow(id int64) int32 {
	row, known := b.classRows[id]
	if !known {
		row = int32(len(b.classIDs))
		b.classRows[id] = row
		b.classIDs = append(b.classIDs, id)
	}
	return row
}

// finish looks up what the elements refer to, now that all is known.
func (b *builder) finish() error {
	s := b.source
	byOffset := func(x, y element) int { return cmp.Compare(x.offset, y.offset) }
	if !slices.IsSortedFunc(s.elements, byOffset) {
		slices.SortFunc(s.elements, byOffset)
	}
	for _, c := range b.classes {
		s.Categories = append(s.Categories, c)
	}
	slices.SortFunc(s.Categories, func(x, y annotations.Category) int { return cmp.Compare(x.ID, y.ID) })
	if err := b.choose(); err != nil {
		return err
	}
	s.leftOf = map[int64]int64{}
	index, out := make([]int32, len(b.classIDs)), make([]bool, len(b.classIDs)) // in Categories, by row
	for row, id := range b.classIDs {
		index[row], out[row] = s.index(id)
	}
	s.byClass = make([][]int32, len(s.Categories))
	for i := range s.elements {
		e := &s.elements[i]
		if row := e.class; row != noRow {
			e.class = index[row]
			b.leave(e, b.classIDs[row], out[row])
		}
		switch e.kind {
		case counted, aside:
			s.enter(int32(i))
		case dangling:
			s.Dangling++
		}
	}
	s.count()
	return nil
}

// leave leaves an element out if its category is left out, or, of a list of
// categories, if another stands for the class.
func (b *builder) leave(e *element, id int64, out bool) {
	s := b.source
	switch {
	case e.kind == class:
		if out || s.chosen != nil && e.class != noRow && !s.chosen.first[id] {
			e.kind = left
		}
	case out && (e.kind == counted || e.kind == aside):
		e.kind = left
		s.leftOf[id]++
		s.Left++
	}
}

// classIndex finds a category by its id.
func (s *Source) classIndex(id int64) (index int, listed bool) {
	return slices.BinarySearchFunc(s.Categories, id, func(c annotations.Category, id int64) int { return cmp.Compare(c.ID, id) })
}

// enter enters an annotation whose class has been looked up.
func (s *Source) enter(i int32) {
	e := &s.elements[i]
	switch image := &s.images[e.image]; {
	case e.class == noRow || !image.listed:
		e.kind = dangling
		s.Dangling++
	case e.kind == counted:
		image.objects++
		s.byClass[e.class] = append(s.byClass[e.class], i)
	}
}

// count sorts the annotations of each class by image, and fills in the numbers.
func (s *Source) count() {
	s.Instances, s.Images = make([]int64, len(s.Categories)), make([]int64, len(s.Categories))
	for class, list := range s.byClass {
		slices.SortFunc(list, s.compare)
		s.Instances[class] = int64(len(list))
		for i, e := range list {
			if i == 0 || s.elements[e].image != s.elements[list[i-1]].image {
				s.Images[class]++
			}
		}
	}
	for _, im := range s.images {
		if im.listed {
			s.ListedImages++
			if im.objects == 0 {
				s.EmptyImages++
			}
		}
	}
}

// compare orders annotations by image id, then by their own. Those of equal
// ids, which a sound file does not have, stay in the order of the file.
func (s *Source) compare(i, j int32) int {
	a, b := &s.elements[i], &s.elements[j]
	return cmp.Or(cmp.Compare(s.images[a.image].id, s.images[b.image].id), cmp.Compare(a.id, b.id), cmp.Compare(i, j))
}
