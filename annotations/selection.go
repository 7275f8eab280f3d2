package annotations

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Selection says which of a dataset's categories are classes, and as what: a
// category is named by its name, or, where none has that name, by its id. Merge
// comes first; Classes and Drop name what there is then. The zero value takes all
// categories as they are.
type Selection struct {
	Classes []string `json:"classes,omitempty"` // only these; empty: all
	Drop    []string `json:"drop,omitempty"`    // without these
	Merge   []Union  `json:"merge,omitempty"`
}

// Union makes one class of several categories. It has the smallest of their ids,
// and takes in a category that already has its name.
type Union struct {
	Name string   `json:"name"`
	Of   []string `json:"of"`
}

// String is a union as the flag --merge has it.
func (u Union) String() string { return u.Name + "=" + strings.Join(u.Of, ",") }

// Unions returns what is merged, each class once, in the order of the names.
func (s *Selection) Unions() []Union {
	of := map[string][]string{}
	for _, u := range s.Merge {
		of[u.Name] = append(of[u.Name], u.Of...)
	}
	var unions []Union
	for _, name := range slices.Sorted(maps.Keys(of)) {
		unions = append(unions, Union{name, uniqueNames(of[name])})
	}
	return unions
}

// SelectionError says that a selection contradicts itself.
type SelectionError struct{ Msg string }

func (e *SelectionError) Error() string { return e.Msg }

func contradiction(format string, args ...any) error {
	return &SelectionError{fmt.Sprintf(format, args...)}
}

// IsZero reports whether a selection takes all categories as they are.
func (s Selection) IsZero() bool { return len(s.Classes)+len(s.Drop)+len(s.Merge) == 0 }

// Validate reports, as a *SelectionError, what a selection contradicts itself in,
// whatever the dataset.
func (s *Selection) Validate() error {
	for _, name := range s.Classes {
		if slices.Contains(s.Drop, name) {
			return contradiction("%q is chosen and dropped", name)
		}
	}
	in := map[string]string{}
	for _, u := range s.Merge {
		if strings.TrimSpace(u.Name) == "" || len(u.Of) == 0 {
			return contradiction("a class that others are merged into needs a name, and these others: %q of %q", u.Name, u.Of)
		}
		for _, name := range u.Of {
			if other, twice := in[name]; twice && other != u.Name {
				return contradiction("%q is merged into both %q and %q", name, other, u.Name)
			}
			in[name] = u.Name
		}
	}
	return nil
}

// Resolve applies a selection to categories in ascending ID, of which roots are no
// classes unless the selection names them. With part, what it names need not be
// there. A name that is no category's is a *NoCategoryError without a File, and what
// cannot be at once is a *SelectionError.
func (s *Selection) Resolve(categories []Category, roots []int64, part bool) (*Mapping, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	r := &resolver{selection: s, categories: categories, roots: roots, part: part,
		union: map[int64]string{}, reason: map[int64]string{}}
	if err := r.unite(); err != nil {
		return nil, err
	}
	if err := r.choose(); err != nil {
		return nil, err
	}
	b := newMapping(len(categories))
	for i := range categories {
		k := &categories[i]
		if why := r.reason[k.ID]; why != "" {
			b.leave(k, why)
		} else if name, is := r.union[k.ID]; is {
			b.merge(k, k.ID, name)
		} else {
			b.add(k, k.ID, k.Name)
		}
	}
	return b.done(), nil
}

// resolver finds what a selection names.
type resolver struct {
	selection  *Selection
	categories []Category
	roots      []int64
	part       bool

	union  map[int64]string // name of the class that a category is merged into
	reason map[int64]string // why a category is left out
}

// find returns the ids of those of the categories that names name; of a part, of
// those that it has.
func (r *resolver) find(categories []Category, names []string) ([]int64, error) {
	if r.part {
		names = listed(categories, names)
	}
	return FindCategories(categories, names)
}

// unite finds the categories of each union.
func (r *resolver) unite() error {
	united := map[string]bool{}
	for _, u := range r.selection.Merge {
		ids, err := r.find(r.categories, u.Of)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if other, twice := r.union[id]; twice && other != u.Name {
				return contradiction("category %d is merged into both %q and %q", id, other, u.Name)
			}
			r.union[id], united[u.Name] = u.Name, true
		}
	}
	for _, k := range r.categories {
		if _, is := r.union[k.ID]; !is && united[k.Name] && !slices.Contains(r.roots, k.ID) {
			r.union[k.ID] = k.Name
		}
	}
	return nil
}

// choose finds which categories are left out.
func (r *resolver) choose() error {
	classes, of := r.classes()
	chosen, err := r.find(classes, r.selection.Classes)
	if err != nil {
		return r.explain(err)
	}
	dropped, err := r.find(classes, r.selection.Drop)
	if err != nil {
		return r.explain(err)
	}
	isChosen, isDropped, isRoot := setOf(chosen), setOf(dropped), setOf(r.roots)
	for _, k := range r.categories {
		class := of[k.ID]
		_, merged := r.union[k.ID]
		switch {
		case isChosen[class] && isDropped[class]:
			return contradiction("category %d %q is chosen and dropped", k.ID, k.Name)
		case isDropped[class]:
			r.reason[k.ID] = LeftOutAsked
		case isChosen[class]:
		case !merged && isRoot[k.ID]:
			r.reason[k.ID] = LeftOutRoot
		case len(r.selection.Classes) > 0:
			r.reason[k.ID] = LeftOutAsked
		}
	}
	return nil
}

// classes returns what there is after merging, and the id of the class of each
// category.
func (r *resolver) classes() (classes []Category, of map[int64]int64) {
	of = make(map[int64]int64, len(r.categories))
	first := map[string]int64{} // of each union
	for _, k := range r.categories {
		of[k.ID] = k.ID
		if name, is := r.union[k.ID]; is {
			id, known := first[name]
			if known {
				of[k.ID] = id
				continue
			}
			first[name] = k.ID
			k.Name = name
		}
		classes = append(classes, k)
	}
	return classes, of
}

func setOf(ids []int64) map[int64]bool {
	set := make(map[int64]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// explain says of a name that is not there any more what it was merged into.
func (r *resolver) explain(err error) error {
	unknown, is := errors.AsType[*NoCategoryError](err)
	if !is {
		return err
	}
	for _, k := range r.categories {
		if name, merged := r.union[k.ID]; merged && (k.Name == unknown.Name || strconv.FormatInt(k.ID, 10) == unknown.Name) {
			unknown.Near, unknown.Into = nil, name
		}
	}
	return unknown
}
