package annotations

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// mergeCategories makes Categories of all that are listed, and maps the rows of
// the tallies to them.
func (m *merger) mergeCategories() error {
	for _, t := range m.tallies {
		for i := range t.classes {
			if k := &t.classes[i]; k.listed {
				m.categories = append(m.categories, categoryEntry{k.Category, t})
			}
		}
	}
	slices.SortFunc(m.categories, func(a, b categoryEntry) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), strings.Compare(a.file.file, b.file.file))
	})
	if m.opt.ByName {
		return m.uniteByName()
	}
	if err := m.uniteByID(); err != nil {
		return err
	}
	m.mapClasses(m.classIndex)
	return nil
}

// uniteByID makes one of the categories of an id, which must have one name.
func (m *merger) uniteByID() error {
	rows := m.categories[:0]
	for _, k := range m.categories {
		if n := len(rows); n == 0 || rows[n-1].ID != k.ID {
			rows = append(rows, k)
			continue
		}
		first := &rows[len(rows)-1]
		if first.Name != k.Name {
			return fmt.Errorf("%s and %s: category id %d is %q in the first and %q in the second: count each file alone, or unite the categories by name (--by name)",
				first.file.file, k.file.file, k.ID, first.Name, k.Name)
		}
		first.add(&k)
	}
	m.categories = rows
	for _, k := range rows {
		m.Categories = append(m.Categories, k.Category)
	}
	return nil
}

// add takes over what another listing of the category says.
func (e *categoryEntry) add(k *categoryEntry) {
	e.Supercategory = smaller(e.Supercategory, k.Supercategory)
	e.Frequency = smaller(e.Frequency, k.Frequency)
}

// mapClasses finds the categories of each tally in the counts.
func (m *merger) mapClasses(index func(id int64) int32) {
	for n, t := range m.tallies {
		m.rows[n].class = make([]int32, len(t.classes))
		for i := range t.classes {
			m.rows[n].class[i] = index(t.classes[i].ID)
		}
	}
}

// uniteByName makes one of the categories of a name. An id that a file refers
// to without listing it is that of the category that has it in the other files,
// if there is one.
func (m *merger) uniteByName() error {
	places := map[string]int{} // in rows
	names := map[int64]string{}
	ambiguous := map[int64]bool{}
	var rows []categoryEntry
	for _, k := range m.categories {
		if strings.TrimSpace(k.Name) == "" {
			return fmt.Errorf("%s: %s: category id %d has no name to unite categories by: give it one, or unite them by id (--by id)",
				k.file.file, k.file.where(k.Offset), k.ID)
		}
		if name, ok := names[k.ID]; ok && name != k.Name {
			ambiguous[k.ID] = true
		}
		names[k.ID] = k.Name
		if i, ok := places[k.Name]; ok {
			rows[i].add(&k)
			continue
		}
		places[k.Name] = len(rows)
		rows = append(rows, k)
	}
	slices.SortFunc(rows, func(a, b categoryEntry) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), strings.Compare(a.Name, b.Name))
	})
	for i, k := range rows {
		places[k.Name] = i
		m.Categories = append(m.Categories, k.Category)
	}
	m.categories = rows
	m.Renumbered = renumber(m.Categories)
	m.mapClasses(func(id int64) int32 {
		if name, ok := names[id]; ok && !ambiguous[id] {
			return int32(places[name])
		}
		return -1
	})
	for n, t := range m.tallies {
		for i := range t.classes {
			if k := &t.classes[i]; k.listed {
				m.rows[n].class[i] = int32(places[k.Name])
			}
		}
	}
	return nil
}

// renumber numbers sorted categories from 1 if some have the same id, and
// reports whether it has.
func renumber(categories []Category) bool {
	for i := range categories {
		if i > 0 && categories[i].ID == categories[i-1].ID {
			for j := range categories {
				categories[j].ID = int64(j) + 1
			}
			return true
		}
	}
	return false
}
