package weights

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// GroupingPrefix begins the names of the columns that hold groupings.
const GroupingPrefix = "group:"

// Grouping is a division of the classes into groups, one more than the two of
// the format. Column GroupingPrefix+Name of the file holds it, Row.Groups in
// memory.
type Grouping struct {
	Name       string         `json:"name"`                 // unique in the file, not empty
	Method     string         `json:"method"`               // how the groups were made, for people
	Parameters map[string]any `json:"parameters,omitempty"` // of the method; what JSON can hold
	Groups     []string       `json:"groups"`               // names of the groups, from head to tail
}

// AddGrouping adds a grouping, in the place of one of the same name. groups
// holds the group of each class in channel order, and each must be one of
// g.Groups.
func (t *Table) AddGrouping(g Grouping, groups []string) error {
	if len(groups) != len(t.Rows) {
		return fmt.Errorf("weights: grouping %q: %d groups for %d classes", g.Name, len(groups), len(t.Rows))
	}
	if err := g.validate(); err != nil {
		return fmt.Errorf("weights: %w", err)
	}
	for i, group := range groups {
		if !slices.Contains(g.Groups, group) {
			return fmt.Errorf("weights: %w", t.Rows[i].BadCell(i, GroupingPrefix+g.Name, "%q is none of the groups %q", group, g.Groups))
		}
	}
	at, replaces := t.Grouping(g.Name)
	groupings := slices.Clone(t.Meta.Groupings)
	if replaces {
		groupings[at] = g
	} else {
		groupings = append(groupings, g)
	}
	t.Meta.Groupings = groupings
	for i := range t.Rows {
		own := slices.Clone(t.Rows[i].Groups)
		if replaces {
			own[at] = groups[i]
		} else {
			own = append(own, groups[i])
		}
		t.Rows[i].Groups = own
	}
	return nil
}

// Grouping returns where a grouping stands in Meta.Groupings and in each
// Row.Groups, and whether there is one of that name.
func (t *Table) Grouping(name string) (int, bool) {
	i := slices.IndexFunc(t.Meta.Groupings, func(g Grouping) bool { return g.Name == name })
	return i, i >= 0
}

func (g Grouping) validate() error {
	switch {
	case g.Name == "":
		return errors.New("a grouping without a name")
	case !utf8.ValidString(g.Name):
		return fmt.Errorf("the grouping name %q is not UTF-8", g.Name)
	case len(g.Groups) == 0:
		return fmt.Errorf("grouping %q has no groups", g.Name)
	}
	seen := map[string]bool{}
	for _, group := range g.Groups {
		if seen[group] {
			return fmt.Errorf("grouping %q has group %q twice", g.Name, group)
		}
		seen[group] = true
	}
	return nil
}

// mostGroupings is the number of groupings that a file may have: each name is
// looked up among all others.
const mostGroupings = 1_000

func validateGroupings(groupings []Grouping) error {
	if len(groupings) > mostGroupings {
		return fmt.Errorf("%d groupings are more than %d", len(groupings), mostGroupings)
	}
	for i, g := range groupings {
		if err := g.validate(); err != nil {
			return err
		}
		if slices.ContainsFunc(groupings[:i], func(other Grouping) bool { return other.Name == g.Name }) {
			return fmt.Errorf("grouping %q is there twice", g.Name)
		}
	}
	return nil
}

// validateGroups reports a row that lacks a grouping's group or has one that
// the grouping does not know.
func (t *Table) validateGroups() error {
	if err := validateGroupings(t.Meta.Groupings); err != nil {
		return err
	}
	known := make([]map[string]bool, len(t.Meta.Groupings))
	for k, g := range t.Meta.Groupings {
		known[k] = map[string]bool{}
		for _, group := range g.Groups {
			known[k][group] = true
		}
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		if len(r.Groups) != len(t.Meta.Groupings) {
			return fmt.Errorf("row %d (category %d %q): %d groups for %d groupings", i, r.CategoryID, r.Name, len(r.Groups), len(t.Meta.Groupings))
		}
		for k, g := range t.Meta.Groupings {
			if !known[k][r.Groups[k]] {
				return r.BadCell(i, GroupingPrefix+g.Name, "%q is none of the groups %q", r.Groups[k], g.Groups)
			}
		}
	}
	return nil
}
