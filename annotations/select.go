package annotations

import (
	"errors"
	"maps"
	"slices"
)

// Select leaves of a dataset what counts as a class, under the class's id, with the
// lists of LVIS: an image without any of several categories that are one class is
// one without that class if all of them are known not to be there, and does not
// show all objects of the class if those of one category may be missing. It tells
// how many annotations were left out of each category.
func (d *Dataset) Select(m *Mapping) []LeftOut {
	left := slices.Clone(m.LeftOut)
	if m.Plain() {
		return left
	}
	d.Categories = m.Classes
	of := m.united()
	for i, objects := range d.Objects {
		d.Images[i].selectLists(m, of, objects)
		kept := objects[:0]
		for _, a := range objects {
			class := m.class[a.CategoryID]
			if class <= leftOut {
				left[leftOut-class].Instances++
				continue
			}
			a.CategoryID = m.Classes[class].ID
			kept = append(kept, a)
		}
		d.Objects[i] = kept
	}
	return left
}

// Roots returns the ids of the categories that are headings: see Roots.
func (d *Dataset) Roots() []int64 {
	used := map[int64]bool{}
	for _, objects := range d.Objects {
		for i := range objects {
			used[objects[i].CategoryID] = true
		}
	}
	return Roots(d.Categories, func(id int64) bool { return used[id] })
}

// united returns the categories of each class that several count as.
func (m *Mapping) united() map[int64][]int64 {
	of := map[int64][]int64{}
	for id, class := range m.class {
		if class >= 0 {
			k := m.Classes[class].ID
			of[k] = append(of[k], id)
		}
	}
	maps.DeleteFunc(of, func(_ int64, ids []int64) bool { return len(ids) < 2 })
	return of
}

// selectLists makes the lists of LVIS, of an image that holds objects, those of
// the classes.
func (im *Image) selectLists(m *Mapping, of map[int64][]int64, objects []Annotation) {
	if im.NegativeCategories == nil && im.NotExhaustiveCategories == nil {
		return
	}
	absent, known, present := setOf(im.NegativeCategories), setOf(im.NegativeCategories), map[int64]bool{}
	for i := range objects {
		id := objects[i].CategoryID
		known[id], present[id] = true, true
	}
	negative, partly := []int64{}, []int64{}
	for _, id := range im.NegativeCategories {
		if class, left := m.Class(id); !left && len(of[class]) == 0 {
			negative = append(negative, class)
		}
	}
	for _, id := range im.NotExhaustiveCategories {
		if class, left := m.Class(id); !left {
			partly = append(partly, class)
		}
	}
	for _, k := range m.Classes {
		if len(of[k.ID]) == 0 {
			continue
		}
		switch some := slices.ContainsFunc(of[k.ID], in(present)); {
		case !some && all(of[k.ID], absent):
			negative = append(negative, k.ID)
		case some && !all(of[k.ID], known):
			partly = append(partly, k.ID)
		}
	}
	if im.NegativeCategories != nil {
		im.NegativeCategories = negative
	}
	if im.NotExhaustiveCategories != nil {
		im.NotExhaustiveCategories = partly
	}
}

func in(set map[int64]bool) func(id int64) bool { return func(id int64) bool { return set[id] } }

func all(ids []int64, set map[int64]bool) bool {
	return !slices.ContainsFunc(ids, func(id int64) bool { return !set[id] })
}

// selectClasses makes classes of the categories, and maps those of the tallies
// anew. Where there are none at all, that is what is wrong.
func (m *merger) selectClasses() error {
	if len(m.Categories) == 0 || m.opt.Selection.IsZero() && !m.opt.NoRoots {
		return nil
	}
	var roots []int64
	if m.opt.NoRoots {
		used := m.usedClasses()
		roots = Roots(m.Categories, func(id int64) bool { return used[m.classIndex(id)] })
	}
	mapping, err := m.opt.Selection.Resolve(m.Categories, roots, m.opt.Part)
	if unknown, is := errors.AsType[*NoCategoryError](err); is {
		unknown.File = m.fileNames()
	}
	if err != nil || mapping.Plain() {
		return err
	}
	to := make([]int32, len(m.Categories)) // new class indices
	entries := make([]categoryEntry, len(mapping.Classes))
	for i, k := range m.Categories {
		to[i] = mapping.class[k.ID]
		if class := to[i]; class >= 0 && entries[class].file == nil {
			entries[class] = categoryEntry{mapping.Classes[class], m.categories[i].file}
		}
	}
	m.Categories, m.categories = mapping.Classes, entries
	m.LeftOut, m.Merged = mapping.LeftOut, mapping.Merged
	for _, r := range m.rows {
		for i, class := range r.class {
			if class >= 0 {
				r.class[i] = to[class]
			}
		}
	}
	return nil
}
