package subset

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
	Annotations  int64 // elements of the annotations list
	Dangling     int64 // of these, with an unknown image or category

	path     string
	options  Options
	elements []element // ascending offset
	images   []imageRow
	byClass  [][]int32 // counted annotations of each class: indices of elements
	checksum uint32    // of the text
}

// element is an element of the list of images or of annotations.
type element struct {
	offset int64
	id     int64 // of the annotation
	image  int32 // row, noRow for an image without a readable id
	class  int32 // index in Categories, noRow: not an annotation of a known class
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
)

type imageRow struct {
	id      int64
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
	b := builder{
		source: &Source{path: path, options: opt},
		rows:   map[int64]int32{}, classes: map[int64]annotations.Category{},
	}
	sum := summed{Reader: text, sum: crc32.New(castagnoli)}
	if err := coco.Scan(ctx, &sum, text.Name(), b.visitor()); err != nil {
		return nil, err
	}
	b.source.checksum = sum.sum.Sum32()
	if b.source.File, err = text.Source(); err != nil {
		return nil, err
	}
	if len(b.classes) == 0 {
		return nil, fmt.Errorf("%s: no categories, so no classes to thin", text.Name())
	}
	b.finish()
	return b.source, nil
}

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
}

func (b *builder) visitor() annotations.Visitor {
	b.classRows = map[int64]int32{}
	return annotations.Visitor{Image: b.image, Annotation: b.annotation, Category: b.category,
		Problem: func(kind annotations.Kind, _, at int64) {
			if kind == annotations.NotAnObject {
				b.add(element{offset: at, image: noRow, class: noRow, kind: foreign})
			}
		}}
}

func (b *builder) add(e element) { b.source.elements = append(b.source.elements, e) }

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
		b.source.images[row].listed = true
	}
	b.add(element{offset: im.Offset, image: row, class: noRow, kind: picture})
	return nil
}

func (b *builder) category(c *annotations.Category) error {
	if c.Has&annotations.FieldID == 0 {
		return nil
	}
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
		row, known := b.classRows[a.CategoryID]
		if !known {
			row = int32(len(b.classIDs))
			b.classRows[a.CategoryID] = row
			b.classIDs = append(b.classIDs, a.CategoryID)
		}
		e.class = row
	}
	b.add(e)
	return nil
}

// finish looks up what the elements refer to, now that all is known.
func (b *builder) finish() {
	s := b.source
	byOffset := func(x, y element) int { return cmp.Compare(x.offset, y.offset) }
	if !slices.IsSortedFunc(s.elements, byOffset) {
		slices.SortFunc(s.elements, byOffset)
	}
	for _, c := range b.classes {
		s.Categories = append(s.Categories, c)
	}
	slices.SortFunc(s.Categories, func(x, y annotations.Category) int { return cmp.Compare(x.ID, y.ID) })
	class := make([]int32, len(b.classIDs)) // index in Categories by row
	for row, id := range b.classIDs {
		i, listed := slices.BinarySearchFunc(s.Categories, id, func(c annotations.Category, id int64) int { return cmp.Compare(c.ID, id) })
		if class[row] = int32(i); !listed {
			class[row] = noRow
		}
	}
	s.byClass = make([][]int32, len(s.Categories))
	for i := range s.elements {
		if e := &s.elements[i]; e.kind == counted || e.kind == aside {
			e.class = class[e.class]
			s.enter(int32(i))
		} else if e.kind == dangling {
			s.Dangling++
		}
	}
	s.count()
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
