package annotations

import (
	"context"
	"io"
)

// Scan reads the COCO-format JSON text of r once, validates all of it, and
// hands the elements of its lists to v. name stands for r in errors and is
// commonly a path. The text is not decompressed. Memory is a fixed window.
//
// Scan returns a *SyntaxError if the text is not valid JSON, a *FormatError if
// it is something else than an annotation file, an error of r, of v, or ctx's
// once that is done. What v has received by then is not to be relied on.
func Scan(ctx context.Context, r io.Reader, name string, v Visitor) error {
	return scan(newLexer(ctx, r, name, blockSize, maxToken), v)
}

func scan(l *lexer, v Visitor) error {
	s := &scanner{lexer: l, visit: v}
	if s.file() {
		return nil
	}
	return s.err
}

// scanner knows the shape of an annotation file.
type scanner struct {
	*lexer
	visit Visitor
	lists [categoryList + 1]int // how often each list was met
	list  list                  // the one whose elements are being read
	rec   record
}

// list is one of a file's three lists.
type list uint8

const (
	noList list = iota
	imageList
	annotationList
	categoryList
)

func (n list) String() string {
	return [...]string{"", "images", "annotations", "categories"}[n]
}

// listOf returns the list that a top-level key names.
func listOf(key []byte) list {
	switch string(key) {
	case "images":
		return imageList
	case "annotations":
		return annotationList
	case "categories":
		return categoryList
	}
	return noList
}

// file reads the whole text.
func (s *scanner) file() bool {
	if !s.fill() || !s.sniff() {
		return false
	}
	if !s.members((*scanner).topLevel) {
		return false
	}
	return s.trailer(s.lists[imageList]+s.lists[annotationList]+s.lists[categoryList] > 0)
}

// topLevel reads a member of the file's object.
func (s *scanner) topLevel(key []byte) bool {
	n, at := listOf(key), s.base+int64(s.pos)
	if !s.colon() {
		return false
	}
	if n == noList {
		return s.skipValue()
	}
	if s.lists[n]++; s.lists[n] > 1 {
		s.problem(DuplicateList, 0, at)
	}
	return s.elements(n)
}

// members reads an object: each of its keys, and with read what follows it.
func (s *scanner) members(read func(s *scanner, key []byte) bool) bool {
	if !s.push(true) {
		return false
	}
	for s.next() != '}' {
		key, ok := s.key()
		if !ok || !read(s, key) {
			return false
		}
		if more, ok := s.comma('}'); !ok {
			return false
		} else if !more {
			break
		}
	}
	s.pop()
	return true
}

// comma moves past a comma between the members of an object or array, or
// stays at what closes it; more reports which. A comma before the closing byte
// is an error.
func (s *scanner) comma(closing byte) (more, ok bool) {
	switch s.next() {
	case closing:
		return false, true
	case ',':
		s.pos++
		if s.next() == closing {
			return false, s.fail("expected another element after ',', found '%c'", closing)
		}
		return true, true
	}
	return false, s.unexpected("',' or '" + string(rune(closing)) + "'")
}

// elements reads the list n.
func (s *scanner) elements(n list) bool {
	s.list = n
	switch s.next() {
	case '[':
	case 'n':
		return s.skipLiteral('n')
	default:
		offset := s.pos
		if !s.skipValue() {
			return false
		}
		return s.format(offset, "%q is no list: not a COCO-format annotation file", n.String())
	}
	if !s.wanted() {
		return s.skipValue()
	}
	if !s.push(false) {
		return false
	}
	for s.next() != ']' {
		if !s.element() {
			return false
		}
		if more, ok := s.comma(']'); !ok {
			return false
		} else if !more {
			break
		}
	}
	s.pop()
	return true
}

// wanted reports whether the visitor takes the elements of the current list.
func (s *scanner) wanted() bool {
	switch s.list {
	case imageList:
		return s.visit.Image != nil
	case annotationList:
		return s.visit.Annotation != nil
	default:
		return s.visit.Category != nil
	}
}

// element reads one element of the current list and hands it over.
func (s *scanner) element() bool {
	at := s.base + int64(s.pos)
	if s.buf[s.pos] != '{' {
		s.problem(NotAnObject, 0, at)
		return s.skipValue()
	}
	s.rec.reset(at)
	if !s.members((*scanner).field) {
		return false
	}
	if s.rec.has&s.list.identifiers() != s.list.identifiers() {
		s.problem(UnreadableID, s.rec.id, at)
	}
	var err error
	switch s.list {
	case imageList:
		err = s.visit.Image(s.rec.image())
	case annotationList:
		err = s.visit.Annotation(s.rec.annotation())
	default:
		err = s.visit.Category(s.rec.category())
	}
	if err != nil {
		s.err = err
	}
	return err == nil
}

// field reads a member of an element into rec.
func (s *scanner) field(key []byte) bool {
	f := s.list.member(key)
	if !s.colon() {
		return false
	}
	if f == other {
		return s.skipValue()
	}
	return s.member(f)
}

func (s *scanner) problem(kind Kind, id, at int64) {
	if s.visit.Problem != nil {
		s.visit.Problem(kind, id, at)
	}
}
