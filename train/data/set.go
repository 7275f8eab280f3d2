package data

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"slices"

	"cocostat/annotations"
	"cocostat/dataset"
)

// Item is one image of a set.
type Item struct {
	ID            int64
	FileName      string // as in the annotations
	Path          string
	Width, Height int   // pixels as in the annotations, 0 when absent there
	Boxes         []Box // source pixels, within the image where its size is known
}

// Report counts what a set holds and what was left out of it.
type Report struct {
	Images       int // all of them, also those without objects
	Empty        int // images without objects
	Objects      int // usable boxes, crowd regions included
	Crowd        int // crowd regions among them
	NoArea       int // boxes left out: a side is 0, negative or not a finite number
	Outside      int // boxes left out: no part of them is in the image
	Clipped      int // boxes cut back by more than a pixel at the image's edge
	UnknownClass int // boxes left out: their category is not listed
}

// Notes returns a line for each thing that a user should know, none for a
// clean set.
func (r Report) Notes() []string {
	return r.notes("left out", "left out", "cut at the edge of their image")
}

// EvaluationNotes says the same of a set to evaluate on: COCO's AP counts every
// box of the listed categories, whole.
func (r Report) EvaluationNotes() []string {
	return r.notes("can be matched by no detection", "count in AP", "reach beyond their image, and AP compares them whole")
}

func (r Report) notes(noArea, outside, clipped string) []string {
	var notes []string
	note := func(n int, what string) {
		if n > 0 {
			notes = append(notes, fmt.Sprintf("%d %s", n, what))
		}
	}
	note(r.NoArea, "boxes without area "+noArea)
	note(r.Outside, "boxes outside their image "+outside)
	note(r.UnknownClass, "boxes of unlisted categories left out")
	note(r.Clipped, "boxes "+clipped)
	note(r.Empty, "images without objects")
	return notes
}

// Set is a dataset ready to be loaded: C classes in ascending category id (the
// index is the channel), and the images in the order of the annotations.
type Set struct {
	Categories []annotations.Category
	Items      []Item
	Report     Report
}

// OpenSet reads an annotation file and finds its images: in the folder images,
// or where [FindImages] finds them if that is empty.
func OpenSet(ctx context.Context, annotationPath, images string) (*Set, error) {
	d, err := dataset.Load(ctx, annotationPath)
	if err != nil {
		return nil, err
	}
	if images == "" {
		if images, err = FindImages(annotationPath); err != nil {
			return nil, err
		}
	}
	return NewSet(d, images)
}

// NewSet makes a set of d with its images in the folder images. Boxes that
// cannot be used are left out and counted in the report; crowd regions stay,
// as in CenterNet (src/lib/datasets/sample/ctdet.py). It fails if d has no images or no
// categories, and with a [MissingError] if images are not there.
func NewSet(d *annotations.Dataset, images string) (*Set, error) {
	switch {
	case len(d.Categories) == 0:
		return nil, fmt.Errorf("data: %s: no categories", d.Path)
	case len(d.Images) == 0:
		return nil, fmt.Errorf("data: %s: no images", d.Path)
	}
	channel := make(map[int64]int, len(d.Categories))
	for i, c := range d.Categories {
		channel[c.ID] = i
	}
	s := &Set{Categories: d.Categories, Items: make([]Item, len(d.Images))}
	s.Report.Images = len(d.Images)
	for i, img := range d.Images {
		item := &s.Items[i]
		*item = Item{ID: img.ID, FileName: img.FileName, Width: img.Width, Height: img.Height}
		item.Boxes = s.Report.usable(item, d.Objects[i], channel)
		if len(item.Boxes) == 0 {
			s.Report.Empty++
		}
	}
	if err := s.locate(images); err != nil {
		return nil, err
	}
	return s, nil
}

