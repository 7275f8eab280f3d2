package classcounts

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// role is what a column can be.
type role struct {
	name   string
	others []string
}

var (
	roleID        = role{"category_id", []string{"id", "class_id", "label_id", "cat_id"}}
	roleName      = role{"name", []string{"class", "class_name", "category", "category_name", "label"}}
	roleInstances = role{"instances", []string{"count", "instance_count", "num_instances", "objects", "annotations", "count_star()", "count(*)", "count(1)"}}
	roleImages    = role{"images", []string{"image_count", "num_images"}}
	roleAnnotated = role{"annotated_images", []string{"images_with_annotations"}}
	roleTotal     = role{"total_images", nil}
)

var roles = []role{roleID, roleName, roleInstances, roleImages, roleAnnotated, roleTotal}

// hasRole reports whether a column of the name may be read.
func hasRole(name string) bool {
	return slices.ContainsFunc(roles, func(r role) bool { return r.is(name) })
}

// in returns the column of the role among the names, -1 if there is none.
func (r role) in(names []string) (int, error) {
	at, err := only(names, r.name)
	if at >= 0 || err != nil {
		return at, err
	}
	for _, other := range r.others {
		found, err := only(names, other)
		switch {
		case err != nil:
			return -1, err
		case found < 0:
		case at >= 0:
			return -1, fmt.Errorf("the columns %q and %q could both be %s: rename the right one to %s", names[at], names[found], r.name, r.name)
		default:
			at = found
		}
	}
	return at, nil
}

// is reports whether a name stands for the role.
func (r role) is(name string) bool {
	return plain(name) == r.name || slices.Contains(r.others, plain(name))
}

// only returns the column of a name, -1 if there is none.
func only(names []string, name string) (int, error) {
	at := -1
	for i, n := range names {
		switch {
		case plain(n) != name:
		case at >= 0:
			return -1, fmt.Errorf("the column %q is there twice", n)
		default:
			at = i
		}
	}
	return at, nil
}

// table says what the columns mean.
func (g *grid) table() (*Table, error) {
	var at [6]int
	for i, r := range roles {
		var err error
		if at[i], err = r.in(g.names); err != nil {
			return nil, err
		}
	}
	id, name, instances, images := at[0], at[1], at[2], at[3]
	if instances < 0 || id < 0 && name < 0 {
		return nil, OtherError{fmt.Errorf("of the columns %s none is instances (or count, …), or neither is name nor category_id: 'cocostat weights --help' lists their names", quoted(g.names))}
	}
	if len(g.places) == 0 {
		return nil, fmt.Errorf("there are no classes below the header")
	}
	if len(g.places) > MaxClasses {
		return nil, errClasses
	}
	for i := range g.cells {
		for len(g.cells[i]) < len(g.places) {
			g.cells[i] = append(g.cells[i], cell{missing: true})
		}
	}
	t := &Table{Classes: make([]Class, len(g.places))}
	for i := range t.Classes {
		if err := g.class(&t.Classes[i], i, id, name, instances, images); err != nil {
			return nil, err
		}
	}
	if err := g.addTotals(t, at[4], at[5]); err != nil {
		return nil, err
	}
	for i, r := range roles {
		if at[i] >= 0 && plain(g.names[at[i]]) != r.name {
			t.Taken = append(t.Taken, fmt.Sprintf("%q for %s", g.names[at[i]], r.name))
		}
	}
	return t, t.check()
}

func quoted(names []string) string {
	const most = 12
	var out []string
	for i, n := range names {
		if i == most {
			out = append(out, "…")
			break
		}
		out = append(out, strconv.Quote(n))
	}
	return strings.Join(out, ", ")
}

// class reads row i.
func (g *grid) class(c *Class, i, id, name, instances, images int) (err error) {
	c.Place = g.places[i]
	n, err := g.number(i, instances)
	if err != nil {
		return err
	}
	if n == nil {
		return fmt.Errorf("%s: column %q is empty: write 0 for a class without instances", c.Place, g.names[instances])
	}
	c.Instances = *n
	if id >= 0 {
		if c.ID, err = g.integer(i, id); err != nil {
			return err
		}
	}
	if images >= 0 {
		if c.Images, err = g.number(i, images); err != nil {
			return err
		}
	}
	if name >= 0 && !g.cells[name][i].missing {
		if c.Name = g.cells[name][i].text; !utf8.ValidString(c.Name) {
			return fmt.Errorf("%s: column %q: %q is not UTF-8: save the table in UTF-8", c.Place, g.names[name], c.Name)
		}
	}
	if c.ID == nil && c.Name == "" {
		return fmt.Errorf("%s: the class has neither a name nor an id", c.Place)
	}
	return nil
}

