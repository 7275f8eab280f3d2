package coco

import (
	"unsafe"

	"cocostat/internal/jsontext"
)

// plain reads the value at p as member m, if it is as nearly all files have it,
// and returns the end of it; otherwise p, and then the field means nothing.
func (r *reader) plain(m member, p int) (end int) {
	if m == other {
		return r.plainOther(p)
	}
	rec, buf := &r.rec, r.text.Buf
	if rec.seen>>m&1 != 0 {
		return p
	}
	a := rec.Annotation
	switch m {
	case memberID:
		a.ID, end = jsontext.PlainInteger(buf, p)
	case memberImageID:
		a.ImageID, end = jsontext.PlainInteger(buf, p)
	case memberCategoryID:
		a.CategoryID, end = jsontext.PlainInteger(buf, p)
	case memberBBox:
		end = jsontext.PlainBox(buf, p, &a.BBox)
	case memberArea:
		a.Area, end = jsontext.PlainNumber(buf, p)
	case memberCrowd:
		var value int64
		value, end = jsontext.PlainInteger(buf, p)
		a.Crowd = value != 0
	case memberWidth:
		rec.width, end = jsontext.PlainInteger(buf, p)
	case memberHeight:
		rec.height, end = jsontext.PlainInteger(buf, p)
	case memberScore:
		rec.score, end = jsontext.PlainNumber(buf, p)
	case memberName:
		end = r.plainName(p)
	default:
		return p
	}
	if end > p {
		rec.seen |= 1 << m
		a.Has |= m.field()
	}
	return end
}

// plainName is plain of a name.
func (r *reader) plainName(p int) (end int) {
	text, end := jsontext.PlainText(r.text.Buf, p, r.text.Limit())
	if end > p {
		r.rec.name = r.names.add(text)
	}
	return end
}

// plainOther is plain of a member that is not read.
func (r *reader) plainOther(p int) (end int) {
	if r.text.Buf[p] != '[' {
		return p
	}
	r.text.Pos = p
	r.text.SkipPlainList()
	return r.text.Pos
}

// textPool makes strings that share blocks of memory: there are many of them, and
// most are kept as long as the others.
type textPool struct{ block []byte }

// The sizes of the first and of later blocks.
const leastBlock, textBlock = 64, 4096

// add returns a string of text.
func (t *textPool) add(text []byte) string {
	if len(text) == 0 || len(text) > textBlock/4 {
		return string(text)
	}
	if len(t.block)+len(text) > cap(t.block) {
		t.block = make([]byte, 0, min(max(4*cap(t.block), leastBlock, len(text)), textBlock))
	}
	n := len(t.block)
	t.block = append(t.block, text...)
	return unsafe.String(&t.block[n], len(text)) // these bytes are not written again
}
