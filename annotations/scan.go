package annotations

import (
	"context"
	"io"
	"runtime"
)

// Scan reads the COCO-format JSON text of r once, validates all of it, and
// hands the elements of its lists to v. name stands for r in errors and is
// commonly a path. The text is not decompressed. Memory is a fixed number of
// fixed windows.
//
// Scan reads ahead, and decodes different parts of the text at the same time;
// v is called from the caller's goroutine and in the order of the text all the
// same. r is not read any more when Scan returns.
//
// Scan returns a *SyntaxError if the text is not valid JSON, a *FormatError if
// it is something else than an annotation file, an error of r, of v, or ctx's
// once that is done. What v has received by then is not to be relied on.
func Scan(ctx context.Context, r io.Reader, name string, v Visitor) error {
	return scanChunks(ctx, r, name, v, chunkSize, maxToken)
}

// scanChunks is Scan with chunks of the given size, in which tokens of up to
// limit bytes can be looked at as a whole.
func scanChunks(ctx context.Context, r io.Reader, name string, v Visitor, size, limit int) error {
	workers := runtime.GOMAXPROCS(0)
	source := newChunkReader(ctx, r, name, size, 3*workers+2)
	defer source.stop()
	p := &pool{source: source, workers: workers}
	defer p.stop()
	l := newLexer(ctx, source, name, size+limit, limit)
	return (&scanner{lexer: l, visit: v, pool: p}).scan()
}

// scan reads the whole text.
func (s *scanner) scan() error {
	if s.file() {
		return nil
	}
	return s.err
}

// scanner knows the shape of an annotation file.
type scanner struct {
	*lexer
	visit  Visitor
	pool   *pool               // nil: all is read one after the other
	lists  [resultList + 1]int // how often each list was met
	list   list                // the one whose elements are being read
	take   bool                // whether visit takes them
	rec    record
	shapes [resultList + 1]shape
	texts  textPool
	misses int
	batch  *batch // of a worker, which hands nothing to visit

	wrapped bool // the list of results is a member of an object
}

// list is one of an annotation file's three lists, or that of a results file.
type list uint8

const (
	noList list = iota
	imageList
	annotationList
	categoryList
	resultList
)

func (n list) String() string {
	return [...]string{"", "images", "annotations", "categories", "results"}[n]
}

// elementDepth is how many objects and arrays an element of the list being read
// lies in.
func (s *scanner) elementDepth() int {
	if s.list == resultList && !s.wrapped {
		return 1
	}
	return 2 // the list, in the file's object
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
		return true, s.notClosed(closing)
	}
	return false, s.unexpected("',' or '" + string(rune(closing)) + "'")
}

// notClosed checks that something else follows a comma than the closing byte.
func (s *scanner) notClosed(closing byte) bool {
	if s.next() == closing {
		return s.fail("expected another element after ',', found '%c'", closing)
	}
	return true
}

// elements reads the list n.
func (s *scanner) elements(n list) bool {
	s.list = n
	switch s.next() {
	case '[':
	case 'n':
		return s.skipLiteral('n')
	default:
		err := s.formatError(s.pos, notList(n, s.buf[s.pos:s.end]))
		if s.skipValue() {
			s.err = err // valid JSON, after all
		}
		return false
	}
	s.take = s.wanted(n)
	if !s.push(false) {
		return false
	}
	for more := s.next() != ']'; more; {
		if !s.element() {
			return false
		}
		var ok bool
		if more, ok = s.another(); !ok {
			return false
		}
	}
	s.pop()
	return true
}

// another moves to the next element of the list, or to its end; more reports
// which.
func (s *scanner) another() (more, ok bool) {
	if s.next() != ',' || s.pos+1 < s.end {
		return s.comma(']')
	}
	s.pos++ // and here the window ends
	if end, ok := s.spread(); end || !ok {
		return false, ok
	}
	return true, s.notClosed(']')
}

// wanted reports whether the visitor takes the elements of a list.
func (s *scanner) wanted(n list) bool {
	switch n {
	case imageList:
		return s.visit.Image != nil
	case annotationList:
		return s.visit.Annotation != nil
	case resultList:
		return s.visit.results != nil
	default:
		return s.visit.Category != nil
	}
}

// element reads one element of the current list and hands it over.
func (s *scanner) element() bool {
	if !s.take {
		return s.skipValue()
	}
	at := s.base + int64(s.pos)
	if s.buf[s.pos] != '{' {
		s.problem(s.noObject(), 0, at)
		return s.skipValue()
	}
	if s.quickElement() {
		return true
	}
	s.rec.reset(at)
	if !s.fields() {
		return false
	}
	if s.list == resultList {
		s.rec.nameImage()
	}
	s.elementProblems(at)
	var err error
	switch s.list {
	case imageList:
		err = s.visit.Image(s.rec.image())
	case annotationList:
		if s.batch == nil {
			err = s.visit.Annotation(s.rec.annotation())
			break
		}
		*s.batch.addAnnotation() = *s.rec.annotation()
		if s.rec.Has&FieldID != 0 {
			s.batch.ids = append(s.batch.ids, s.rec.ID)
		}
		s.batch.read++
	case resultList:
		err = s.visit.results(s.rec.results())
	default:
		err = s.visit.Category(s.rec.category())
	}
	if err != nil {
		s.err = err
	}
	return err == nil
}

// elementProblems reports what was noted of the element at the offset, and
// identifiers that it lacks.
func (s *scanner) elementProblems(at int64) {
	r := &s.rec
	id := r.ID
	if s.list == resultList {
		id = r.ImageID
	}
	for _, n := range r.notes {
		s.problem(n.kind, id, n.at)
	}
	if r.Has&s.list.identifiers() == s.list.identifiers() {
		return
	}
	kind := UnreadableID
	if s.list == annotationList && r.seen>>memberCategoryID&1 == 0 {
		kind = NoCategory
	}
	s.problem(kind, id, at)
}

// noObject names the value at pos, which stands in place of an element.
func (s *scanner) noObject() Kind {
	if s.list == categoryList && s.buf[s.pos] == '"' {
		return BareName
	}
	return NotAnObject
}

// oddID reports an identifier that is written in an odd way, or else stays
// silent; text is what it stands for.
func (s *scanner) oddID(kind Kind, id int64, text []byte, at int64) {
	if kind == "" {
		return
	}
	s.problem(kind, id, at)
	if kind == TextID && s.visit.text != nil {
		s.visit.text(id, string(text))
	}
}

// tell passes on what a worker noted.
func (s *scanner) tell(n *note) {
	if n.kind != "" {
		s.problem(n.kind, n.id, n.at)
	} else {
		s.visit.text(n.id, n.text)
	}
}

func (s *scanner) problem(kind Kind, id, at int64) {
	if s.visit.Problem != nil {
		s.visit.Problem(kind, id, at)
	}
}
