package annotations

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// merger makes the counts of the union of files.
type merger struct {
	*Counts
	tallies    []*Tally
	opt        Options
	problems   problemList
	categories []categoryEntry // in the order of Categories
	images     []imageEntry    // in the order of ImageRows, the first listing of each
	rows       []rowMap        // of each tally

	fileNameIDs, nameIDs map[int64]bool // of texts; made when they are needed
}

// rowMap maps the rows of a tally to those of the counts, -1 where there is
// none.
type rowMap struct{ image, class []int32 }

// categoryEntry and imageEntry know the file that lists them, and where.
type categoryEntry struct {
	Category
	file *Tally
}

type imageEntry struct {
	tally, row int32 // place in that tally
	id         int64
}

// Merge counts the union of the files; see the package comment for what counts.
// It returns an *EmptyError if there is nothing to count and why, or an error that
// names both places if a category id has two names, or if files cannot be told
// apart. Tallies may be merged several times, with other options too.
func Merge(tallies []*Tally, opt Options) (*Counts, error) {
	if err := checkSources(tallies); err != nil {
		return nil, err
	}
	c, err := merge(tallies, opt)
	if err != nil {
		return nil, err
	}
	for _, t := range tallies {
		c.Sources = append(c.Sources, t.Source)
	}
	if opt.ForTables {
		c.Origin.files, c.Origin.options = tallies, newTableOptions(opt)
	}
	return c, nil
}

// merge is Merge of files that are known to be different.
func merge(tallies []*Tally, opt Options) (*Counts, error) {
	m := &merger{Counts: &Counts{Crowds: !opt.NoCrowd}, tallies: tallies, opt: opt, problems: problemList{}}
	for _, t := range tallies {
		t.settle()
		m.problems.merge(t.problems)
		for _, p := range t.parts {
			m.problems.merge(p.problems)
			m.Annotations += p.annotations
		}
	}
	m.rows = make([]rowMap, len(tallies))
	if opt.ByName {
		m.By = ByNames
	}
	if err := m.mergeCategories(); err != nil {
		return nil, err
	}
	if err := m.selectClasses(); err != nil {
		return nil, err
	}
	m.mergeImages()
	m.mapUnlisted()
	m.renumberImages()
	boxes, kept := problemList{}, int64(0)
	atOnce(2, func(i int) {
		if i == 0 {
			m.mergeBoxes(opt.NoCrowd, boxes)
		} else {
			kept = m.mergePairs(opt.NoCrowd)
			if opt.Trainable {
				m.dropUnusable(opt.NoCrowd)
			}
			m.sum()
			m.findUnused()
			m.findSuspicious()
		}
	})
	m.problems.merge(boxes)
	if err := m.checkContent(kept); err != nil && !opt.Part {
		return nil, err
	}
	m.Problems = m.problems.sorted()
	m.nameExamples()
	if opt.ForTables {
		m.Origin = &Origin{rows: m.rows, counts: m.Counts}
	}
	return m.Counts, nil
}

// nameExamples puts the texts that identifiers stand for into the examples, and
// what the places mean.
func (m *merger) nameExamples() {
	for _, p := range m.Problems {
		for i := range p.Examples {
			e := &p.Examples[i]
			for _, t := range m.tallies {
				if t.file != e.File {
					continue
				}
				if e.ID < 0 {
					e.Text = t.texts[e.ID]
				}
				t.place(e)
				break
			}
		}
	}
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
		if strings.TrimSpace(k.Name) == "" {
			m.problems.add(NamelessCategory, 1, k.example())
		} else if names[k.Name] {
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

// checkSources refuses a file that was counted twice, and two files of one path:
// places in messages could not be told apart.
func checkSources(files []*Tally) error {
	places := map[string]Source{}
	for _, f := range files {
		name := f.file
		if f.Source.Path != "-" && f.Source.Path == f.file {
			name = filepath.Clean(name)
		}
		other, known := places[name]
		places[name] = f.Source
		switch {
		case !known:
		case other.Bytes == f.Source.Bytes && (other.SHA256 == f.Source.SHA256 || other.SHA256 == "" || f.Source.SHA256 == ""):
			return fmt.Errorf("%s is counted twice, in tables or beside them: its annotations would count twice; leave one out", f.file)
		default:
			return fmt.Errorf("two different files are called %s in the tables, so that places in them could not be told apart: give one another name or folder, and %s", f.file, TablesRemedy)
		}
	}
	return nil
}
