package annotations

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// merger makes the counts of the union of files.
type merger struct {
	*Counts
	tallies    []*tally
	problems   problemList
	categories []categoryEntry // in the order of Categories
	images     []imageEntry    // in the order of ImageRows, the first listing of each
	rows       []rowMap        // of each tally
}

// rowMap maps the rows of a tally to those of the counts, -1 where there is
// none.
type rowMap struct{ image, class []int32 }

// categoryEntry and imageEntry know the file that lists them, and where.
type categoryEntry struct {
	Category
	file *tally
}

type imageEntry struct {
	tally, row int32 // place in that tally
	id         int64
}

// merge counts the union of the files.
func merge(tallies []*tally, opt Options) (*Counts, error) {
	m := &merger{Counts: &Counts{Crowds: !opt.NoCrowd}, tallies: tallies, problems: problemList{}}
	for _, t := range tallies {
		t.settle()
		m.problems.merge(t.problems)
		for _, p := range t.parts {
			m.problems.merge(p.problems)
			m.Annotations += p.annotations
		}
	}
	if err := m.mergeCategories(); err != nil {
		return nil, err
	}
	if err := m.leaveOut(opt); err != nil {
		return nil, err
	}
	m.mapClasses()
	m.mergeImages()
	m.mapUnlisted()
	outside, kept := problemList{}, int64(0)
	atOnce(2, func(i int) {
		if i == 0 {
			m.mergeBoxes(opt.NoCrowd, outside)
		} else {
			kept = m.mergePairs(opt.NoCrowd)
			if opt.Trainable {
				m.dropUnusable(opt.NoCrowd)
			}
			m.sum()
			m.findUnused()
		}
	})
	m.problems.merge(outside)
	if err := m.checkContent(kept); err != nil {
		return nil, err
	}
	m.Problems = m.problems.sorted()
	return m.Counts, nil
}

// mergeCategories makes Categories of all that are listed.
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
	rows := m.categories[:0]
	for _, k := range m.categories {
		if n := len(rows); n == 0 || rows[n-1].ID != k.ID {
			rows = append(rows, k)
			continue
		}
		first := &rows[len(rows)-1]
		if first.Name != k.Name {
			return fmt.Errorf("%s and %s: category id %d is %q in the first and %q in the second: the files do not belong together",
				first.file.file, k.file.file, k.ID, first.Name, k.Name)
		}
		first.Supercategory = smaller(first.Supercategory, k.Supercategory)
		first.Frequency = smaller(first.Frequency, k.Frequency)
	}
	m.categories = rows
	for _, k := range rows {
		m.Categories = append(m.Categories, k.Category)
	}
	return nil
}

// smaller returns the lesser of two strings that are not empty, so that the
// choice does not depend on the order of the files.
func smaller(a, b string) string {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}

func (e *categoryEntry) example() Example {
	return Example{File: e.file.file, ID: e.ID, Offset: e.Offset}
}

// onlyImage returns the row of the only image with that id, -1 if there is
// none or there are several.
func (c *Counts) onlyImage(id int64) int32 {
	row, found := slices.BinarySearchFunc(c.ImageRows, id, func(r ImageCount, id int64) int { return cmp.Compare(r.ID, id) })
	if !found || row+1 < len(c.ImageRows) && c.ImageRows[row+1].ID == id {
		return -1
	}
	return int32(row)
}

// classIndex returns the index of a category id, -1 if it is not listed.
func (c *Counts) classIndex(id int64) int32 {
	i, ok := slices.BinarySearchFunc(c.Categories, id, func(k Category, id int64) int { return cmp.Compare(k.ID, id) })
	if !ok {
		return -1
	}
	return int32(i)
}

// mapClasses finds the categories of each tally in the counts.
func (m *merger) mapClasses() {
	m.rows = make([]rowMap, len(m.tallies))
	for n, t := range m.tallies {
		m.rows[n].class = make([]int32, len(t.classes))
		for i := range t.classes {
			m.rows[n].class[i] = m.classOf(t.classes[i].ID)
		}
	}
}

// mapUnlisted finds the images that their file does not list: each is the only
// one with its id.
func (m *merger) mapUnlisted() {
	for n, t := range m.tallies {
		for i, f := range t.frames {
			if f == notListed {
				m.rows[n].image[i] = m.onlyImage(t.images.at(int32(i)).id)
			}
		}
	}
}

// sum fills what follows from Pairs.
func (c *Counts) sum() {
	c.Instances = make([]int64, len(c.Categories))
	c.Images = make([]int64, len(c.Categories))
	for _, p := range c.Pairs {
		c.Instances[p.Class] += int64(p.Objects)
		c.Images[p.Class]++
		row := &c.ImageRows[p.Image]
		if row.Objects == 0 {
			c.AnnotatedImages++
		}
		row.Objects += p.Objects
		row.Classes++
		c.TotalInstances += int64(p.Objects)
	}
}

// findUnused reports categories and images that hold nothing, and names that
// belong to several categories.
func (m *merger) findUnused() {
	names := map[string]bool{}
	for i := range m.categories {
		k := &m.categories[i]
		if m.Instances[i] == 0 {
			m.problems.add(EmptyCategory, 1, k.example())
		}
		if k.Name != "" && names[k.Name] {
			m.problems.add(SameCategoryName, 1, k.example())
		}
		names[k.Name] = true
	}
	for i := range m.ImageRows {
		if m.ImageRows[i].Objects == 0 {
			m.problems.add(UnannotatedImage, 1, m.example(m.images[i]))
		}
	}
}

// checkContent returns an error if there is nothing to count. kept annotations
// refer to a known image and category.
func (m *merger) checkContent(kept int64) error {
	var files []string
	var nameless int64
	for _, t := range m.tallies {
		files = append(files, t.file)
		for _, p := range t.parts {
			nameless += p.nameless
		}
	}
	empty := func(format string, args ...any) error {
		return &EmptyError{File: strings.Join(files, ", "), Msg: fmt.Sprintf(format, args...)}
	}
	unreadable := m.problems[UnreadableID]
	switch {
	case len(m.ImageRows) == 0 && unreadable != nil:
		return empty("no image has an id that can be read: identifiers must be 64-bit integers or texts (%d elements have none, the first at byte %d)",
			unreadable.Count, unreadable.Examples[0].Offset)
	case len(m.Categories) == 0 && len(m.ImageRows) == 0 && m.Annotations == 0:
		return empty("holds no images, annotations and categories: it is not a COCO-format annotation file")
	case m.Annotations > 0 && nameless == m.Annotations:
		return empty("no annotation has a category_id that can be read: these are captions or panoptic segments; use the instances file of the dataset")
	case len(m.Categories)+len(m.LeftOut) == 0:
		return empty("holds no categories (%d images, %d annotations): use the instances file of the dataset", len(m.ImageRows), m.Annotations)
	case len(m.ImageRows) == 0:
		return empty("holds no images (%d categories, %d annotations)", len(m.Categories), m.Annotations)
	case m.Annotations > 0 && kept+m.instancesLeftOut() == 0:
		return empty("none of the %d annotations refers to a listed image and category: image_id and category_id must be ids of the images and categories", m.Annotations)
	}
	return nil
}
