package reshape

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"cocostat/annotations"
	"cocostat/annotations/coco/edit"
)

// Copies reports whether the texts of all sources can be copied, for Write.
func (m *Merged) Copies() bool {
	for _, p := range m.parts {
		if !p.all.Source.Copies() {
			return false
		}
	}
	return true
}

// Scan hands the union to a visitor, one source after the other.
func (m *Merged) Scan(ctx context.Context, v annotations.Visitor) error {
	for _, p := range m.parts {
		object := p.first
		mapped := annotations.Visitor{
			Image: func(im *annotations.Image) error {
				to := &p.images[p.rows[im.ID]]
				if to.known || v.Image == nil {
					return nil
				}
				out := *im
				out.ID, out.FileName = to.id, to.name
				out.NegativeCategories, out.NotExhaustiveCategories = p.classIDs(im.NegativeCategories), p.classIDs(im.NotExhaustiveCategories)
				return v.Image(&out)
			},
			Annotation: func(a *annotations.Annotation) error {
				out := *a
				out.ImageID, out.CategoryID = p.images[p.rows[a.ImageID]].id, p.classID(a.CategoryID)
				if p.first != 0 {
					out.ID = object
					out.Has |= annotations.FieldID
					object++
				}
				if v.Annotation == nil {
					return nil
				}
				return v.Annotation(&out)
			},
			Category: func(k *annotations.Category) error {
				i, listed := p.all.Source.classIndex(k.ID)
				if !listed || !p.fresh[i] || v.Category == nil {
					return nil
				}
				out := *k
				out.ID = p.classes[i]
				return v.Category(&out)
			}}
		if err := p.all.Scan(ctx, mapped); err != nil {
			return err
		}
	}
	return nil
}

// classID returns the new id of a category.
func (p *mergedPart) classID(id int64) int64 {
	if i, listed := p.all.Source.classIndex(id); listed {
		return p.classes[i]
	}
	return id
}

func (p *mergedPart) classIDs(ids []int64) []int64 {
	if ids == nil || !p.changed {
		return ids
	}
	out := make([]int64, len(ids))
	for i, id := range ids {
		out[i] = p.classID(id)
	}
	return out
}

// Write writes the union as COCO's JSON: the text of the first source, to whose
// lists the elements of the others are added. Nothing but ids and file names
// changes. Of the others everything beside the three lists is left out.
func (m *Merged) Write(ctx context.Context, w io.Writer) error {
	first := m.parts[0].all.Source
	frame, err := m.frame(ctx, first)
	if err != nil {
		return err
	}
	return first.copy(ctx, nil, func(r io.Reader) error {
		c := m.parts[0].changes()
		c.Insertions = m.insertions(ctx, frame)
		return edit.Copy(ctx, w, r, c)
	})
}

func (m *Merged) frame(ctx context.Context, s *Source) (frame *edit.Frame, err error) {
	err = s.copy(ctx, nil, func(r io.Reader) error {
		frame, err = edit.ReadFrame(ctx, r)
		return err
	})
	return frame, err
}

// listKinds are the lists, and which elements are theirs.
var listKinds = []struct {
	key string
	is  func(kind) bool
}{
	{"images", func(k kind) bool { return k == picture }},
	{"annotations", isObject},
	{"categories", func(k kind) bool { return k == class }},
}

// insertions add the elements of the other sources to the lists of the first.
func (m *Merged) insertions(ctx context.Context, frame *edit.Frame) (out []edit.Insertion) {
	at := map[string]edit.List{}
	for _, l := range frame.Lists {
		at[l.Key] = l // of several the last, which is the one for Python
	}
	for _, l := range frame.Lists {
		for _, kind := range listKinds {
			if at[l.Key] != l || kind.key != l.Key {
				continue
			}
			empty := m.parts[0].none(l)
			out = append(out, edit.Insertion{At: l.End, Fill: func(w io.Writer) error { return m.pour(ctx, w, kind.is, empty) }})
		}
	}
	for _, kind := range listKinds {
		if _, has := at[kind.key]; has {
			continue
		}
		out = append(out, edit.Insertion{At: frame.End, Fill: func(w io.Writer) error {
			if _, err := fmt.Fprintf(w, ", %q: [", kind.key); err != nil {
				return err
			}
			if err := m.pour(ctx, w, kind.is, true); err != nil {
				return err
			}
			_, err := io.WriteString(w, "]")
			return err
		}})
	}
	return out
}