// Add adds another training set of the same classes. An image that both list, by id
// and file name, is one image with the boxes of both, unless apart is set.
func (s *Set) Add(more *Set, apart bool) {
	type image struct {
		id   int64
		name string
	}
	at := map[image]int{}
	if !apart {
		for i := range s.Items {
			at[image{s.Items[i].ID, s.Items[i].FileName}] = i
		}
	}
	for _, item := range more.Items {
		i, both := at[image{item.ID, item.FileName}]
		if !both {
			s.Items = append(s.Items, item)
			continue
		}
		mine := &s.Items[i]
		if len(mine.Boxes) == 0 || len(item.Boxes) == 0 {
			s.Report.Empty--
		}
		s.Report.Images--
		mine.Boxes = append(mine.Boxes, item.Boxes...)
	}
	s.Report.add(&more.Report)
}

// add adds up what two sets hold.
func (r *Report) add(more *Report) {
	r.Images += more.Images
	r.Empty += more.Empty
	r.Objects += more.Objects
	r.Crowd += more.Crowd
	r.NoArea += more.NoArea
	r.Outside += more.Outside
	r.Clipped += more.Clipped
	r.UnknownClass += more.UnknownClass
}

// LeaveOutEmpty takes the images out of which no box is larger than one pixel in
// both directions, as FCOS does for training (has_valid_annotation in
// fcos_core/data/datasets/coco.py), and returns how many there were.
func (s *Set) LeaveOutEmpty() int {
	before := len(s.Items)
	s.Items = slices.DeleteFunc(s.Items, func(item Item) bool {
		return !slices.ContainsFunc(item.Boxes, func(b Box) bool { return b.W > 1 && b.H > 1 })
	})
	return before - len(s.Items)
}

// usable returns the boxes of an image that training can use.
func (r *Report) usable(item *Item, objects []annotations.Annotation, channel map[int64]int) []Box {
	boxes := make([]Box, 0, len(objects))
	for _, o := range objects {
		class, known := channel[o.CategoryID]
		if !known {
			r.UnknownClass++
			continue
		}
		box, use := annotations.ClipBox(o.BBox, item.Width, item.Height)
		switch use {
		case annotations.FlatBox:
			r.NoArea++
			continue
		case annotations.StrayBox:
			r.Outside++
			continue
		}
		if cut(o.BBox, box) > 1 {
			r.Clipped++
		}
		if o.Crowd {
			r.Crowd++
		}
		boxes = append(boxes, Box{Class: class, X: box[0], Y: box[1], W: box[2], H: box[3], Crowd: o.Crowd})
	}
	r.Objects += len(boxes)
	return boxes
}

// cut returns by how many pixels a box x, y, w, h lost a side at most.
func cut(whole, part [4]float64) float64 {
	far := func(b [4]float64, axis int) float64 { return b[axis] + b[axis+2] }
	return max(part[0]-whole[0], part[1]-whole[1], far(whole, 0)-far(part, 0), far(whole, 1)-far(part, 1))
}

// Fingerprint returns a checksum of all that training takes from the
// annotations: the classes, and the images in order with their file names,
// sizes and boxes. It does not depend on where the images lie.
func (s *Set) Fingerprint() string {
	h := fnv.New64a()
	var buffer []byte
	number := func(v uint64) { buffer = binary.LittleEndian.AppendUint64(buffer, v) }
	text := func(t string) { number(uint64(len(t))); buffer = append(buffer, t...) }
	number(uint64(len(s.Categories)))
	for _, c := range s.Categories {
		number(uint64(c.ID))
		text(c.Name)
	}
	for i := range s.Items {
		item := &s.Items[i]
		text(item.FileName)
		for _, v := range []int{int(item.ID), item.Width, item.Height, len(item.Boxes)} {
			number(uint64(v))
		}
		for _, b := range item.Boxes {
			number(uint64(b.Class))
			for _, v := range []float64{b.X, b.Y, b.W, b.H} {
				number(math.Float64bits(v))
			}
		}
		h.Write(buffer) // a hash takes everything
		buffer = buffer[:0]
	}
	return fmt.Sprintf("%016x", h.Sum64())
}
