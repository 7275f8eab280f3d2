package reshape

import (
	"encoding/json"
	"fmt"
	"slices"

	"cocostat/annotations"
	"cocostat/annotations/coco/edit"
)

// chosen is what Options.Selection makes of the categories.
type chosen struct {
	*annotations.Mapping
	first  map[int64]bool // categories that stand for a class in the list: one for each
	merged map[int64]bool // ids of classes that several categories are
	lists  bool           // images have the lists of LVIS
}

// choose applies the selection to the categories, which are sorted.
func (b *builder) choose() error {
	s := b.source
	if b.source.options.Selection.IsZero() {
		return nil
	}
	m, err := b.source.options.Selection.Resolve(s.Categories, nil, false)
	if err != nil {
		return err
	}
	if len(m.Merged) > 0 && b.lists {
		return fmt.Errorf("%s: images have the lists of LVIS (neg_category_ids), which say of each class alone what was searched for: classes cannot be merged in the file; 'cocostat eval --lvis --merge' does it when they are evaluated", s.path)
	}
	s.chosen = &chosen{m, map[int64]bool{}, map[int64]bool{}, b.lists}
	taken := map[int64]bool{}
	for _, k := range s.Categories {
		if id, left := m.Class(k.ID); !left && !taken[id] {
			taken[id], s.chosen.first[k.ID] = true, true
		}
	}
	for _, k := range m.Merged {
		s.chosen.merged[k.ID] = true
	}
	s.Categories = m.Classes
	return nil
}

// index returns the place of the class of a category, noRow if it is not listed, and
// whether it is left out.
func (s *Source) index(id int64) (index int32, left bool) {
	if s.chosen == nil {
		i, listed := s.classIndex(id)
		if !listed {
			return noRow, false
		}
		return int32(i), false
	}
	i, left := s.chosen.Index(id)
	if left {
		return noRow, true
	}
	return int32(i), false
}

// Selected tells what became of categories by Options.Selection.
func (s *Source) Selected() annotations.Selected {
	if s.chosen == nil {
		return annotations.Selected{}
	}
	selected := s.chosen.Selected
	selected.LeftOut = slices.Clone(selected.LeftOut)
	for i := range selected.LeftOut {
		selected.LeftOut[i].Instances = s.leftOf[selected.LeftOut[i].ID]
	}
	return selected
}

// change returns what becomes of the text of elements that stay; nil: nothing.
func (s *Source) change() func(i int, text []byte) ([]byte, error) {
	c := s.chosen
	if c == nil || c.Plain() {
		return nil
	}
	return func(i int, text []byte) ([]byte, error) {
		e := &s.elements[i]
		switch {
		case e.kind == picture && c.lists:
			return edit.Replace(text, c.list), nil
		case e.kind == picture || e.class < 0:
			return text, nil
		}
		k := &s.Categories[e.class]
		switch {
		case !c.merged[k.ID]:
			return text, nil
		case e.kind == class:
			return classText(k)
		}
		return edit.Replace(text, func(key string, _ []byte) []byte {
			if key != "category_id" {
				return nil
			}
			return fmt.Append(nil, k.ID)
		}), nil
	}
}

// list leaves of a list of LVIS the categories that stay.
func (c *chosen) list(key string, value []byte) []byte {
	if key != "neg_category_ids" && key != "not_exhaustive_category_ids" {
		return nil
	}
	var ids []int64
	if json.Unmarshal(value, &ids) != nil {
		return nil
	}
	kept := slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { _, left := c.Class(id); return left })
	if len(kept) == len(ids) {
		return nil
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return nil
	}
	return text
}

// classText is a merged class as an element of the list of categories.
func classText(k *annotations.Category) ([]byte, error) {
	return json.Marshal(struct {
		ID            int64  `json:"id"`
		Name          string `json:"name"`
		Supercategory string `json:"supercategory,omitempty"`
	}{k.ID, k.Name, k.Supercategory})
}
