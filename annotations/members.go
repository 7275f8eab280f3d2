package annotations

import "math"

// member is a key that is read in an element of a list.
type member uint8

const (
	other    member = iota
	memberID        // from here to memberCrowd: those of an annotation
	memberImageID
	memberCategoryID
	memberBBox
	memberArea
	memberCrowd
	memberName
	memberWidth
	memberHeight
	memberSupercategory
	memberFrequency
	memberScore
	memberNegative
	memberNotExhaustive
	memberInstanceCount
	memberImageCount
	memberNested
)

// member returns what a key means in an element of the list.
func (n list) member(key []byte) member {
	if n == resultList {
		return resultMember(key)
	}
	if string(key) == "id" {
		return memberID
	}
	switch n {
	case annotationList:
		switch string(key) {
		case "image_id":
			return memberImageID
		case "category_id":
			return memberCategoryID
		case "bbox":
			return memberBBox
		case "area":
			return memberArea
		case "iscrowd":
			return memberCrowd
		}
	case imageList:
		switch string(key) {
		case "file_name":
			return memberName
		case "width":
			return memberWidth
		case "height":
			return memberHeight
		case "neg_category_ids":
			return memberNegative
		case "not_exhaustive_category_ids":
			return memberNotExhaustive
		case "annotations", "objects":
			return memberNested
		}
	case categoryList:
		switch string(key) {
		case "name":
			return memberName
		case "supercategory":
			return memberSupercategory
		case "frequency":
			return memberFrequency
		case "instance_count":
			return memberInstanceCount
		case "image_count":
			return memberImageCount
		}
	}
	return other
}

// identifiers are the fields without which an element refers to nothing.
func (n list) identifiers() Field {
	switch n {
	case annotationList:
		return FieldID | FieldImageID | FieldCategoryID
	case resultList:
		return FieldImageID | FieldCategoryID
	}
	return FieldID
}

// record holds the members of the element being read; the elements that the
// visitor gets are made of it. Those that other lists share with annotations
// are in Annotation.
type record struct {
	Annotation
	seen              uint32 // members met, by bit
	score             float64
	width, height     int
	name, super, freq string
	imageText         string  // of results: an image_id that is a text
	negative, partial []int64 // LVIS's lists of an image

	declaredInstances, declaredImages int64 // LVIS's counts of a category

	notes []note // problems that wait for the end of the element

	img Image
	cat Category
	res [1]Result
}

func (r *record) reset(at int64) {
	r.Annotation = Annotation{Offset: at}
	r.seen = 0
	r.score = 0
	r.width, r.height = 0, 0
	r.name, r.super, r.freq, r.imageText = "", "", "", ""
	r.negative, r.partial = nil, nil
	r.declaredInstances, r.declaredImages = 0, 0
	r.notes = r.notes[:0]
}

func (r *record) image() *Image {
	r.img = Image{ID: r.ID, FileName: r.name, Width: r.width, Height: r.height, Offset: r.Offset, Has: r.Has,
		NegativeCategories: r.negative, NotExhaustiveCategories: r.partial}
	return &r.img
}

func (r *record) category() *Category {
	r.cat = Category{ID: r.ID, Name: r.name, Supercategory: r.super, Frequency: r.freq,
		DeclaredInstances: r.declaredInstances, DeclaredImages: r.declaredImages, Offset: r.Offset, Has: r.Has}
	return &r.cat
}

func (r *record) annotation() *Annotation {
	r.fillArea()
	return &r.Annotation
}

// fillArea gives an annotation without an area that of its box.
func (a *Annotation) fillArea() {
	if a.Has&FieldArea == 0 {
		a.Area = a.BBox[2] * a.BBox[3]
	}
}

// member reads the value at pos as member m of the current element.
func (s *scanner) member(m member) bool {
	tok, at, ok := s.token()
	if !ok {
		return false
	}
	r := &s.rec
	if r.seen>>m&1 == 1 {
		r.note(DuplicateKey, at)
	}
	r.seen |= 1 << m
	if string(tok) == "null" {
		s.clearMember(m)
		return true
	}
	switch m {
	case memberID:
		ok = s.readID(tok, at, FieldID, &r.ID)
	case memberImageID:
		ok = s.readID(tok, at, FieldImageID, &r.ImageID)
		s.keepImageText(tok)
	case memberCategoryID:
		ok = s.readID(tok, at, FieldCategoryID, &r.CategoryID)
	case memberBBox:
		ok = s.readBox(tok, at)
	case memberArea:
		ok = s.readArea(tok, at)
	case memberScore:
		r.score, ok = s.readFloat(tok, at)
		r.setHas(FieldScore, ok)
	case memberCrowd:
		r.Crowd, ok = s.readBool(tok, at)
	case memberWidth:
		r.width, ok = s.readPixels(tok, at)
	case memberHeight:
		r.height, ok = s.readPixels(tok, at)
	case memberName:
		r.name, ok = readString(tok)
		r.setHas(FieldName, ok)
	case memberSupercategory:
		r.super, ok = readString(tok)
	case memberFrequency:
		r.freq, ok = readString(tok)
	case memberNegative:
		r.negative, ok = s.readIDs(tok, at)
	case memberNotExhaustive:
		r.partial, ok = s.readIDs(tok, at)
	case memberInstanceCount:
		r.declaredInstances = s.readCount(tok, at, FieldInstanceCount)
	case memberImageCount:
		r.declaredImages = s.readCount(tok, at, FieldImageCount)
	case memberNested:
		if holdsObjects(tok) {
			r.note(NestedAnnotations, at)
		}
	}
	if !ok {
		r.note(UnreadableField, at)
	}
	return true
}