// mostCount is up to which number every whole number has a float64, in which
// weights are computed.
const mostCount = 1 << 53

// number reads a count, nil for a missing one.
func (g *grid) number(i, column int) (*int64, error) {
	v, err := g.integer(i, column)
	switch {
	case err != nil || v == nil:
		return nil, err
	case *v < 0:
		return nil, fmt.Errorf("%s: column %q: %d is negative, and counts are from 0 on", g.places[i], g.names[column], *v)
	case *v > mostCount:
		return nil, fmt.Errorf("%s: column %q: %d is more than 2^53 (%d), up to which weights can be computed exactly", g.places[i], g.names[column], *v, int64(mostCount))
	}
	return v, nil
}

// integer reads a whole number, nil for a missing one.
func (g *grid) integer(i, column int) (*int64, error) {
	c := g.cells[column][i]
	if c.missing {
		return nil, nil
	}
	v, why := whole(c.text)
	if why == "" && c.isText {
		why = "is a text"
	}
	if why != "" {
		return nil, fmt.Errorf("%s: column %q: %q %s", g.places[i], g.names[column], c.text, why)
	}
	return &v, nil
}

// whole reads a whole number, however it is written, or says why it is none.
func whole(text string) (v int64, why string) {
	text = strings.TrimSpace(text)
	v, err := strconv.ParseInt(text, 10, 64)
	if err == nil {
		return v, ""
	}
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case strings.ContainsAny(text, "xXpP_"), err != nil && !math.IsInf(f, 0):
		return 0, "is no whole number"
	case math.IsNaN(f):
		return 0, "is no number"
	case math.Abs(f) > mostCount:
		return 0, "is beyond 2^53"
	case f != math.Trunc(f):
		return 0, "is no whole number: a class has so many instances or so many more"
	}
	return int64(f), ""
}

// addTotals reads what all rows, or the object around them, say of the images.
func (g *grid) addTotals(t *Table, annotated, total int) (err error) {
	if t.AnnotatedImages, err = g.constant(annotated); err == nil {
		t.TotalImages, err = g.constant(total)
	}
	for name, c := range g.totals {
		v, why := whole(c.text)
		if why != "" || v < 0 {
			continue // a description
		}
		switch {
		case roleAnnotated.is(name) && t.AnnotatedImages == nil:
			t.AnnotatedImages = &v
		case (roleTotal.is(name) || plain(name) == "images") && t.TotalImages == nil:
			t.TotalImages = &v
		}
	}
	return err
}

// constant returns the number that a column has in all rows.
func (g *grid) constant(column int) (*int64, error) {
	if column < 0 {
		return nil, nil
	}
	first, err := g.number(0, column)
	for i := 1; i < len(g.places) && err == nil; i++ {
		var v *int64
		if v, err = g.number(i, column); err == nil && (v == nil) != (first == nil) || v != nil && *v != *first {
			return nil, fmt.Errorf("%s: column %q: it must be the same in all rows, and is not what %s has", g.places[i], g.names[column], g.places[0])
		}
	}
	return first, err
}

// check refuses what contradicts itself.
func (t *Table) check() error {
	sum := int64(0)
	for _, c := range t.Classes {
		if sum += c.Instances; sum > mostCount {
			return fmt.Errorf("%s: the instances of the classes up to here are more than 2^53 (%d), up to which weights can be computed exactly", c.Place, int64(mostCount))
		}
		switch {
		case c.Images == nil:
		case *c.Images > c.Instances:
			return fmt.Errorf("%s: %d instances in %d images, of which each holds at least one", c.Place, c.Instances, *c.Images)
		case *c.Images == 0 && c.Instances > 0:
			return fmt.Errorf("%s: %d instances in no image", c.Place, c.Instances)
		case t.AnnotatedImages != nil && *c.Images > *t.AnnotatedImages:
			return fmt.Errorf("%s: the class is in %d images, of %d that have annotations", c.Place, *c.Images, *t.AnnotatedImages)
		}
	}
	if t.AnnotatedImages != nil && t.TotalImages != nil && *t.AnnotatedImages > *t.TotalImages {
		return fmt.Errorf("%d images have annotations, of %d in all", *t.AnnotatedImages, *t.TotalImages)
	}
	return nil
}
