package annotations

import (
	"cmp"
	"slices"
)

// Mapping is what a selection makes of a dataset's categories.
type Mapping struct {
	Classes []Category // ascending ID
	Selected

	class map[int64]int32 // by id of a category: index in Classes, or leftOut and below
	plain bool            // every category is a class, as it is
}

// leftOut is the class index of the first category that is left out; those of
// the others are the numbers below it.
const leftOut = -2

// Plain reports whether every category is a class, as it is.
func (m *Mapping) Plain() bool { return m.plain }

// Class returns the id of the class that a category counts as. left tells that it
// is left out; an id that is no category's stays what it is.
func (m *Mapping) Class(id int64) (class int64, left bool) {
	i, left := m.Index(id)
	if i < 0 || left {
		return id, left
	}
	return m.Classes[i].ID, false
}

// Index is the place in Classes of the class that a category counts as, or in
// LeftOut if it is left out; -1 of an id that is no category's.
func (m *Mapping) Index(id int64) (i int, left bool) {
	switch i, known := m.class[id]; {
	case !known:
		return -1, false
	case i <= leftOut:
		return int(leftOut - i), true
	default:
		return int(i), false
	}
}

// mappingBuilder makes a mapping, category by category.
type mappingBuilder struct {
	Mapping
	into map[MergedCategory]int32 // index in Classes
}

func newMapping(n int) *mappingBuilder {
	return &mappingBuilder{Mapping{class: make(map[int64]int32, n)}, map[MergedCategory]int32{}}
}

// leave leaves a category out.
func (b *mappingBuilder) leave(k *Category, why string) {
	b.class[k.ID] = leftOut - int32(len(b.LeftOut))
	b.LeftOut = append(b.LeftOut, LeftOut{ID: k.ID, Name: k.Name, Reason: why})
}

// add makes a class of a category, or one class of those that get the same id and
// name.
func (b *mappingBuilder) add(k *Category, id int64, name string) {
	class, known := b.into[MergedCategory{id, name}]
	if known {
		b.Classes[class].join(k)
	} else {
		class = int32(len(b.Classes))
		b.into[MergedCategory{id, name}] = class
		b.Classes = append(b.Classes, *k)
		b.Classes[class].ID, b.Classes[class].Name = id, name
	}
	b.class[k.ID] = class
}

// merge takes a category into a class of a name, whose id is that of the first
// unless the class has one already.
func (b *mappingBuilder) merge(k *Category, id int64, name string) {
	at := slices.IndexFunc(b.Merged, func(m Merged) bool { return m.Name == name })
	if at < 0 {
		at = len(b.Merged)
		b.Merged = append(b.Merged, Merged{ID: id, Name: name})
	}
	m := &b.Merged[at]
	m.Of = append(m.Of, MergedCategory{ID: k.ID, Name: k.Name})
	b.add(k, m.ID, name)
}

// done brings the classes into order.
func (b *mappingBuilder) done() *Mapping {
	m := &b.Mapping
	if !slices.IsSortedFunc(m.Classes, byID) {
		rows, place := ranks(len(m.Classes), func(row int32) int64 { return m.Classes[row].ID })
		classes := make([]Category, len(rows))
		for i, row := range rows {
			classes[i] = m.Classes[row]
		}
		m.Classes = classes
		for id, class := range m.class {
			if class >= 0 {
				m.class[id] = place[class]
			}
		}
	}
	m.plain = len(m.LeftOut)+len(m.Merged) == 0
	for id, class := range m.class {
		m.plain = m.plain && m.Classes[class].ID == id
	}
	return m
}

func byID(a, b Category) int { return cmp.Compare(a.ID, b.ID) }

// join makes k, which other categories were merged into, the class of one more.
// Declared instances add up; in how many images the class is, is not known.
func (k *Category) join(more *Category) {
	if k.Supercategory != more.Supercategory {
		k.Supercategory = ""
	}
	if k.Frequency != more.Frequency || k.Frequency != frequent {
		k.Frequency = joinedFrequency(k.Frequency, more.Frequency)
	}
	k.DeclaredInstances += more.DeclaredInstances
	k.DeclaredImages = 0
	k.Has &= more.Has&^FieldImageCount | FieldName
	if k.Has&FieldInstanceCount == 0 {
		k.DeclaredInstances = 0
	}
}

// frequent is what LVIS declares of a class in more than 100 images.
const frequent = "f"

// joinedFrequency is that of a class of two: with one that is frequent it is
// frequent, and else the images decide.
func joinedFrequency(a, b string) string {
	if a == frequent || b == frequent {
		return frequent
	}
	return ""
}
