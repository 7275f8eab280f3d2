package labelme

import (
	"bytes"
	"context"
	"io"
	"math"
	"path"
	"path/filepath"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/enclose"
	"cocostat/internal/jsontext"
)

const (
	window = 64 << 10
	limit  = 16 << 10 // of names and numbers
)

// Is reports whether a text begins like a file of LabelMe's.
func Is(head []byte) bool {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	has := func(key string) bool { return bytes.Contains(text, []byte(`"`+key+`"`)) }
	if len(text) == 0 || text[0] != '{' || has("images") || has("annotations") {
		return false
	}
	return has("imagePath") && (has("shapes") || has("imageData")) || has("shapes") && (has("version") || has("flags") || has("points"))
}

// Scan reads the text of r, the JSON of a single image, and hands it to v. name
// stands for r in errors. It returns an [annotations.SyntaxError] if the text is not
// JSON, an [annotations.FormatError] if it is something else, an error of r, of v,
// or ctx's once that is done.
func Scan(ctx context.Context, r io.Reader, name string, v annotations.Visitor) error {
	rec, err := read(ctx, r, name, func(l *jsontext.Lexer) int64 { return l.Offset() })
	if err != nil {
		return err
	}
	var n annotations.Named
	rec.name = rec.imageName("")
	rec.add(&n, 0, v)
	return n.Visit(v, nil)
}

// record is what a file says.
type record struct {
	imagePath     string
	name          string // of the image, below the folder
	width, height float64
	shapes        []shape
	isLabelMe     bool // there is a list of shapes
}

// shape is an element of shapes.
type shape struct {
	label     string
	labelled  bool
	group     string // group_id, as it is written; "": none
	kind      string
	points    []float64
	broken    bool
	difficult bool
	at        int64
}

// read reads a file. place tells where the lexer is.
func read(ctx context.Context, r io.Reader, name string, place func(*jsontext.Lexer) int64) (*record, error) {
	l := jsontext.New(ctx, r, name, window, limit)
	if _, ok := l.Begin(); !ok {
		return nil, l.Err()
	}
	rec := &record{}
	if l.Next() != '{' {
		l.Unexpected("'{'")
		return nil, l.Err()
	}
	if !l.Object(func(key []byte) bool { k := string(key); return l.Colon() && rec.member(l, k, place) }) {
		return nil, l.Err()
	}
	if !l.AtEnd() {
		l.Fail("expected the end of the file, found %s", l.Found())
		return nil, l.Err()
	}
	if !rec.isLabelMe {
		e := &annotations.FormatError{File: name, Line: 1, Column: 1, Msg: "no list of shapes: no file of LabelMe"}
		return nil, e
	}
	return rec, nil
}

// member reads a member of the file's object.
func (rec *record) member(l *jsontext.Lexer, key string, place func(*jsontext.Lexer) int64) (ok bool) {
	switch key {
	case "imagePath":
		rec.imagePath, ok = l.ReadText()
	case "imageWidth":
		rec.width, _, ok = l.ReadFloat()
	case "imageHeight":
		rec.height, _, ok = l.ReadFloat()
	case "shapes":
		if l.Next() != '[' {
			return l.SkipValue()
		}
		rec.isLabelMe = true
		return l.List(func() bool { return rec.shape(l, place) })
	default:
		ok = l.SkipValue()
	}
	return ok
}

// shape reads an element of shapes.
func (rec *record) shape(l *jsontext.Lexer, place func(*jsontext.Lexer) int64) bool {
	if l.Next() != '{' {
		return l.SkipValue()
	}
	s := shape{at: place(l)}
	ok := l.Object(func(key []byte) (ok bool) {
		k := string(key)
		if !l.Colon() {
			return false
		}
		switch k {
		case "label":
			s.labelled = l.Next() == '"'
			s.label, ok = l.ReadText()
		case "group_id":
			var tok []byte
			if tok, _, ok = l.Token(); string(tok) != "null" && string(tok) != `""` {
				s.group = string(tok)
			}
		case "shape_type":
			s.kind, ok = l.ReadText()
		case "difficult":
			s.difficult, ok = l.ReadTrue()
		case "points":
			ok = s.readPoints(l)
		default:
			ok = l.SkipValue()
		}
		return ok
	})
	rec.shapes = append(rec.shapes, s)
	return ok
}

