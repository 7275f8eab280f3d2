package coco

import (
	"math"

	"cocostat/annotations"
	"cocostat/internal/jsontext"
)

// value reads the value at Pos as member m of the element, however it is written.
func (r *reader) value(m member) bool {
	if m == other {
		return r.text.SkipValue()
	}
	tok, at, ok := r.text.Token()
	if !ok {
		return false
	}
	rec := &r.rec
	if rec.seen>>m&1 == 1 {
		rec.note(annotations.DuplicateKey, at)
	}
	rec.seen |= 1 << m
	if string(tok) == "null" {
		rec.clear(m)
		return true
	}
	switch m {
	case memberID:
		ok = r.readID(tok, at, m, &rec.ID)
	case memberImageID:
		ok = r.readID(tok, at, m, &rec.ImageID)
		r.keepImageText(tok)
	case memberCategoryID:
		ok = r.readID(tok, at, m, &rec.CategoryID)
	case memberBBox:
		ok = rec.readBox(tok, at)
	case memberArea:
		ok = rec.readArea(tok, at)
	case memberScore:
		rec.score, ok = rec.readFloat(tok, at)
		rec.setHas(m.field(), ok)
	case memberCrowd:
		rec.Crowd, ok = rec.readBool(tok, at)
	case memberWidth:
		rec.width, ok = rec.readPixels(tok, at)
	case memberHeight:
		rec.height, ok = rec.readPixels(tok, at)
	case memberName:
		rec.name, ok = readString(tok)
		rec.setHas(m.field(), ok)
	case memberSupercategory:
		rec.super, ok = readString(tok)
	case memberFrequency:
		rec.freq, ok = readString(tok)
	case memberNegative:
		rec.negative, ok = r.readIDs(tok, at)
	case memberNotExhaustive:
		rec.partial, ok = r.readIDs(tok, at)
	case memberInstanceCount:
		rec.declaredInstances = rec.readCount(tok, at, m)
	case memberImageCount:
		rec.declaredImages = rec.readCount(tok, at, m)
	case memberNested:
		if holdsObjects(tok) {
			rec.note(annotations.NestedAnnotations, at)
		}
	}
	if !ok {
		rec.note(annotations.UnreadableField, at)
	}
	return true
}

// clear forgets what an earlier occurrence of m said.
func (r *record) clear(m member) {
	r.Has &^= m.field()
	switch m {
	case memberID:
		r.ID = 0
	case memberImageID:
		r.ImageID, r.imageText = 0, ""
	case memberCategoryID:
		r.CategoryID = 0
	case memberBBox:
		r.BBox = [4]float64{}
	case memberArea:
		r.Area = 0
	case memberScore:
		r.score = 0
	case memberCrowd:
		r.Crowd = false
	case memberWidth:
		r.width = 0
	case memberHeight:
		r.height = 0
	case memberName:
		r.name = ""
	case memberSupercategory:
		r.super = ""
	case memberFrequency:
		r.freq = ""
	case memberNegative:
		r.negative = nil
	case memberNotExhaustive:
		r.partial = nil
	}
}

// readID reads an identifier. One that cannot be read is reported when the
// element ends.
func (r *reader) readID(tok []byte, at int64, m member, to *int64) bool {
	id, text, note, ok := identifier(tok)
	if !ok {
		id = 0
	} else {
		r.oddID(note, id, text, at)
	}
	*to = id
	r.rec.setHas(m.field(), ok)
	return true
}

// readIDs reads a list of identifiers.
func (r *reader) readIDs(tok []byte, at int64) ([]int64, bool) {
	if len(tok) == 0 || tok[0] != '[' {
		return nil, false
	}
	ids := []int64{}
	for element := range jsontext.Elements(tok) {
		id, text, note, ok := identifier(element)
		if !ok {
			return nil, false
		}
		r.oddID(note, id, text, at)
		ids = append(ids, id)
	}
	return ids, true
}

// keepImageText keeps the text of an image_id for which a number stands: in
// results it may be the name of a file.
func (r *reader) keepImageText(tok []byte) {
	rec := &r.rec
	if rec.imageText = ""; r.list == resultList && rec.ImageID < 0 && tok[0] == '"' {
		rec.imageText = jsontext.Unquote(tok)
	}
}

// readFloat reads a number.
func (r *record) readFloat(tok []byte, at int64) (float64, bool) {
	text, quoted, ok := jsontext.Number(tok)
	if !ok {
		return 0, false
	}
	if quoted {
		r.note(annotations.StringNumber, at)
	}
	return jsontext.Float(text)
}

// readArea reads an area. One that is no number is reported as such, and not
// once more as missing.
func (r *record) readArea(tok []byte, at int64) (ok bool) {
	r.Area, ok = r.readFloat(tok, at)
	r.setHas(annotations.FieldArea, ok)
	r.setHas(annotations.FieldAreaTold, !ok)
	if !ok {
		r.note(annotations.UnreadableArea, at)
	}
	return true
}

// readCount reads the number of instances or images that a category declares;
// 0 stands for what is none.
func (r *record) readCount(tok []byte, at int64, m member) int64 {
	v, ok := r.readFloat(tok, at)
	ok = ok && v >= 0 && v < jsontext.MaxExact
	r.setHas(m.field(), ok)
	if !ok {
		return 0
	}
	return int64(v)
}

// holdsObjects reports whether a token is a list that begins with an object.
// One that is too long to be looked at is.
func holdsObjects(tok []byte) bool {
	return tok == nil || tok[0] == '[' && tok[jsontext.SkipSpaces(tok, 1)] == '{'
}

// readPixels reads a length, rounded down to whole pixels.
func (r *record) readPixels(tok []byte, at int64) (int64, bool) {
	f, ok := r.readFloat(tok, at)
	if !ok || f < 0 || f > math.MaxInt32 {
		return 0, false
	}
	return int64(f), true
}

// readBool reads true, false or a number, which is false if it is 0.
func (r *record) readBool(tok []byte, at int64) (value, ok bool) {
	switch string(tok) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	f, ok := r.readFloat(tok, at)
	return ok && f != 0, ok
}

func readString(tok []byte) (string, bool) {
	if len(tok) == 0 || tok[0] != '"' {
		return "", false
	}
	return jsontext.Unquote(tok), true
}

// The numbers of a box that is turned: x, y, width, height and an angle, or the
// x and y of four corners.
const (
	withAngle   = 5
	fourCorners = 8
)

// readBox reads a list of four numbers. An empty list is a missing box, and one
// that is turned is reported as such, and not once more as missing.
func (r *record) readBox(tok []byte, at int64) bool {
	r.BBox = [4]float64{}
	r.setHas(annotations.FieldBBox|annotations.FieldBoxTold, false)
	if len(tok) == 0 || tok[0] != '[' {
		return false
	}
	var box [fourCorners]float64
	n := 0
	for element := range jsontext.Elements(tok) {
		if n == len(box) {
			return false
		}
		v, ok := r.readFloat(element, at)
		if !ok {
			return false
		}
		box[n] = v
		n++
	}
	switch n {
	case 4:
		r.BBox = [4]float64(box[:4])
		r.setHas(annotations.FieldBBox, true)
	case withAngle, fourCorners:
		r.note(annotations.RotatedBox, at)
		r.setHas(annotations.FieldBoxTold, true)
	default:
		return n == 0
	}
	return true
}