// none reports whether nothing stays of a list.
func (p *mergedPart) none(l edit.List) bool {
	if l.Empty {
		return true
	}
	for i, e := range p.all.Source.elements {
		if l.Start < e.offset && e.offset < l.End && p.all.keep[i] {
			return false
		}
	}
	return true
}

// pour writes the elements of a list of all sources but the first.
func (m *Merged) pour(ctx context.Context, w io.Writer, is func(kind) bool, empty bool) error {
	separator := ",\n"
	if empty {
		separator = "\n"
	}
	for _, p := range m.parts[1:] {
		c := p.changes()
		var offsets []int64
		var which []int
		for i, at := range c.Elements {
			if is(p.all.Source.elements[i].kind) && c.Keep(i) {
				offsets, which = append(offsets, at), append(which, i)
			}
		}
		if len(offsets) == 0 {
			continue
		}
		err := p.all.Source.copy(ctx, nil, func(r io.Reader) error {
			return edit.Elements(ctx, r, offsets, func(i int, text []byte) error {
				text, err := c.Change(which[i], text)
				if err == nil {
					_, err = io.WriteString(w, separator)
				}
				if err == nil {
					_, err = w.Write(text)
				}
				separator = ",\n"
				return err
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// changes are what becomes of the elements of a source.
func (p *mergedPart) changes() edit.Changes {
	s := p.all.Source
	var number []int64
	if p.first != 0 { // the new ids, by element
		number = make([]int64, len(s.elements))
		next := p.first
		for i, e := range s.elements {
			if p.all.keep[i] && isObject(e.kind) {
				number[i] = next
				next++
			}
		}
	}
	return edit.Changes{
		Elements: s.offsets(),
		Keep: func(i int) bool {
			e := &s.elements[i]
			switch {
			case !p.all.keep[i]:
				return false
			case e.kind == picture:
				return !p.images[e.image].known
			case e.kind == class:
				return e.class == noRow || p.fresh[e.class]
			}
			return true
		},
		Change: func(i int, text []byte) ([]byte, error) {
			switch e := &s.elements[i]; e.kind {
			case picture:
				return p.image(e, text), nil
			case counted, aside:
				id := e.id
				if p.first != 0 {
					id = number[i]
				}
				return p.object(e, id, text), nil
			case class:
				if e.class == noRow || p.classes[e.class] == s.Categories[e.class].ID {
					return text, nil
				}
				return edit.Replace(text, numbers(map[string]int64{"id": p.classes[e.class]})), nil
			}
			return text, nil
		},
	}
}

// numbers replaces the values of keys by numbers.
func numbers(values map[string]int64) func(key string, _ []byte) []byte {
	return func(key string, _ []byte) []byte {
		n, is := values[key]
		if !is {
			return nil
		}
		return strconv.AppendInt(nil, n, 10)
	}
}

// image changes the text of an image.
func (p *mergedPart) image(e *element, text []byte) []byte {
	was, is := &p.all.Source.images[e.image], &p.images[e.image]
	if was.id == is.id && was.name == is.name && !p.changed {
		return text
	}
	return edit.Replace(text, func(key string, value []byte) []byte {
		switch {
		case key == "id" && was.id != is.id:
			return strconv.AppendInt(nil, is.id, 10)
		case key == "file_name" && was.name != is.name:
			name, err := json.Marshal(is.name)
			if err != nil { // of a string: never
				return nil
			}
			return name
		case p.changed && (key == "neg_category_ids" || key == "not_exhaustive_category_ids"):
			return p.list(value)
		}
		return nil
	})
}

// list changes a list of category ids; one that holds something else stays.
func (p *mergedPart) list(value []byte) []byte {
	var ids []int64
	if json.Unmarshal(value, &ids) != nil || ids == nil {
		return nil
	}
	out, err := json.Marshal(p.classIDs(ids))
	if err != nil { // of numbers: never
		return nil
	}
	return out
}

// object changes the text of an annotation.
func (p *mergedPart) object(e *element, id int64, text []byte) []byte {
	values := map[string]int64{}
	if id != e.id {
		values["id"] = id
	}
	if to := p.images[e.image].id; to != p.all.Source.images[e.image].id {
		values["image_id"] = to
	}
	if to := p.classes[e.class]; to != p.all.Source.Categories[e.class].ID {
		values["category_id"] = to
	}
	if len(values) == 0 {
		return text
	}
	return edit.Replace(text, numbers(values))
}
