package labelstudio

import (
	"bytes"
	"cmp"
	"context"
	"io"

	"cocostat/annotations"
	"cocostat/internal/jsontext"
	"cocostat/internal/source"
)

const (
	window = 256 << 10
	limit  = 64 << 10 // of names and numbers
)

// Is reports whether a text begins like an export of Label Studio.
func Is(head []byte) bool {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(text) == 0 || text[0] != '[' {
		return false
	}
	has := func(key string) bool { return bytes.Contains(text, []byte(`"`+key+`"`)) }
	switch {
	case has("annotations") || has("completions"):
		return has("completed_by") || has("result") || has("data") && has("predictions")
	case has("image_id") || has("category_id"):
		return false // COCO's detections
	}
	return has("annotator") && has("annotation_id") || has("rectanglelabels") || has("polygonlabels") || has("original_width")
}

// Scan reads the text of r once and hands what it holds to v. name stands for r in
// errors. It returns an [annotations.SyntaxError] if the text is not valid JSON, an
// [annotations.FormatError] if it is something else, an error of r, of v, or ctx's
// once that is done.
func Scan(ctx context.Context, r io.Reader, name string, v annotations.Visitor) error {
	size := window
	if sized, is := r.(interface{ Size() int64 }); is {
		size = max(source.Piece(sized.Size(), window), limit+1)
	}
	s := &scanner{text: jsontext.New(ctx, r, name, size, limit), visit: v}
	if err := s.file(); err != nil {
		return err
	}
	return s.out.Visit(v, nil)
}

// scanner knows the shape of a file.
type scanner struct {
	text  *jsontext.Lexer
	visit annotations.Visitor
	out   annotations.Named
}

func (s *scanner) file() error {
	if _, ok := s.text.Begin(); !ok {
		return s.text.Err()
	}
	if s.text.Next() != '[' && s.text.Err() == nil {
		e := &annotations.FormatError{File: s.text.Name(), Msg: "no list of tasks, which is what Label Studio exports as JSON and JSON-MIN"}
		e.Offset, e.Line, e.Column = s.text.Place(s.text.Pos)
		return e
	}
	if !s.text.List(s.task) {
		return s.text.Err()
	}
	if !s.text.AtEnd() {
		s.text.Fail("expected the end of the file after the list of tasks, found %s", s.text.Found())
	}
	return s.text.Err()
}

func (s *scanner) problem(kind annotations.Kind, id, at int64) {
	if s.visit.Problem != nil {
		s.visit.Problem(kind, id, at)
	}
}

// task is an element of the list.
type task struct {
	id          int64
	has         annotations.Field
	offset      int64
	image       imageName
	annotations []annotation
	flat        annotation // of JSON-MIN
	min         bool
}

// annotation is what one person made of a task.
type annotation struct {
	offset    int64
	cancelled bool
	truth     bool
	created   string
	regions   []region
	byID      map[string]int // of these
}

// task reads a task.
func (s *scanner) task() bool {
	t := task{offset: s.offset()}
	if s.text.Next() != '{' {
		s.problem(annotations.NotAnObject, 0, t.offset)
		return s.text.SkipValue()
	}
	ok := s.text.Object(func(key []byte) bool {
		name := string(key)
		return s.text.Colon() && s.member(&t, name)
	})
	if ok {
		s.add(&t)
	}
	return ok
}

// offset moves to the next value and returns where it begins.
func (s *scanner) offset() int64 {
	s.text.Next()
	return s.text.Offset()
}

// member reads a member of a task. What JSON-MIN has beside the id are the data and
// a list of regions for each kind of label.
func (s *scanner) member(t *task, name string) bool {
	next := s.text.Next()
	switch {
	case name == "id":
		f, is, ok := s.text.ReadFloat()
		if is && f == float64(int64(f)) {
			t.id, t.has = int64(f), annotations.FieldID
		}
		return ok
	case name == "data" && next == '{':
		return s.text.Object(func(key []byte) bool {
			name := string(key)
			return s.text.Colon() && s.data(t, name)
		})
	case (name == "annotations" || name == "completions") && next == '[':
		return s.text.List(func() bool { return s.annotation(t) })
	case name == "predictions" || name == "drafts" || name == "meta":
		return s.text.SkipValue()
	case name == "annotator" || name == "annotation_id":
		t.min = true
		return s.text.SkipValue()
	case next == '[':
		t.flat.offset = s.offset()
		return s.text.List(func() bool { return s.region(&t.flat) })
	}
	return s.data(t, name)
}

// data reads a member of a task's data.
func (s *scanner) data(t *task, name string) bool {
	text, ok := s.text.ReadText()
	t.image.offer(name, text)
	return ok
}

// annotation reads an element of the list annotations.
func (s *scanner) annotation(t *task) bool {
	a := annotation{offset: s.offset()}
	if s.text.Next() != '{' {
		s.problem(annotations.NotAnObject, t.id, a.offset)
		return s.text.SkipValue()
	}
	ok := s.text.Object(func(key []byte) (ok bool) {
		name := string(key)
		if !s.text.Colon() {
			return false
		}
		switch {
		case name == "was_cancelled" || name == "skipped":
			var is bool
			is, ok = s.text.ReadTrue()
			a.cancelled = a.cancelled || is
		case name == "ground_truth":
			a.truth, ok = s.text.ReadTrue()
		case name == "created_at":
			a.created, ok = s.text.ReadText()
		case name == "result" && s.text.Next() == '[':
			ok = s.text.List(func() bool { return s.region(&a) })
		default:
			ok = s.text.SkipValue()
		}
		return ok
	})
	if !a.cancelled {
		t.annotations = append(t.annotations, a)
	}
	return ok
}

// add adds a task to the dataset.
func (s *scanner) add(t *task) {
	chosen := &t.flat
	switch {
	case len(t.annotations) > 0:
		chosen = choose(t.annotations)
	case !t.min && len(t.flat.regions) == 0:
		s.problem(annotations.UnlabelledImage, t.id, t.offset)
		return
	}
	for i := range t.annotations {
		if a := &t.annotations[i]; a != chosen {
			s.problem(annotations.OtherAnnotation, t.id, a.offset)
		}
	}
	im := annotations.Image{ID: t.id, Has: t.has, FileName: t.image.name(), Offset: t.offset}
	for _, r := range chosen.regions {
		if r.width > 0 && r.height > 0 {
			im.Width, im.Height = int(r.width), int(r.height)
			break
		}
	}
	id := s.out.Image(im)
	for i := range chosen.regions {
		s.object(&chosen.regions[i], id)
	}
}

// choose returns the annotation that counts.
func choose(list []annotation) *annotation {
	best := 0
	for i := range list {
		a, b := &list[i], &list[best]
		if a.truth != b.truth {
			if a.truth {
				best = i
			}
		} else if cmp.Compare(a.created, b.created) >= 0 {
			best = i
		}
	}
	return &list[best]
}
