package annotations

import (
	"context"
	"fmt"
)

// Count counts the annotations of one or several COCO-format files, each read
// once; see the package comment for what counts. A path of "-" is standard
// input; files compressed with gzip or zstd are recognised by their content.
//
// It returns the errors of Scan, an *EmptyError if there is nothing to count
// and why, or an error that names both places if a category id has two names.
func Count(ctx context.Context, paths []string, opt Options) (*Counts, error) {
	if len(paths) == 0 {
		return nil, fmt.Errorf("annotations: no file to count")
	}
	var tallies []*tally
	var sources []Source
	for _, path := range paths {
		t, source, err := tallyFile(ctx, path, opt)
		if err != nil {
			return nil, err
		}
		tallies, sources = append(tallies, t), append(sources, source)
	}
	c, err := merge(tallies, opt.NoCrowd)
	if err != nil {
		return nil, err
	}
	c.Sources = sources
	return c, nil
}

// tallyFile reads one file.
func tallyFile(ctx context.Context, path string, opt Options) (*tally, Source, error) {
	in, err := openInput(ctx, path, opt)
	if err != nil {
		return nil, Source{}, err
	}
	defer in.Close()
	t := &tally{file: in.path, problems: problemList{}}
	if err := Scan(ctx, in.text, in.path, t.visitor()); err != nil {
		return nil, Source{}, err
	}
	source, err := in.source()
	return t, source, err
}

// tally is what one file says, in tables by row: a row per image and category
// id that occurs, listed or only referred to.
type tally struct {
	file        string
	imageRows   rowTable
	images      []tallyImage
	classRows   rowTable
	classes     []tallyClass
	pairs       pairTable
	ids         idSet
	annotations int64 // elements of the list
	nameless    int64 // of these, without a readable category_id
	problems    problemList
}

type tallyImage struct {
	id            int64
	name          string
	width, height int32
	listed        bool
	first         mention // the element, or else the first annotation that refers to it
}

type tallyClass struct {
	Category
	listed bool
	first  mention // the first annotation that refers to it, while it is not listed
}

// mention is a place that something is known from.
type mention struct{ id, offset int64 }

func (t *tally) visitor() Visitor {
	return Visitor{Image: t.image, Annotation: t.annotation, Category: t.category,
		Problem: func(kind Kind, id, at int64) { t.problem(kind, id, at) }}
}

func (t *tally) problem(kind Kind, id, at int64) {
	t.problems.add(kind, 1, Example{File: t.file, ID: id, Offset: at})
}

func (t *tally) image(im *Image) error {
	if im.Has&FieldID != 0 {
		t.list(im)
	}
	return nil
}

// list enters an image and reports whether it is new.
func (t *tally) list(im *Image) bool {
	row, added := t.imageRows.row(im.ID)
	if added {
		t.images = append(t.images, tallyImage{})
	} else if t.images[row].listed {
		t.problem(DuplicateImage, im.ID, im.Offset)
		return false
	}
	if im.Width == 0 || im.Height == 0 {
		t.problem(NoSize, im.ID, im.Offset)
	}
	t.images[row] = tallyImage{id: im.ID, name: im.FileName, width: int32(im.Width), height: int32(im.Height),
		listed: true, first: mention{im.ID, im.Offset}}
	return true
}

func (t *tally) category(c *Category) error {
	if c.Has&FieldID == 0 {
		return nil
	}
	row, added := t.classRows.row(c.ID)
	if added {
		t.classes = append(t.classes, tallyClass{})
	} else if old := &t.classes[row]; old.listed {
		if old.Name != c.Name {
			return fmt.Errorf("%s: category id %d is %q at byte %d and %q at byte %d: give one of them another id",
				t.file, c.ID, old.Name, old.Offset, c.Name, c.Offset)
		}
		t.problem(DuplicateCategory, c.ID, c.Offset)
		return nil
	}
	t.classes[row] = tallyClass{Category: *c, listed: true}
	return nil
}

func (t *tally) annotation(a *Annotation) error {
	t.annotations++
	t.checkID(a)
	t.checkBox(a)
	if a.Has&FieldCategoryID == 0 {
		t.nameless++
		t.problem(UnknownCategory, a.ID, a.Offset)
	}
	if a.Has&FieldImageID == 0 {
		t.problem(UnknownImage, a.ID, a.Offset)
	}
	if a.Has&(FieldCategoryID|FieldImageID) != FieldCategoryID|FieldImageID {
		return nil
	}
	image, added := t.imageRows.row(a.ImageID)
	if added {
		t.images = append(t.images, tallyImage{id: a.ImageID, first: mention{a.ID, a.Offset}})
	}
	class, added := t.classRows.row(a.CategoryID)
	if added {
		t.classes = append(t.classes, tallyClass{Category: Category{ID: a.CategoryID}, first: mention{a.ID, a.Offset}})
	}
	t.pairs.add(image, class, a.Crowd)
	return nil
}

func (t *tally) checkID(a *Annotation) {
	if a.Has&FieldID == 0 {
		return
	}
	if a.ID == 0 {
		t.problem(AnnotationIDZero, 0, a.Offset)
	}
	if t.ids.add(a.ID) {
		t.problem(DuplicateID, a.ID, a.Offset)
	}
}

func (t *tally) checkBox(a *Annotation) {
	w, h := a.BBox[2], a.BBox[3]
	switch {
	case a.Has&FieldBBox == 0:
		t.problem(NoBox, a.ID, a.Offset)
	case w < 0 || h < 0:
		t.problem(NegativeBox, a.ID, a.Offset)
	case w == 0 || h == 0:
		t.problem(EmptyBox, a.ID, a.Offset)
	}
}
