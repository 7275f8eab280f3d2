package coco

import (
	"cocostat/annotations"
	"cocostat/internal/jsontext"
)

// reader reads elements of a list into a batch.
type reader struct {
	text   *jsontext.Lexer
	list   list // the one whose elements are being read
	out    *batch
	rec    record
	shapes [resultList + 1]shape
	names  textPool
}

// element reads the element at Pos.
func (r *reader) element() bool {
	at := r.text.Offset()
	if r.text.Buf[r.text.Pos] != '{' {
		r.problem(r.noObject(), 0, at)
		return r.text.SkipValue()
	}
	r.rec.begin(r.list, r.out, at)
	if !r.members() {
		return false
	}
	r.end(at)
	return true
}

// noObject names the value at Pos, which stands in place of an element.
func (r *reader) noObject() annotations.Kind {
	if r.list == categoryList && r.text.Buf[r.text.Pos] == '"' {
		return annotations.BareName
	}
	return annotations.NotAnObject
}

// members reads the members of the element whose brace is at Pos into rec.
func (r *reader) members() bool {
	t := r.text
	if !t.Push(true) {
		return false
	}
	buf, p := t.Buf, t.Pos // Pos catches up where others read on
	steps, n := r.shapes[r.list].steps, 0
	for ; n < len(steps); n++ {
		s := &steps[n]
		if !s.stands(buf, p) {
			break
		}
		p += s.size
		if end := r.plain(s.member, p); end > p {
			p = end
			continue
		}
		t.Pos = p
		if !r.value(s.member) {
			return false
		}
		p = t.Pos
	}
	t.Pos = p
	if n > 0 && n == len(steps) && buf[p] == '}' {
		t.Pop()
		return true
	}
	return r.otherMembers(n)
}

// otherMembers reads what follows the first n members, which is written
// otherwise than in the last element, and learns how it is.
func (r *reader) otherMembers(n int) bool {
	t, h := r.text, &r.shapes[r.list]
	for h.forget(n); ; n++ {
		from := t.Offset() // where the last value ended
		more, ok := t.Next() != '}', true
		if n > 0 {
			more, ok = t.Comma('}')
		}
		if !ok {
			return false
		}
		if !more {
			t.Pop()
			return true
		}
		key, ok := t.Key()
		if !ok {
			return false
		}
		m := r.list.member(key)
		if !t.Colon() {
			return false
		}
		t.Next()
		if text := t.Since(from); text != nil && n == len(h.steps) {
			h.learn(text, m)
		}
		p := t.Pos
		if t.Pos = r.plain(m, p); t.Pos == p && !r.value(m) {
			return false
		}
	}
}

// end puts the element, which is at the offset, into the batch, and reports what
// was noted of it.
func (r *reader) end(at int64) {
	rec, b := &r.rec, r.out
	if r.list == resultList {
		rec.nameImage()
	}
	if needed := r.list.identifiers(); len(rec.notes) > 0 || rec.Has&needed != needed {
		r.problems(at, rec.Has&needed != needed)
	}
	switch r.list {
	case annotationList:
		rec.fillArea()
		if rec.Has&annotations.FieldID != 0 {
			b.ids = append(b.ids, rec.ID)
		}
	case imageList:
		b.images = append(b.images, rec.image())
	case categoryList:
		b.categories = append(b.categories, rec.category())
	case resultList:
		b.results = append(b.results, rec.result())
	}
	b.read++
}

// problems reports the problems of the element at the offset, one of which may
// be that it lacks identifiers.
func (r *reader) problems(at int64, lacks bool) {
	rec := &r.rec
	id := rec.ID
	if r.list == resultList {
		id = rec.ImageID
	}
	for _, n := range rec.notes {
		r.problem(n.kind, id, n.at)
	}
	if !lacks {
		return
	}
	kind := annotations.UnreadableID
	if r.list == annotationList && rec.seen>>memberCategoryID&1 == 0 {
		kind = annotations.NoCategory
	}
	r.problem(kind, id, at)
}

// oddID reports an identifier that is written in an odd way, or else stays
// silent; text is what it stands for.
func (r *reader) oddID(kind annotations.Kind, id int64, text []byte, at int64) {
	if kind == "" {
		return
	}
	r.problem(kind, id, at)
	if kind == annotations.TextID {
		r.out.notes = append(r.out.notes, note{before: r.out.read, id: id, text: string(text)})
	}
}

func (r *reader) problem(kind annotations.Kind, id, at int64) {
	r.out.notes = append(r.out.notes, note{before: r.out.read, kind: kind, id: id, at: at})
}