// clearMember forgets what an earlier occurrence of m said.
func (s *scanner) clearMember(m member) {
	r := &s.rec
	switch m {
	case memberID:
		r.ID, r.Has = 0, r.Has&^FieldID
	case memberImageID:
		r.ImageID, r.imageText, r.Has = 0, "", r.Has&^FieldImageID
	case memberCategoryID:
		r.CategoryID, r.Has = 0, r.Has&^FieldCategoryID
	case memberBBox:
		r.BBox, r.Has = [4]float64{}, r.Has&^FieldBBox
	case memberArea:
		r.Area, r.Has = 0, r.Has&^FieldArea
	case memberScore:
		r.score, r.Has = 0, r.Has&^FieldScore
	case memberCrowd:
		r.Crowd = false
	case memberWidth:
		r.width = 0
	case memberHeight:
		r.height = 0
	case memberName:
		r.name, r.Has = "", r.Has&^FieldName
	case memberSupercategory:
		r.super = ""
	case memberFrequency:
		r.freq = ""
	case memberNegative:
		r.negative = nil
	case memberNotExhaustive:
		r.partial = nil
	case memberInstanceCount:
		r.setHas(FieldInstanceCount, false)
	case memberImageCount:
		r.setHas(FieldImageCount, false)
	}
}

// note keeps a problem of the element until all of it, and so its identifier,
// is read.
func (r *record) note(kind Kind, at int64) { r.notes = append(r.notes, note{kind: kind, at: at}) }

func (r *record) setHas(f Field, ok bool) {
	r.Has &^= f
	if ok {
		r.Has |= f
	}
}

// readID reads an identifier. One that cannot be read is reported when the
// element ends.
func (s *scanner) readID(tok []byte, at int64, f Field, to *int64) bool {
	id, text, note, ok := identifier(tok)
	if !ok {
		id = 0
	} else {
		s.oddID(note, id, text, at)
	}
	*to = id
	s.rec.setHas(f, ok)
	return true
}

// keepImageText keeps the text of an image_id for which a number stands: in
// results it may be the name of a file.
func (s *scanner) keepImageText(tok []byte) {
	r := &s.rec
	if r.imageText = ""; s.list == resultList && r.ImageID < 0 && tok[0] == '"' {
		r.imageText = unquote(tok)
	}
}

// readFloat reads a number.
func (s *scanner) readFloat(tok []byte, at int64) (float64, bool) {
	text, quoted, ok := number(tok)
	if !ok {
		return 0, false
	}
	if quoted {
		s.rec.note(StringNumber, at)
	}
	return float(text)
}

// readArea reads an area. One that is no number is reported as such, and not
// once more as missing.
func (s *scanner) readArea(tok []byte, at int64) (ok bool) {
	s.rec.Area, ok = s.readFloat(tok, at)
	s.rec.setHas(FieldArea, ok)
	s.rec.setHas(areaTold, !ok)
	if !ok {
		s.rec.note(UnreadableArea, at)
	}
	return true
}

// readCount reads the number of instances or images that a category declares;
// 0 stands for what is none.
func (s *scanner) readCount(tok []byte, at int64, f Field) int64 {
	v, ok := s.readFloat(tok, at)
	ok = ok && v >= 0 && v < maxExact
	s.rec.setHas(f, ok)
	if !ok {
		return 0
	}
	return int64(v)
}

// holdsObjects reports whether a token is a list that begins with an object.
// One that is too long to be looked at is.
func holdsObjects(tok []byte) bool {
	return tok == nil || tok[0] == '[' && tok[skipSpaces(tok, 1)] == '{'
}

// readPixels reads a length, rounded down to whole pixels.
func (s *scanner) readPixels(tok []byte, at int64) (int, bool) {
	f, ok := s.readFloat(tok, at)
	if !ok || f < 0 || f > math.MaxInt32 {
		return 0, false
	}
	return int(f), true
}

// readBool reads true, false or a number, which is false if it is 0.
func (s *scanner) readBool(tok []byte, at int64) (value, ok bool) {
	switch string(tok) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	f, ok := s.readFloat(tok, at)
	return ok && f != 0, ok
}

func readString(tok []byte) (string, bool) {
	if len(tok) == 0 || tok[0] != '"' {
		return "", false
	}
	return unquote(tok), true
}

// The numbers of a box that is turned: x, y, width, height and an angle, or the
// x and y of four corners.
const (
	withAngle   = 5
	fourCorners = 8
)

// readBox reads a list of four numbers. An empty list is a missing box, and one
// that is turned is reported as such, and not once more as missing.
func (s *scanner) readBox(tok []byte, at int64) bool {
	s.rec.BBox = [4]float64{}
	s.rec.setHas(FieldBBox|boxTold, false)
	if len(tok) == 0 || tok[0] != '[' {
		return false
	}
	var box [fourCorners]float64
	n := 0
	for i := skipSpaces(tok, 1); tok[i] != ']'; n++ {
		end := elementEnd(tok, i)
		if n == len(box) {
			return false
		}
		v, ok := s.readFloat(tok[i:end], at)
		if !ok {
			return false
		}
		box[n] = v
		if i = skipSpaces(tok, end); tok[i] == ',' {
			i = skipSpaces(tok, i+1)
		}
	}
	switch n {
	case 4:
		s.rec.BBox = [4]float64(box[:4])
		s.rec.setHas(FieldBBox, true)
	case withAngle, fourCorners:
		s.rec.note(RotatedBox, at)
		s.rec.setHas(boxTold, true)
	default:
		return n == 0
	}
	return true
}

// skipSpaces returns the first position from i on that holds no space.
func skipSpaces(b []byte, i int) int {
	for b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t' {
		i++
	}
	return i
}
