package write

import (
	"cmp"
	"fmt"
	"slices"

	"cocostat/annotations"
)

// classes are the classes of all parts, in the order of their ids, without categories
// that are headings: see annotations.Roots.
type classes struct {
	list     []annotations.Category
	index    map[int64]int
	headings []string
}

// ClassesError is that of an id with different names in the parts.
type ClassesError struct {
	ID          int64
	Name, Other string
}

func (e *ClassesError) Error() string {
	return fmt.Sprintf("category %d is %q in one part and %q in another: convert them one by one, or unite them by name with 'cocostat dataset merge'", e.ID, e.Name, e.Other)
}

// unite lists the classes of parts.
func unite(parts []*annotations.Dataset) (*classes, error) {
	c := &classes{index: map[int64]int{}}
	known := map[int64]string{}
	for _, d := range parts {
		for _, k := range d.Categories {
			if name, is := known[k.ID]; is && name != k.Name {
				return nil, &ClassesError{k.ID, name, k.Name}
			} else if !is {
				known[k.ID] = k.Name
				c.list = append(c.list, k)
			}
		}
	}
	slices.SortFunc(c.list, func(a, b annotations.Category) int { return cmp.Compare(a.ID, b.ID) })
	c.leaveHeadings(parts)
	for i, k := range c.list {
		c.index[k.ID] = i
	}
	return c, nil
}

func (c *classes) leaveHeadings(parts []*annotations.Dataset) {
	used := map[int64]bool{}
	for _, d := range parts {
		for _, objects := range d.Objects {
			for i := range objects {
				used[objects[i].CategoryID] = true
			}
		}
	}
	roots := annotations.Roots(c.list, func(id int64) bool { return used[id] })
	c.list = slices.DeleteFunc(c.list, func(k annotations.Category) bool {
		is := slices.Contains(roots, k.ID)
		if is {
			c.headings = append(c.headings, k.Name)
		}
		return is
	})
}

// names are those of the classes; one without a name is called by its id, and of
// equal names the later ones get theirs.
func (c *classes) names() []string {
	names := make([]string, len(c.list))
	taken := map[string]bool{}
	for i, k := range c.list {
		name := cmp.Or(k.Name, fmt.Sprintf("class %d", k.ID))
		if taken[name] {
			name = fmt.Sprintf("%s %d", name, k.ID)
		}
		taken[name], names[i] = true, name
	}
	return names
}
