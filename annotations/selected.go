package annotations

import (
	"cmp"
	"slices"
	"strings"
)

// Reasons for which a category is left out.
const (
	LeftOutAsked   = "asked"   // a Selection drops it, or chooses others
	LeftOutRoot    = "root"    // it is a heading: see Roots
	LeftOutUnknown = "unknown" // what was recorded does not know it, and goes by names
)

// LeftOut is a category that was left out of the counts.
type LeftOut struct {
	ID        int64  `json:"category_id"`
	Name      string `json:"name"`
	Reason    string `json:"reason"`    // one of the LeftOut constants
	Instances int64  `json:"instances"` // its annotations that would count
}

// Merged is a class that several categories count as.
type Merged struct {
	ID   int64            `json:"category_id"` // the smallest of theirs
	Name string           `json:"name"`
	Of   []MergedCategory `json:"of"`
}

// MergedCategory is a category that counts as another class.
type MergedCategory struct {
	ID   int64  `json:"category_id"`
	Name string `json:"name"`
}

// Selected tells what became of the categories that are no classes, or not as they
// stand in the files. What is made of counts records it, so that it can be done
// again to other files of the dataset.
type Selected struct {
	By      string    `json:"by,omitempty"`       // ByNames: a name is one class, whatever its ids
	LeftOut []LeftOut `json:"left_out,omitempty"` // ascending ID
	Merged  []Merged  `json:"merged,omitempty"`   // ascending ID
}

// ByNames is the value of Selected.By of counts with Options.ByName.
const ByNames = "name"

// Resolve does to the categories of a file, in ascending ID, what was done when it
// was recorded; classes are those that there were then. A category is the one that
// was left out or merged if it has its id and its name. If classes are told by
// their names, the name alone decides, the ids are those of classes, and a
// category that is unknown is left out. So is one of roots that is unknown.
func (s *Selected) Resolve(categories, classes []Category, roots []int64) *Mapping {
	left, merged, ids := s.byCategory(), s.byMerged(), map[string]int64{}
	for _, k := range classes {
		ids[k.Name] = k.ID
	}
	b := newMapping(len(categories))
	b.By = s.By
	for i := range categories {
		k := &categories[i]
		key := s.key(k.ID, k.Name)
		if why := left[key]; why != "" {
			b.leave(k, why)
		} else if m := merged[key]; m != nil {
			b.merge(k, m.ID, m.Name)
		} else if id, known := ids[k.Name]; s.By == ByNames && known {
			b.add(k, id, k.Name)
		} else if slices.Contains(roots, k.ID) {
			b.leave(k, LeftOutRoot)
		} else if s.By == ByNames {
			b.leave(k, LeftOutUnknown)
		} else {
			b.add(k, k.ID, k.Name)
		}
	}
	return b.done()
}

// key is what tells a category from others, where it was recorded.
func (s *Selected) key(id int64, name string) MergedCategory {
	if s.By == ByNames {
		id = 0
	}
	return MergedCategory{id, name}
}

// byCategory returns why categories were left out.
func (s *Selected) byCategory() map[MergedCategory]string {
	why := make(map[MergedCategory]string, len(s.LeftOut))
	for _, l := range s.LeftOut {
		why[s.key(l.ID, l.Name)] = l.Reason
	}
	return why
}

// byMerged returns the classes that categories were merged into, or are already.
func (s *Selected) byMerged() map[MergedCategory]*Merged {
	into := map[MergedCategory]*Merged{}
	for i := range s.Merged {
		m := &s.Merged[i]
		into[s.key(m.ID, m.Name)] = m
		for _, of := range m.Of {
			into[s.key(of.ID, of.Name)] = m
		}
	}
	return into
}

// With applies a selection beside a mapping of categories that was recorded: to the
// classes of that. It may leave more of them out. What it says otherwise is a
// *SelectionError: another union, or a class that was left out.
func (m *Mapping) With(s Selection, categories []Category) (*Mapping, error) {
	if err := m.sameUnions(s.Merge, categories); err != nil {
		return nil, err
	}
	s.Merge = nil
	all := slices.Clone(m.Classes)
	for _, k := range m.LeftOut {
		all = append(all, Category{ID: k.ID, Name: k.Name})
	}
	wanted, err := FindCategories(all, s.Classes)
	if err != nil {
		return nil, err
	}
	for _, k := range m.LeftOut {
		if slices.Contains(wanted, k.ID) {
			return nil, contradiction("%d %q is left out there", k.ID, k.Name)
		}
	}
	if _, err := FindCategories(all, s.Drop); err != nil {
		return nil, err
	}
	s.Drop = listed(m.Classes, s.Drop)
	return s.Resolve(m.Classes, nil, false)
}

// sameUnions reports unions that are not those of the mapping.
func (m *Mapping) sameUnions(unions []Union, categories []Category) error {
	if len(unions) == 0 {
		return nil
	}
	asked, err := (&Selection{Merge: unions}).Resolve(categories, nil, false)
	if err != nil {
		return err
	}
	for _, k := range categories {
		of, left := m.Index(k.ID)
		class, _ := asked.Index(k.ID)
		switch name := asked.Classes[class].Name; {
		case left || name == k.Name || m.Classes[of].Name == name:
		case m.Classes[of].Name == k.Name:
			return contradiction("%d %q is a class of its own there, and not merged into %q", k.ID, k.Name, name)
		default:
			return contradiction("%d %q is merged into %q there", k.ID, k.Name, m.Classes[of].Name)
		}
	}
	return nil
}

// Known returns the categories that were left out or merged when it was recorded,
// and classes, in ascending ID.
func (s *Selected) Known(classes []Category) []Category {
	all := slices.Clone(classes)
	for _, k := range s.LeftOut {
		all = append(all, Category{ID: k.ID, Name: k.Name})
	}
	for _, m := range s.Merged {
		all = slices.DeleteFunc(all, func(k Category) bool { return k.ID == m.ID })
		for _, k := range m.Of {
			all = append(all, Category{ID: k.ID, Name: k.Name})
		}
	}
	slices.SortFunc(all, func(a, b Category) int {
		return cmp.Or(byID(a, b), strings.Compare(a.Name, b.Name))
	})
	return all
}
