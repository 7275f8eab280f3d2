package weights

import (
	"fmt"
	"strings"

	"cocostat/annotations"
)

// shown is the number of classes that CheckCategories names of each kind.
const shown = 3

// Categories returns the classes, with their ids and names alone.
func (t *Table) Categories() []annotations.Category {
	classes := make([]annotations.Category, len(t.Rows))
	for i, r := range t.Rows {
		classes[i] = annotations.Category{ID: r.CategoryID, Name: r.Name}
	}
	return classes
}

// Select does to the categories of a dataset, of which roots are headings, what was
// done to those that the weights were made from.
func (t *Table) Select(categories []annotations.Category, roots []int64) *annotations.Mapping {
	return t.Meta.Selected.Resolve(categories, t.Categories(), roots)
}

// CheckCategories compares the table's classes with those of a dataset, by id
// and name. The error for a difference counts and names the classes that only
// one side has, and those with another name.
func (t *Table) CheckCategories(cats []annotations.Category) error {
	rows := make(map[int64]string, len(t.Rows))
	for _, r := range t.Rows {
		rows[r.CategoryID] = r.Name
	}
	var extra, missing, renamed difference
	dataset := make(map[int64]bool, len(cats))
	for _, c := range cats {
		dataset[c.ID] = true
		switch name, ok := rows[c.ID]; {
		case !ok:
			missing.add("%d %q", c.ID, c.Name)
		case name != c.Name:
			renamed.add("%d is %q in the weights and %q in the dataset", c.ID, name, c.Name)
		}
	}
	for _, r := range t.Rows {
		if !dataset[r.CategoryID] {
			extra.add("%d %q", r.CategoryID, r.Name)
		}
	}
	var parts []string
	for _, d := range []struct {
		difference
		what string
	}{{missing, "only in the dataset"}, {extra, "only in the weights"}, {renamed, "under another name"}} {
		if d.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s (%s)", d.n, d.what, d.difference))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	file := t.Path
	if file == "" {
		file = "the weights"
	}
	return fmt.Errorf("weights: the classes of %s are not those of the dataset: %s; make the weights from the annotations that they are used with",
		file, strings.Join(parts, ", "))
}

// difference counts classes and keeps the first few in words.
type difference struct {
	n     int
	first []string
}

func (d *difference) add(format string, args ...any) {
	if d.n++; d.n <= shown {
		d.first = append(d.first, fmt.Sprintf(format, args...))
	}
}

func (d difference) String() string {
	s := strings.Join(d.first, ", ")
	if d.n > len(d.first) {
		s += ", …"
	}
	return s
}
