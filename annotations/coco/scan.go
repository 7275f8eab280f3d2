package coco

import (
	"context"
	"io"

	"cocostat/annotations"
	"cocostat/internal/jsontext"
	"cocostat/internal/source"
)

const (
	// chunkSize is the size of the pieces in which the text is read.
	chunkSize = 256 << 10
	// maxToken is the length up to which a token can be looked at as a whole;
	// longer ones are checked, but their value is not available.
	maxToken = 1 << 16
)

// Scan reads the JSON text of r once, checks all of it, and hands the elements
// of its lists to v. name stands for r in errors and is commonly a path. The text
// is not decompressed. Memory is a fixed number of fixed windows, which are small
// where r has a method Size() int64 that returns how many bytes of text it has.
//
// Scan reads ahead, and decodes different parts of the text at the same time;
// v is called from the caller's goroutine and in the order of the text all the
// same. r is not read any more when Scan returns.
//
// Scan returns an [annotations.SyntaxError] if the text is not valid JSON, an
// [annotations.FormatError] if it is something else than an annotation file, an
// error of r, of v, or ctx's once that is done. What v has received by then is not
// to be relied on.
func Scan(ctx context.Context, r io.Reader, name string, v annotations.Visitor) error {
	return scan(ctx, r, name, v, chunkSizeOf(r), maxToken)
}

// chunkSizeOf returns in what chunks to read a text.
func chunkSizeOf(r io.Reader) int {
	if sized, is := r.(interface{ Size() int64 }); is {
		return source.Piece(sized.Size(), chunkSize)
	}
	return chunkSize
}

// scan is Scan with chunks of the given size, in which tokens of up to limit
// bytes can be looked at as a whole.
func scan(ctx context.Context, r io.Reader, name string, v annotations.Visitor, size, limit int) error {
	s := newScanner(ctx, r, name, visitor{Visitor: v}, size, limit)
	defer s.pool.stop()
	s.annotationFile()
	return s.text.Err()
}

// scanner knows the shape of a file.
type scanner struct {
	text  *jsontext.Lexer
	visit visitor
	pool  *pool
	here  reader              // of elements that no worker reads
	batch batch               // what it has read
	lists [resultList + 1]int // how often each list was met
}

func newScanner(ctx context.Context, r io.Reader, name string, v visitor, size, limit int) *scanner {
	p := newPool(ctx, r, name, v.Batches, size, limit)
	s := &scanner{text: p.text, visit: v, pool: p, here: reader{text: p.text}}
	s.here.out = &s.batch
	return s
}

// annotationFile reads the whole text.
func (s *scanner) annotationFile() bool {
	if !sniff(s.text) || !s.text.Object(s.topLevel) {
		return false
	}
	return trailer(s.text, s.lists[imageList]+s.lists[annotationList]+s.lists[categoryList] > 0)
}

// topLevel reads a member of the file's object.
func (s *scanner) topLevel(key []byte) bool {
	n, at := listOf(key), s.text.Offset()
	if !s.text.Colon() {
		return false
	}
	if n == noList {
		return s.text.SkipValue()
	}
	return s.elements(n, at)
}

// elements reads the list n, whose key ends at the offset.
func (s *scanner) elements(n list, at int64) bool {
	if s.lists[n]++; s.lists[n] > 1 && s.visit.Problem != nil {
		s.visit.Problem(annotations.DuplicateList, 0, at)
	}
	switch s.text.Next() {
	case '[':
	case 'n':
		return s.text.SkipLiteral('n')
	default:
		err := formatError(s.text, s.text.Pos, notList(n, s.text.Rest()))
		return s.text.SkipValue() && s.text.Stop(err) // valid JSON, after all
	}
	of := part{list: n, take: s.visit.wants(n), open: "{["}
	if s.text.Depth() == 0 {
		of.open = "[" // the list is the whole text
	}
	if !s.text.Push(false) {
		return false
	}
	for more := s.text.Next() != ']'; more; {
		if !s.element(of) {
			return false
		}
		var ok bool
		if more, ok = s.another(of); !ok {
			return false
		}
	}
	s.text.Pop()
	return true
}

// element reads one element of a list and hands it over.
func (s *scanner) element(of part) bool {
	if !of.take {
		return s.text.SkipValue()
	}
	s.batch.reset()
	s.here.list = of.list
	if !s.here.element() {
		return false
	}
	if err := s.visit.take(&s.batch); err != nil {
		return s.text.Stop(err)
	}
	return true
}

// another moves to the next element of a list, or to its end; more reports
// which.
func (s *scanner) another(of part) (more, ok bool) {
	if s.text.Next() != ',' || !s.text.AtWindowEnd(s.text.Pos+1) {
		return s.text.Comma(']')
	}
	s.text.Pos++ // and here the window ends
	if end, ok := s.pool.spread(of, s.visit.takeWhole); end || !ok {
		return false, ok
	}
	return true, s.text.NotClosed(']')
}
