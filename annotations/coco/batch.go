package coco

import (
	"slices"

	"cocostat/annotations"
)

// batch is what was read of a list, and not handed over yet.
type batch struct {
	images      []annotations.Image
	annotations []annotations.Annotation
	ids         []int64 // of the annotations that have one
	categories  []annotations.Category
	results     []annotations.Result
	read        int // how many elements these are
	notes       []note
}

// note is a problem that was met when so many elements had been read.
type note struct {
	before int
	kind   annotations.Kind // "": text is what id stands for
	id, at int64
	text   string
}

func (b *batch) reset() {
	b.images, b.annotations, b.ids = b.images[:0], b.annotations[:0], b.ids[:0]
	b.categories, b.results = b.categories[:0], b.results[:0]
	b.read, b.notes = 0, b.notes[:0]
}

// addAnnotation makes room for another annotation.
func (b *batch) addAnnotation() *annotations.Annotation {
	n := len(b.annotations)
	if n == cap(b.annotations) {
		b.annotations = slices.Grow(b.annotations, max(64, n))
	}
	b.annotations = b.annotations[:n+1]
	return &b.annotations[n]
}

// visitor is what gets the elements of an annotation file, or of a results file.
type visitor struct {
	annotations.Visitor
	results func([]annotations.Result) error
}

// wants reports whether the visitor takes the elements of a list.
func (v *visitor) wants(n list) bool {
	switch n {
	case imageList:
		return v.Image != nil
	case annotationList:
		return v.Annotation != nil
	case resultList:
		return v.results != nil
	default:
		return v.Category != nil
	}
}

// take hands over a batch, one element after the other.
func (v *visitor) take(b *batch) (err error) {
	notes := v.tell(b.notes, 0)
	each := func(n int, hand func(i int) error) {
		for i := 0; i < n && err == nil; i++ {
			err = hand(i)
			if len(notes) > 0 && err == nil {
				notes = v.tell(notes, i+1)
			}
		}
	}
	each(len(b.images), func(i int) error { return v.Image(&b.images[i]) })
	each(len(b.annotations), func(i int) error { return v.Annotation(&b.annotations[i]) })
	each(len(b.categories), func(i int) error { return v.Category(&b.categories[i]) })
	if len(b.results) > 0 && err == nil {
		err = v.results(b.results)
	}
	if err == nil {
		v.tell(notes, b.read)
	}
	return err
}

// takeWhole hands over a batch at once, if the visitor takes batches. What must
// still be entered of it are the annotations.
func (v *visitor) takeWhole(b *batch) error {
	if v.Batches == nil || len(b.categories)+len(b.results) > 0 {
		return v.take(b)
	}
	var err error
	if len(b.images) > 0 {
		err = v.Batches.Images(b.images)
	}
	if err == nil && len(b.annotations) > 0 {
		err = v.Batches.Confirm(b.annotations, b.ids)
	}
	if err == nil {
		v.tell(b.notes, b.read)
	}
	return err
}

// tell passes on the problems that were met when at most so many elements had
// been read, and returns the others.
func (v *visitor) tell(notes []note, upTo int) (later []note) {
	for len(notes) > 0 && notes[0].before <= upTo {
		switch n := &notes[0]; {
		case n.kind == "":
			if v.Text != nil {
				v.Text(n.id, n.text)
			}
		case v.Problem != nil:
			v.Problem(n.kind, n.id, n.at)
		}
		notes = notes[1:]
	}
	return notes
}
