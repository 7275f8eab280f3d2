package annotations

import "fmt"

// tally is what one file says, in tables by row: a row per image and category
// id that occurs, listed or only referred to.
type tally struct {
	file        string
	imageRows   rowTable
	images      []tallyImage
	frames      []frame // of the images
	classRows   rowTable
	classes     []tallyClass
	pairs       pairList
	boxes       boxStats // by class row, of the annotations of listed images
	crowds      boxStats // of crowds
	pending     pendingList
	ids         idSet
	annotations int64 // elements of the list
	nameless    int64 // of these, without a readable category_id
	problems    problemList
	refs        []imageRef // scratch of annotationList
}

type tallyImage struct {
	id    int64
	name  string
	first mention // the element, or else the first annotation that refers to it
}

// frame is the size of an image in pixels, 0 where it is absent, or notListed.
// It stands apart because every annotation looks at it.
type frame struct{ width, height int32 }

var notListed = frame{-1, -1}

type tallyClass struct {
	Category
	listed bool
	first  mention // the first annotation that refers to it, while it is not listed
}

// mention is a place that something is known from.
type mention struct{ id, offset int64 }

func (t *tally) visitor() Visitor {
	return Visitor{Image: t.image, Annotation: t.annotation, annotations: t.annotationList, Category: t.category,
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
	row := t.imageRow(im.ID, mention{})
	if t.frames[row] != notListed {
		t.problem(DuplicateImage, im.ID, im.Offset)
		return false
	}
	if im.Width == 0 || im.Height == 0 {
		t.problem(NoSize, im.ID, im.Offset)
	}
	t.images[row] = tallyImage{id: im.ID, name: im.FileName, first: mention{im.ID, im.Offset}}
	t.frames[row] = frame{int32(im.Width), int32(im.Height)}
	return true
}

// imageRow returns the row of an image; if it is new, as one that is known from
// a mention only.
func (t *tally) imageRow(id int64, from mention) int32 {
	row, added := t.imageRows.row(id)
	if added {
		t.images = append(t.images, tallyImage{id: id, first: from})
		t.frames = append(t.frames, notListed)
	}
	return row
}

func (t *tally) category(c *Category) error {
	if c.Has&FieldID == 0 {
		return nil
	}
	row := t.classRow(c.ID, mention{})
	if old := &t.classes[row]; old.listed {
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

// classRow is imageRow of a category.
func (t *tally) classRow(id int64, from mention) int32 {
	row, added := t.classRows.row(id)
	if added {
		t.classes = append(t.classes, tallyClass{Category: Category{ID: id}, first: from})
	}
	return row
}

// refers is what an annotation must have to count.
const refers = FieldImageID | FieldCategoryID

// imageRef is an annotation's image.
type imageRef struct {
	row   int32 // -1: the annotation does not count
	frame frame
}

// annotationList enters several annotations. It looks up all their images
// first: the processor waits for memory once, so to speak, not once for each.
func (t *tally) annotationList(list []Annotation) error {
	t.refs = t.refs[:0]
	for i := range list {
		t.refs = append(t.refs, t.imageOf(&list[i]))
	}
	for i := range list {
		t.enter(&list[i], t.refs[i])
	}
	return nil
}

func (t *tally) annotation(a *Annotation) error {
	t.enter(a, t.imageOf(a))
	return nil
}

// imageOf finds an annotation's image.
func (t *tally) imageOf(a *Annotation) imageRef {
	if a.Has&refers != refers {
		return imageRef{row: -1}
	}
	row := t.imageRow(a.ImageID, mention{a.ID, a.Offset})
	return imageRef{row, t.frames[row]}
}

// enter enters an annotation of that image.
func (t *tally) enter(a *Annotation, image imageRef) {
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
	if image.row < 0 {
		return
	}
	from := mention{a.ID, a.Offset}
	class := t.classRow(a.CategoryID, from)
	t.pairs.add(image.row, class, a.Crowd)
	m := measure{box: a.BBox, area: a.sizeArea(), image: image.row, class: class, mention: from, crowd: a.Crowd}
	if image.frame == notListed {
		t.pending.add(m)
	} else {
		t.measure(&m, image.frame)
	}
}

// measure counts an annotation whose image is listed.
func (t *tally) measure(m *measure, f frame) {
	if m.crowd {
		t.crowds.add(m.class, m)
	} else {
		t.boxes.add(m.class, m)
	}
	if m.leaves(f) {
		t.problem(OutsideImage, m.id, m.offset)
	}
}

// settle measures the pending annotations whose image was listed after them.
func (t *tally) settle() {
	t.pending.remove(func(m measure) bool {
		f := t.frames[m.image]
		if f != notListed {
			t.measure(&m, f)
		}
		return f != notListed
	})
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

// checkBox reports what is wrong with a box whatever its image.
func (t *tally) checkBox(a *Annotation) {
	w, h := a.BBox[2], a.BBox[3]
	switch {
	case a.Has&FieldBBox == 0:
		t.problem(NoBox, a.ID, a.Offset)
		return
	case w < 0 || h < 0:
		t.problem(NegativeBox, a.ID, a.Offset)
	case w == 0 || h == 0:
		t.problem(EmptyBox, a.ID, a.Offset)
	}
	if a.Has&FieldArea == 0 {
		t.problem(NoArea, a.ID, a.Offset)
	}
}
