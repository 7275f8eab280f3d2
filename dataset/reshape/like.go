package reshape

import (
	"fmt"
	"slices"
	"strconv"

	"cocostat/annotations"
	"cocostat/internal/classcounts"
)

// What tells that a class of a profile is one of the source.
const (
	ByName = "name"
	ByID   = "id"
)

// Asked is what a profile, the counts of another dataset or of a table, asks of each
// class of a source.
type Asked struct {
	By        string   // how the classes were matched: ByName or ByID
	Instances []int64  // by class of the source; 0 where the profile does not name it
	Images    []*int64 // nil: the profile says nothing of images
	Unnamed   []string // classes with annotations that the profile does not name
	Unknown   []string // classes of the profile that the source does not have

	unnamed []int
}

// Like matches the classes of a profile with those of the source: ByName, ByID, or
// for "" by name where all have one that is not the number of an id. Two classes of
// the profile for one, and names that several classes of the source have, are an
// error.
func (s *Source) Like(profile []classcounts.Class, by string) (*Asked, error) {
	profile = slices.Clone(profile)
	if by == "" {
		by = ByName
		if slices.ContainsFunc(profile, func(r classcounts.Class) bool { return r.Name == "" }) {
			by = ByID
		}
	}
	if by == ByName && idsForNames(profile, s.Categories) {
		by = ByID
	}
	return s.match(profile, by)
}

// KeepUnnamed asks for all that there is of the classes that the profile does not
// name.
func (a *Asked) KeepUnnamed(s *Source) {
	for _, i := range a.unnamed {
		a.Instances[i] = s.Instances[i]
	}
}

func className(k annotations.Category) string { return fmt.Sprintf("%d %q", k.ID, k.Name) }

// idsForNames reports whether the keys of an object of counts are ids, and puts
// them there: all are numbers, and not all are names of the file's classes.
func idsForNames(rows []classcounts.Class, categories []annotations.Category) bool {
	ids := make([]int64, len(rows))
	names := true
	for i, r := range rows {
		n, err := strconv.ParseInt(r.Name, 10, 64)
		if err != nil || r.ID != nil {
			return false
		}
		ids[i] = n
		names = names && slices.ContainsFunc(categories, func(k annotations.Category) bool { return k.Name == r.Name })
	}
	if names {
		return false
	}
	for i := range rows {
		rows[i].ID, rows[i].Name = &ids[i], ""
	}
	return true
}

// match finds the class of each row.
func (s *Source) match(rows []classcounts.Class, by string) (*Asked, error) {
	a := &Asked{By: by, Instances: make([]int64, len(s.Categories)), Images: make([]*int64, len(s.Categories))}
	named := make([]bool, len(s.Categories))
	for _, r := range rows {
		at := -1
		for i, k := range s.Categories {
			if by == ByID && r.ID != nil && k.ID == *r.ID || by == ByName && k.Name == r.Name {
				if at >= 0 {
					return nil, fmt.Errorf("the name %q is that of the categories %d and %d: match them with --by id", k.Name, s.Categories[at].ID, k.ID)
				}
				at = i
			}
		}
		switch {
		case by == ByID && r.ID == nil:
			return nil, fmt.Errorf("class %q has no id: match the classes with --by name", r.Name)
		case at < 0 && by == ByID:
			a.Unknown = append(a.Unknown, className(annotations.Category{ID: *r.ID, Name: r.Name}))
		case at < 0:
			a.Unknown = append(a.Unknown, strconv.Quote(r.Name))
		case named[at]:
			return nil, fmt.Errorf("class %s is there twice", className(s.Categories[at]))
		default:
			named[at], a.Instances[at], a.Images[at] = true, r.Instances, r.Images
		}
	}
	for i, k := range s.Categories {
		if !named[i] && s.Instances[i] > 0 {
			a.Unnamed, a.unnamed = append(a.Unnamed, className(k)), append(a.unnamed, i)
		}
	}
	return a, nil
}