// readPoints reads [[x, y], …].
func (s *shape) readPoints(l *jsontext.Lexer) bool {
	if l.Next() != '[' {
		s.broken = true
		return l.SkipValue()
	}
	return l.List(func() bool {
		if l.Next() != '[' {
			s.broken = true
			return l.SkipValue()
		}
		n := 0
		ok := l.List(func() bool {
			f, is, ok := l.ReadFloat()
			if n++; n <= 2 {
				s.points = append(s.points, f)
			}
			s.broken = s.broken || !is
			return ok
		})
		s.broken = s.broken || n < 2
		return ok
	})
}

// around returns what encloses a shape; encloses is false for points and lines.
func (s *shape) around() (box [4]float64, ok, encloses bool) {
	switch s.kind {
	case "point", "points", "line", "linestrip":
		return box, false, false
	}
	if s.broken || len(s.points) < 4 {
		return box, false, true
	}
	if s.kind == "circle" {
		r := math.Hypot(s.points[2]-s.points[0], s.points[3]-s.points[1])
		return enclose.Ellipse(s.points[0], s.points[1], r, r, 0), true, true
	}
	box, ok = enclose.Points(s.points)
	return box, ok, true
}

// imageName returns the name of the image of a file below the folder.
func (rec *record) imageName(file string) string {
	told := strings.ReplaceAll(rec.imagePath, `\`, "/")
	if told == "" && file != "" {
		return strings.TrimSuffix(file, path.Ext(file)) + ".jpg"
	}
	name := path.Join(path.Dir(file), told)
	if told == "" || !filepath.IsLocal(filepath.FromSlash(name)) || path.IsAbs(told) || strings.Contains(told, ":") {
		name = path.Base(told)
	}
	if name == "." || name == "/" || name == ".." {
		return ""
	}
	return name
}

// add adds what a file says to a dataset. Its image is at that place.
func (rec *record) add(n *annotations.Named, at int64, v annotations.Visitor) {
	problem := func(kind annotations.Kind, id, at int64) {
		if v.Problem != nil {
			v.Problem(kind, id, at)
		}
	}
	im := annotations.Image{FileName: rec.name, Offset: at}
	if rec.width >= 1 && rec.height >= 1 && rec.width <= math.MaxInt32 && rec.height <= math.MaxInt32 {
		im.Width, im.Height = int(rec.width), int(rec.height)
	}
	image := n.Image(im)
	for _, o := range rec.objects() {
		o.add(n, image, problem)
	}
}

// object is a shape, or several of one group.
type object struct {
	*shape          // the first
	box             [4]float64
	known, encloses bool // of the box
}

// objects unites the shapes of a group.
func (rec *record) objects() []object {
	type key struct{ label, group string }
	groups := map[key]int{}
	var list []object
	for i := range rec.shapes {
		o := object{shape: &rec.shapes[i]}
		o.box, o.known, o.encloses = o.shape.around()
		k := key{o.label, o.group}
		if first, again := groups[k]; again && o.group != "" {
			list[first].unite(&o)
			continue
		}
		groups[k] = len(list)
		list = append(list, o)
	}
	return list
}

// unite adds another shape to an object.
func (o *object) unite(other *object) {
	switch {
	case !other.known:
	case !o.known:
		o.box, o.known = other.box, true
	default:
		a, b := &o.box, &other.box
		o.box, _ = enclose.Points([]float64{a[0], a[1], a[0] + a[2], a[1] + a[3], b[0], b[1], b[0] + b[2], b[1] + b[3]})
	}
}

// add adds an object of an image to a dataset.
func (o *object) add(n *annotations.Named, image int64, problem func(annotations.Kind, int64, int64)) {
	a := annotations.Annotation{BBox: o.box, Crowd: o.difficult, Offset: o.at, Has: annotations.FieldBoxTold}
	class := int64(annotations.NoClass)
	if o.labelled {
		class = n.Class(o.label)
	} else {
		problem(annotations.NoCategory, n.NextID(), o.at)
	}
	switch {
	case o.known:
		a.Has = annotations.FieldBBox
	case o.encloses:
		problem(annotations.UnreadableField, n.NextID(), o.at)
	default:
		problem(annotations.ShapeWithoutBox, n.NextID(), o.at)
	}
	n.Object(a, image, class, problem)
}
