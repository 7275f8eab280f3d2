package annotations

import (
	"math"
	"slices"

	"cocostat/internal/enclose"
)

// Named gathers a dataset of a format whose classes are names alone, since they
// have their ids only once all names are known. The zero value is an empty one.
type Named struct {
	images  []Image
	objects []Annotation // CategoryID is a number of Class, -1: none
	names   []string
	numbers map[string]int64
}

// Class returns a number for the name of a class, which counts from 0.
func (n *Named) Class(name string) int64 {
	if number, known := n.numbers[name]; known {
		return number
	}
	if n.numbers == nil {
		n.numbers = map[string]int64{}
	}
	number := int64(len(n.names))
	n.names = append(n.names, name)
	n.numbers[name] = number
	return number
}

// NoClass stands for a number of Class where an object has none.
const NoClass = -1

// Image adds an image, of which ID (unless Has says that it is there), FieldID and
// FieldName are completed, and returns its id: its number from 1.
func (n *Named) Image(im Image) int64 {
	if im.Has&FieldID == 0 {
		im.ID = int64(len(n.images)) + 1
	}
	im.Has |= FieldID
	if im.FileName != "" {
		im.Has |= FieldName
	}
	if im.Width <= 0 || im.Height <= 0 || im.Width > math.MaxInt32 || im.Height > math.MaxInt32 {
		im.Width, im.Height = 0, 0
	}
	n.images = append(n.images, im)
	return im.ID
}

// Object adds an object of a class in an image: its box, if Has says that it is
// there, Crowd and Offset matter. It is numbered from 1, and its area is that of
// the box. A box that is infinite is absent and a problem.
func (n *Named) Object(a Annotation, image, class int64, problem func(kind Kind, id, at int64)) {
	a.ID, a.ImageID, a.CategoryID = int64(len(n.objects))+1, image, class
	a.Has |= FieldID | FieldImageID | FieldAreaTold
	if a.Has&FieldBBox != 0 && !enclose.Finite(a.BBox) {
		a.Has = a.Has&^FieldBBox | FieldBoxTold
		problem(UnreadableField, a.ID, a.Offset)
	}
	if a.Has&FieldBBox == 0 {
		a.BBox = [4]float64{}
	}
	a.Area = a.BBox[2] * a.BBox[3]
	if class >= 0 {
		a.Has |= FieldCategoryID
	}
	n.objects = append(n.objects, a)
}

// NextID is the id that the next object gets.
func (n *Named) NextID() int64 { return int64(len(n.objects)) + 1 }

// Visit hands all to a visitor. Categories are numbered from 1, first those of a
// list, then the other names in ascending order.
func (n *Named) Visit(v Visitor, list []string) error {
	categories, ids := n.categories(list)
	for i := range categories {
		if v.Category == nil {
			break
		}
		if err := v.Category(&categories[i]); err != nil {
			return err
		}
	}
	for i := range n.images {
		if v.Image == nil {
			break
		}
		if err := v.Image(&n.images[i]); err != nil {
			return err
		}
	}
	for i := range n.objects {
		if v.Annotation == nil {
			break
		}
		a := &n.objects[i]
		if a.CategoryID >= 0 {
			a.CategoryID = ids[a.CategoryID]
		} else {
			a.CategoryID = 0
		}
		if err := v.Annotation(a); err != nil {
			return err
		}
	}
	return nil
}

// categories returns the categories, and the id of each number of Class.
func (n *Named) categories(list []string) (categories []Category, ids []int64) {
	at := map[string]int64{}
	add := func(name string) {
		if _, known := at[name]; known {
			return
		}
		id := int64(len(categories)) + 1
		at[name] = id
		c := Category{ID: id, Name: name, Has: FieldID}
		if name != "" {
			c.Has |= FieldName
		}
		categories = append(categories, c)
	}
	for _, name := range list {
		add(name)
	}
	for _, name := range slices.Sorted(slices.Values(n.names)) {
		add(name)
	}
	for _, name := range n.names {
		ids = append(ids, at[name])
	}
	return categories, ids
}
