package annotations

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cocostat/internal/names"
)

// Reasons for which a category is left out.
const (
	LeftOutAsked = "asked" // Options.LeaveOut names it
	LeftOutRoot  = "root"  // it is a heading: see Roots
)

// LeftOut is a category that was left out of the counts.
type LeftOut struct {
	ID        int64  `json:"category_id"`
	Name      string `json:"name"`
	Reason    string `json:"reason"`    // LeftOutAsked or LeftOutRoot
	Instances int64  `json:"instances"` // its annotations that would count
}

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

// LeaveOutRoots takes the categories out of the dataset that are Roots.
func (d *Dataset) LeaveOutRoots() (left []LeftOut) {
	used := map[int64]bool{}
	for _, objects := range d.Objects {
		for i := range objects {
			used[objects[i].CategoryID] = true
		}
	}
	ids := Roots(d.Categories, func(id int64) bool { return used[id] })
	for _, k := range d.Categories {
		if slices.Contains(ids, k.ID) {
			left = append(left, LeftOut{ID: k.ID, Name: k.Name, Reason: LeftOutRoot})
		}
	}
	d.LeaveOut(ids)
	return left
}

// LeaveOut takes categories out of the dataset, with their annotations, and
// returns how many annotations these were.
func (d *Dataset) LeaveOut(ids []int64) (annotations int) {
	if len(ids) == 0 {
		return 0
	}
	out := make(map[int64]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	d.Categories = slices.DeleteFunc(d.Categories, func(k Category) bool { return out[k.ID] })
	for i, objects := range d.Objects {
		d.Objects[i] = slices.DeleteFunc(objects, func(a Annotation) bool { return out[a.CategoryID] })
		annotations += len(objects) - len(d.Objects[i])
	}
	return annotations
}

// NoCategoryError says that a name of Options.LeaveOut is no category's.
type NoCategoryError struct {
	File string   // the files, joined by ", "
	Name string   // as asked for
	Near []string // the categories that it may mean, or else the first ones
	Like bool     // whether Near are like it
}

func (e *NoCategoryError) Error() string {
	what := "it has"
	if e.Like {
		what = "did you mean"
	}
	return fmt.Sprintf("%s: no category has the name or id %q; %s %s", e.File, e.Name, what, strings.Join(e.Near, ", "))
}

// leftOut is the class index of the first category that is left out; those of
// the others are the numbers below it.
const leftOut = -2

// leaveOut takes the categories out that are to be left out, and maps those of
// the tallies anew. Where there are none at all, that is what is wrong.
func (m *merger) leaveOut() error {
	if len(m.Categories) == 0 {
		return nil
	}
	reason, err := m.reasons()
	if err != nil || len(reason) == 0 {
		return err
	}
	to := make([]int32, len(m.Categories)) // new class indices
	kept := int32(0)
	for i, k := range m.Categories {
		if why := reason[k.ID]; why != "" {
			to[i] = leftOut - int32(len(m.LeftOut))
			m.LeftOut = append(m.LeftOut, LeftOut{ID: k.ID, Name: k.Name, Reason: why})
			continue
		}
		to[i] = kept
		m.Categories[kept], m.categories[kept] = k, m.categories[i]
		kept++
	}
	m.Categories, m.categories = m.Categories[:kept], m.categories[:kept]
	for _, r := range m.rows {
		for i, class := range r.class {
			if class >= 0 {
				r.class[i] = to[class]
			}
		}
	}
	return nil
}

// reasons returns why categories are to be left out, by id.
func (m *merger) reasons() (map[int64]string, error) {
	reason := map[int64]string{}
	if m.opt.NoRoots {
		used := m.usedClasses()
		for _, id := range Roots(m.Categories, func(id int64) bool { return used[m.classIndex(id)] }) {
			reason[id] = LeftOutRoot
		}
	}
	wanted := m.opt.LeaveOut
	if m.opt.Part {
		wanted = listed(m.Categories, wanted)
	}
	ids, err := FindCategories(m.Categories, wanted)
	if unknown, is := errors.AsType[*NoCategoryError](err); is {
		unknown.File = m.fileNames()
	}
	for _, id := range ids {
		reason[id] = LeftOutAsked
	}
	return reason, err
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
