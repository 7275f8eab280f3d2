package lt

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"cocostat/annotations"
	"cocostat/internal/classcounts"
	"cocostat/internal/commands/shared/counttable"
	"cocostat/internal/commands/shared/output"
	"cocostat/lt/subset"
)

// askedCounts is what is asked of each class of a file.
type askedCounts struct {
	instances []int64
	images    []*int64 // where the profile says so; nil: it says nothing of images
	unnamed   []string // classes with annotations that the profile does not name
	unknown   []string // classes of the profile that the file does not have
}

// asked works out the numbers that are asked for.
func (o *options) asked(ctx context.Context, s *subset.Source) (*askedCounts, error) {
	if o.like == "" {
		return &askedCounts{instances: o.profile.Counts(s.Instances), images: make([]*int64, len(s.Categories))}, nil
	}
	rows, err := counttable.Classes(ctx, o.like, annotations.Options{NoCrowd: o.NoCrowd, NoHash: true})
	if err != nil {
		return nil, err
	}
	by := o.by
	if by == "" {
		by = "name"
		if slices.ContainsFunc(rows, func(r classcounts.Class) bool { return r.Name == "" }) {
			by = "id"
		}
	}
	if by == "name" && idsForNames(rows, s.Categories) {
		by = "id"
	}
	a, err := matchCounts(rows, s, by)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.like, err)
	}
	if len(a.unknown) == len(rows) {
		return nil, fmt.Errorf("%s: none of its classes, by %s, is one of %s", o.like, by, o.Paths[0])
	}
	if o.others == "" && len(a.unnamed)+len(a.unknown) > 0 {
		return nil, fmt.Errorf("%s: its classes, by %s, are not those of %s%s%s\n--others keep or --others drop says what to do with classes that it does not name",
			o.like, by, o.Paths[0], differing("; missing", a.unnamed), differing("; unknown", a.unknown))
	}
	if o.others == othersKeep {
		for i, k := range s.Categories {
			if slices.Contains(a.unnamed, className(k)) {
				a.instances[i] = s.Instances[i]
			}
		}
	}
	return a, nil
}

func differing(what string, classes []string) string {
	if len(classes) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: %s", what, output.List(classes, 10))
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

// matchCounts finds the class of each row. Two rows for one class are an error,
// and so are two classes of one name if names are what counts.
func matchCounts(rows []classcounts.Class, s *subset.Source, by string) (*askedCounts, error) {
	a := &askedCounts{instances: make([]int64, len(s.Categories)), images: make([]*int64, len(s.Categories))}
	named := make([]bool, len(s.Categories))
	for _, r := range rows {
		at := -1
		for i, k := range s.Categories {
			if by == "id" && r.ID != nil && k.ID == *r.ID || by == "name" && k.Name == r.Name {
				if at >= 0 {
					return nil, fmt.Errorf("the name %q is that of the categories %d and %d: match them with --by id", k.Name, s.Categories[at].ID, k.ID)
				}
				at = i
			}
		}
		switch {
		case by == "id" && r.ID == nil:
			return nil, fmt.Errorf("class %q has no id: match the classes with --by name", r.Name)
		case at < 0 && by == "id":
			a.unknown = append(a.unknown, className(annotations.Category{ID: *r.ID, Name: r.Name}))
		case at < 0:
			a.unknown = append(a.unknown, strconv.Quote(r.Name))
		case named[at]:
			return nil, fmt.Errorf("class %s is there twice", className(s.Categories[at]))
		default:
			named[at], a.instances[at], a.images[at] = true, r.Instances, r.Images
		}
	}
	for i, k := range s.Categories {
		if !named[i] && s.Instances[i] > 0 {
			a.unnamed = append(a.unnamed, className(k))
		}
	}
	return a, nil
}
