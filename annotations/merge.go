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
	images     []imageEntry    // in the order of ImageRows
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
	ImageCount
	file   *tally
	offset int64
}

// merge counts the union of the files.
func merge(tallies []*tally, noCrowd bool) (*Counts, error) {
	m := &merger{Counts: &Counts{Crowds: !noCrowd}, tallies: tallies, problems: problemList{}}
	for _, t := range tallies {
		t.settle()
		m.problems.merge(t.problems)
		m.Annotations += t.annotations
	}
	if err := m.mergeCategories(); err != nil {
		return nil, err
	}
	m.mergeImages()
	m.mapRows()
	kept := m.mergePairs(noCrowd)
	if err := m.checkContent(kept); err != nil {
		return nil, err
	}
	m.mergeBoxes(noCrowd)
	m.sum()
	m.findUnused()
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

// mergeImages makes ImageRows of all that are listed.
func (m *merger) mergeImages() {
	for _, t := range m.tallies {
		for i := range t.images {
			if f := t.frames[i]; f != notListed {
				im := &t.images[i]
				row := ImageCount{ID: im.id, FileName: im.name, Width: f.width, Height: f.height}
				m.images = append(m.images, imageEntry{row, t, im.first.offset})
			}
		}
	}
	slices.SortFunc(m.images, func(a, b imageEntry) int {
		return cmp.Or(compareImages(a.ImageCount, b.ImageCount), strings.Compare(a.file.file, b.file.file))
	})
	rows := m.images[:0]
	for _, im := range m.images {
		if n := len(rows); n > 0 && rows[n-1].ID == im.ID {
			if last := &rows[n-1]; last.FileName == im.FileName {
				m.sameImage(last, &im)
				continue
			}
			m.problems.add(ImageNames, 1, im.example())
		}
		rows = append(rows, im)
	}
	m.images = rows
	m.ImageRows = make([]ImageCount, len(rows))
	for i := range rows {
		m.ImageRows[i] = rows[i].ImageCount
	}
}

// sameImage joins an image to the same one of another file.
func (m *merger) sameImage(to, im *imageEntry) {
	differs := func(a, b int32) bool { return a != b && a != 0 && b != 0 }
	if differs(to.Width, im.Width) || differs(to.Height, im.Height) {
		m.problems.add(ImageSizes, 1, im.example())
	}
	to.Width, to.Height = max(to.Width, im.Width), max(to.Height, im.Height)
}

func (e *imageEntry) example() Example {
	return Example{File: e.file.file, ID: e.ID, Offset: e.offset}
}

func (e *categoryEntry) example() Example {
	return Example{File: e.file.file, ID: e.ID, Offset: e.Offset}
}

func compareImages(a, b ImageCount) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), strings.Compare(a.FileName, b.FileName))
}

// imageRow returns the row of an image of a file, -1 if there is none. An
// image that its file does not list is the only one with its id.
func (c *Counts) imageRow(im *tallyImage, listed bool) int32 {
	if listed {
		row, _ := slices.BinarySearchFunc(c.ImageRows, ImageCount{ID: im.id, FileName: im.name}, compareImages)
		return int32(row)
	}
	row, _ := slices.BinarySearchFunc(c.ImageRows, im.id, func(r ImageCount, id int64) int { return cmp.Compare(r.ID, id) })
	if row == len(c.ImageRows) || c.ImageRows[row].ID != im.id {
		return -1
	}
	if row+1 < len(c.ImageRows) && c.ImageRows[row+1].ID == im.id {
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

// mapRows finds the images and categories of each tally in the counts.
func (m *merger) mapRows() {
	for _, t := range m.tallies {
		r := rowMap{make([]int32, len(t.images)), make([]int32, len(t.classes))}
		for i := range t.images {
			r.image[i] = m.imageRow(&t.images[i], t.frames[i] != notListed)
		}
		for i := range t.classes {
			r.class[i] = m.classIndex(t.classes[i].ID)
		}
		m.rows = append(m.rows, r)
	}
}

// mergePairs makes Pairs and Crowd, and reports the annotations that refer to
// nothing. It returns how many refer to something.
func (m *merger) mergePairs(noCrowd bool) (kept int64) {
	m.Crowd = make([]int64, len(m.Categories))
	for i, t := range m.tallies {
		for _, s := range t.pairs.slots {
			if s.objects == 0 {
				continue
			}
			image, class := m.rows[i].image[s.image], m.rows[i].class[s.class]
			if image < 0 {
				t.unknown(UnknownImage, s.objects, t.images[s.image].first, m.problems)
			}
			if class < 0 {
				t.unknown(UnknownCategory, s.objects, t.classes[s.class].first, m.problems)
			}
			if image < 0 || class < 0 {
				continue
			}
			kept += int64(s.objects)
			m.Crowd[class] += int64(s.crowd)
			if noCrowd {
				s.objects -= s.crowd
			}
			if s.objects > 0 {
				m.Pairs = append(m.Pairs, Pair{image, class, s.objects})
			}
		}
	}
	m.sortPairs()
	return kept
}

func (t *tally) unknown(kind Kind, n int32, first mention, problems problemList) {
	problems.add(kind, int64(n), Example{File: t.file, ID: first.id, Offset: first.offset})
}

// sortPairs brings the pairs into order and joins equal ones: by image with a
// counting sort, then by class within the few of an image.
func (c *Counts) sortPairs() {
	start := make([]int32, len(c.ImageRows)+1)
	for _, p := range c.Pairs {
		start[p.Image+1]++
	}
	for i := range c.ImageRows {
		start[i+1] += start[i]
	}
	sorted := make([]Pair, len(c.Pairs))
	next := slices.Clone(start)
	for _, p := range c.Pairs {
		sorted[next[p.Image]] = p
		next[p.Image]++
	}
	out := sorted[:0]
	for i := range c.ImageRows {
		of := sorted[start[i]:start[i+1]]
		slices.SortFunc(of, func(a, b Pair) int { return cmp.Compare(a.Class, b.Class) })
		for _, p := range of {
			if n := len(out); n > 0 && out[n-1].Image == p.Image && out[n-1].Class == p.Class {
				out[n-1].Objects += p.Objects
			} else {
				out = append(out, p)
			}
		}
	}
	c.Pairs = out
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
			m.problems.add(UnannotatedImage, 1, m.images[i].example())
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
		nameless += t.nameless
	}
	empty := func(format string, args ...any) error {
		return &EmptyError{File: strings.Join(files, ", "), Msg: fmt.Sprintf(format, args...)}
	}
	switch {
	case len(m.Categories) == 0 && len(m.ImageRows) == 0 && m.Annotations == 0:
		return empty("holds no images, annotations and categories: it is not a COCO-format annotation file")
	case m.Annotations > 0 && nameless == m.Annotations:
		return empty("no annotation has a category_id: these are captions or panoptic segments; use the instances file of the dataset")
	case len(m.Categories) == 0:
		return empty("holds no categories (%d images, %d annotations): use the instances file of the dataset", len(m.ImageRows), m.Annotations)
	case len(m.ImageRows) == 0:
		return empty("holds no images (%d categories, %d annotations)", len(m.Categories), m.Annotations)
	case m.Annotations > 0 && kept == 0:
		return empty("none of the %d annotations refers to a listed image and category: image_id and category_id must be ids of the images and categories", m.Annotations)
	}
	return nil
}
