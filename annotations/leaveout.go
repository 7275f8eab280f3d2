package annotations

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cocostat/internal/names"
)

// Roots returns the ids of the categories that are headings and no classes, as
// Roboflow's exports have one: no annotation refers to them, they have no
// supercategory, or "none", and other categories name them as theirs. used
// reports whether an annotation refers to a category.
func Roots(categories []Category, used func(id int64) bool) (ids []int64) {
	above := map[string][]int64{} // the categories below a name
	for _, k := range categories {
		if k.Supercategory != "" {
			above[k.Supercategory] = append(above[k.Supercategory], k.ID)
		}
	}
	for _, k := range categories {
		top := k.Supercategory == "" || strings.EqualFold(k.Supercategory, "none")
		of := above[k.Name]
		if top && slices.ContainsFunc(of, func(id int64) bool { return id != k.ID }) && !used(k.ID) {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

// NoCategoryError says that a name of a Selection is no category's.
type NoCategoryError struct {
	File string   // the files, joined by ", "
	Name string   // as asked for
	Near []string // the categories that it may mean, or else the first ones
	Like bool     // whether Near are like it
	Into string   // the class that a category of this name was merged into, or ""
}

func (e *NoCategoryError) Error() string {
	if e.Into != "" {
		return fmt.Sprintf("%s: %q is merged into %q, and no class of its own: name that", e.File, e.Name, e.Into)
	}
	what := "it has"
	if e.Like {
		what = "did you mean"
	}
	return fmt.Sprintf("%s: no category has the name or id %q; %s %s", e.File, e.Name, what, strings.Join(e.Near, ", "))
}

// listed returns those of the names that FindCategories finds.
func listed(categories []Category, wanted []string) (names []string) {
	for _, name := range wanted {
		if _, err := FindCategories(categories, []string{name}); err == nil {
			names = append(names, name)
		}
	}
	return names
}

// usedClasses tells of each class index whether an annotation refers to it.
func (m *merger) usedClasses() []bool {
	used := make([]bool, len(m.Categories))
	for n, t := range m.tallies {
		for s := range t.pairs() {
			if class := m.rows[n].class[s.class]; class >= 0 {
				used[class] = true
			}
		}
	}
	return used
}

// FindCategories returns the ids of the categories of these names, or, of a name
// that none has, the category whose id it is. What is neither is a
// *NoCategoryError without a File.
func FindCategories(categories []Category, wanted []string) (ids []int64, err error) {
	for _, name := range wanted {
		before := len(ids)
		for _, k := range categories {
			if k.Name == name {
				ids = append(ids, k.ID)
			}
		}
		number, notNumber := strconv.ParseInt(name, 10, 64)
		if len(ids) > before {
			continue
		}
		if notNumber != nil || !slices.ContainsFunc(categories, func(k Category) bool { return k.ID == number }) {
			return nil, newNoCategoryError(categories, name)
		}
		ids = append(ids, number)
	}
	return ids, nil
}

func newNoCategoryError(categories []Category, name string) *NoCategoryError {
	const most = 5
	e := &NoCategoryError{Name: name}
	var all []string
	for _, k := range categories {
		all = append(all, strconv.Quote(k.Name))
		if names.Near(k.Name, name) {
			e.Near, e.Like = append(e.Near, strconv.Quote(k.Name)), true
		}
	}
	if !e.Like {
		e.Near = all
	}
	if len(e.Near) > most {
		e.Near = append(e.Near[:most:most], "…")
	}
	return e
}

// instancesLeftOut is the sum over LeftOut.
func (m *merger) instancesLeftOut() (n int64) {
	for _, k := range m.LeftOut {
		n += k.Instances
	}
	return n
}
