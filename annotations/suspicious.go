package annotations

import "slices"

// findSuspicious reports what contradicts itself only when all is read.
func (m *merger) findSuspicious() {
	m.findSameNames()
	m.reportTwins()
	if len(m.tallies) > 1 && !m.opt.ByName { // where each file has ids of its own
		m.findSharedIDs()
	}
	for i, t := range m.tallies {
		m.findShift(t, m.rows[i].class)
	}
	m.findDeclared()
}

// reportTwins reports boxes that occur again in their image.
func (m *merger) reportTwins() {
	for i, t := range m.tallies {
		for _, w := range t.twins {
			if m.rows[i].image[w.row] >= 0 {
				im := t.images.at(w.row)
				m.problems.add(DuplicateBox, w.twins, Example{File: t.file, ID: im.id, Offset: im.first.offset, Detail: im.name})
			}
		}
	}
}

// findSharedIDs reports annotation ids that several files use. Where the
// annotations stand is not known any more.
func (m *merger) findSharedIDs() {
	var all idSet
	var least []int64 // shared ids
	n := int64(0)
	for _, t := range m.tallies {
		if t.numbered() {
			continue
		}
		for id := range t.ids.all() {
			if !all.add(id) {
				continue
			}
			n++
			if at, known := slices.BinarySearch(least, id); !known && at < maxExamples {
				least = slices.Insert(least, at, id)
				least = least[:min(len(least), maxExamples)]
			}
		}
	}
	for i, id := range least {
		of := int64(0)
		if i == 0 {
			of = n
		}
		m.problems.add(SharedAnnotation, of, Example{File: m.secondWith(id), ID: id, Offset: -1})
	}
}

// secondWith returns the second file, by name, that has an annotation id.
func (m *merger) secondWith(id int64) string {
	var files []string
	for _, t := range m.tallies {
		if !t.numbered() && t.ids.has(id) {
			files = append(files, t.file)
		}
	}
	slices.Sort(files)
	return files[1]
}

// findShift reports that a file's annotations count the categories from one less
// than these, or from one more: an id is unknown, and all are listed once 1 is
// added, or subtracted. class maps the file's categories to indices.
func (m *merger) findShift(t *Tally, class []int32) {
	if len(m.Categories) == 0 || !slices.Contains(class, -1) {
		return
	}
	used := make([]bool, len(class))
	n := int64(0)
	for s := range t.pairs() {
		used[s.class] = true
		n += int64(s.objects)
	}
	var ids []int64
	first := mention{offset: -1}
	for row, k := range t.classes {
		if !used[row] {
			continue
		}
		ids = append(ids, k.ID)
		if class[row] == -1 && (first.offset < 0 || k.first.offset < first.offset) {
			first = k.first
		}
	}
	if first.offset >= 0 && m.shifted(ids) {
		m.problems.add(CategoryShift, n, Example{File: t.file, ID: first.id, Offset: first.offset})
	}
}

// shifted reports whether ids, of which one is unknown, are those of categories
// shifted by one: some of them, if one count starts at 0 and the other at 1, or
// all of several.
func (m *merger) shifted(ids []int64) bool {
	listed := func(by int64) bool {
		return !slices.ContainsFunc(ids, func(id int64) bool { return m.classIndex(id+by) < 0 })
	}
	if len(ids) > 1 && len(ids) == len(m.Categories) {
		return listed(1) || listed(-1)
	}
	low, high := m.Categories[0].ID, m.Categories[len(m.Categories)-1].ID
	by := int64(0)
	switch {
	case low == 1 && slices.Contains(ids, 0):
		by = 1
	case low == 0 && slices.Contains(ids, high+1):
		by = -1
	}
	return by != 0 && listed(by)
}

// findDeclared reports categories that hold something else than they declare,
// if any holds more: that of a part of a dataset they hold less is how LVIS is.
func (m *merger) findDeclared() {
	more, differ := false, []int(nil)
	for i := range m.Categories {
		order := m.compareDeclared(i)
		more = more || order > 0
		if order != 0 {
			differ = append(differ, i)
		}
	}
	if !more {
		return
	}
	for _, i := range differ {
		m.problems.add(DeclaredCounts, 1, m.categories[i].example())
	}
}

// compareDeclared returns 1 if a category holds more than it declares, -1 if it
// holds less, and 0 if neither can be said.
func (m *merger) compareDeclared(i int) int {
	k, less := &m.Categories[i], false
	for _, c := range []struct {
		field         Field
		declared, got int64
	}{
		{FieldInstanceCount, k.DeclaredInstances, m.Instances[i]},
		{FieldImageCount, k.DeclaredImages, m.Images[i]},
	} {
		if k.Has&c.field != 0 && c.got > c.declared {
			return 1
		}
		less = less || k.Has&c.field != 0 && c.got < c.declared
	}
	switch {
	case k.Frequency == "r" && m.Images[i] > mostRare, k.Frequency == "c" && m.Images[i] > mostCommon:
		return 1
	case less:
		return -1
	}
	return 0
}

// LVIS's rare categories are in up to 10 images, its common ones in up to 100.
const mostRare, mostCommon = 10, 100
