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
		}
	case categoryList:
		switch string(key) {
		case "name":
			return memberName
		case "supercategory":
			return memberSupercategory
		case "frequency":
			return memberFrequency
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
// visitor gets are made of it.
type record struct {
	at                   int64
	seen                 uint16 // members met, by bit
	has                  Field
	id, imageID, classID int64
	box                  [4]float64
	area, score          float64
	crowd                bool
	width, height        int
	name, super, freq    string
	negative, partial    []int64 // LVIS's lists of an image

	img Image
	ann Annotation
	cat Category
	res [1]Result
}

func (r *record) reset(at int64) {
	r.at, r.seen, r.has = at, 0, 0
	r.id, r.imageID, r.classID = 0, 0, 0
	r.box, r.area, r.crowd = [4]float64{}, 0, false
	r.score = 0
	r.width, r.height = 0, 0
	r.name, r.super, r.freq = "", "", ""
	r.negative, r.partial = nil, nil
}

func (r *record) image() *Image {
	r.img = Image{ID: r.id, FileName: r.name, Width: r.width, Height: r.height, Offset: r.at, Has: r.has,
		NegativeCategories: r.negative, NotExhaustiveCategories: r.partial}
	return &r.img
}

func (r *record) category() *Category {
	r.cat = Category{ID: r.id, Name: r.name, Supercategory: r.super, Frequency: r.freq, Offset: r.at, Has: r.has}
	return &r.cat
}

func (r *record) annotation(to *Annotation) {
	if r.has&FieldArea == 0 {
		r.area = r.box[2] * r.box[3]
	}
	to.ID, to.ImageID, to.CategoryID, to.BBox = r.id, r.imageID, r.classID, r.box
	to.Area, to.Crowd, to.Offset, to.Has = r.area, r.crowd, r.at, r.has
}

// member reads the value at pos as member m of the current element.
func (s *scanner) member(m member) bool {
	tok, at, ok := s.token()
	if !ok {
		return false
	}
	r := &s.rec
	if r.seen>>m&1 == 1 {
		s.problem(DuplicateKey, r.id, at)
	}
	r.seen |= 1 << m
	if string(tok) == "null" {
		s.clearMember(m)
		return true
	}
	switch m {
	case memberID:
		ok = s.readID(tok, at, FieldID, &r.id)
	case memberImageID:
		ok = s.readID(tok, at, FieldImageID, &r.imageID)
	case memberCategoryID:
		ok = s.readID(tok, at, FieldCategoryID, &r.classID)
	case memberBBox:
		ok = s.readBox(tok, at)
	case memberArea:
		r.area, ok = s.readFloat(tok, at)
		r.setHas(FieldArea, ok)
	case memberScore:
		r.score, ok = s.readFloat(tok, at)
		r.setHas(FieldScore, ok)
	case memberCrowd:
		r.crowd, ok = s.readBool(tok, at)
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
	}
	if !ok {
		s.problem(UnreadableField, r.id, at)
	}
	return true
}

// clearMember forgets what an earlier occurrence of m said.
func (s *scanner) clearMember(m member) {
	r := &s.rec
	switch m {
	case memberID:
		r.id, r.has = 0, r.has&^FieldID
	case memberImageID:
		r.imageID, r.has = 0, r.has&^FieldImageID
	case memberCategoryID:
		r.classID, r.has = 0, r.has&^FieldCategoryID
	case memberBBox:
		r.box, r.has = [4]float64{}, r.has&^FieldBBox
	case memberArea:
		r.area, r.has = 0, r.has&^FieldArea
	case memberScore:
		r.score, r.has = 0, r.has&^FieldScore
	case memberCrowd:
		r.crowd = false
	case memberWidth:
		r.width = 0
	case memberHeight:
		r.height = 0
	case memberName:
		r.name, r.has = "", r.has&^FieldName
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

func (r *record) setHas(f Field, ok bool) {
	r.has &^= f
	if ok {
		r.has |= f
	}
}

// readID reads an identifier. One that cannot be read is reported when the
// element ends.
func (s *scanner) readID(tok []byte, at int64, f Field, to *int64) bool {
	id, note, ok := identifier(tok)
	if !ok {
		id = 0
	} else if note != "" {
		s.problem(note, id, at)
	}
	*to = id
	s.rec.setHas(f, ok)
	return true
}

// readFloat reads a number.
func (s *scanner) readFloat(tok []byte, at int64) (float64, bool) {
	text, quoted, ok := number(tok)
	if !ok {
		return 0, false
	}
	if quoted {
		s.problem(StringNumber, s.rec.id, at)
	}
	return float(text)
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

// readBox reads a list of four numbers. An empty list is a missing box.
func (s *scanner) readBox(tok []byte, at int64) bool {
	s.rec.box = [4]float64{}
	s.rec.setHas(FieldBBox, false)
	if len(tok) == 0 || tok[0] != '[' {
		return false
	}
	var box [4]float64
	n := 0
	for i := skipSpaces(tok, 1); tok[i] != ']'; n++ {
		end := elementEnd(tok, i)
		if n == 4 {
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
	if n != 4 {
		return n == 0
	}
	s.rec.box = box
	s.rec.setHas(FieldBBox, true)
	return true
}

// skipSpaces returns the first position from i on that holds no space.
func skipSpaces(b []byte, i int) int {
	for b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t' {
		i++
	}
	return i
}
