package cvat

import (
	"bytes"
	"math"
	"strconv"

	"cocostat/annotations"
	"cocostat/internal/enclose"
	"cocostat/internal/xmltext"
)

// shape reads a child of an <image>: an annotation, as far as it is one.
func (s *scanner) shape(kind string, image int64) bool {
	a := annotations.Annotation{ImageID: image, Offset: s.text.Offset(), Has: annotations.FieldID | annotations.FieldImageID | annotations.FieldAreaTold}
	label := s.text.Attr("label")
	if label == nil || s.visit.Annotation == nil {
		return s.text.Skip()
	}
	if kind == "tag" {
		s.problem(annotations.ImageLabel, 0, a.Offset)
		return s.text.Skip()
	}
	s.objects++
	a.ID = s.objects
	var ok bool
	if a.CategoryID, ok = s.categoryOf(label, a.Offset); !ok {
		return false
	}
	a.Has |= annotations.FieldCategoryID
	var known bool
	switch kind {
	case "skeleton":
		a.BBox, known, ok = s.skeleton()
	case "points", "polyline":
		s.problem(annotations.ShapeWithoutBox, a.ID, a.Offset)
		a.Has |= annotations.FieldBoxTold
		ok = s.text.Skip()
	default:
		a.BBox, known = s.box(kind)
		ok = s.text.Skip()
	}
	switch {
	case !ok:
		return false
	case known && enclose.Finite(a.BBox):
		a.Has |= annotations.FieldBBox
		a.Area = a.BBox[2] * a.BBox[3]
	case a.Has&annotations.FieldBoxTold == 0:
		s.problem(annotations.UnreadableField, a.ID, a.Offset)
		a.BBox = [4]float64{}
		a.Has |= annotations.FieldBoxTold
	}
	if err := s.visit.Annotation(&a); err != nil {
		return s.text.Stop(err)
	}
	return true
}

func (s *scanner) problem(kind annotations.Kind, id, offset int64) {
	if s.visit.Problem != nil {
		s.visit.Problem(kind, id, offset)
	}
}

// box returns what encloses a shape, by the attributes of the element that begins.
func (s *scanner) box(kind string) (box [4]float64, ok bool) {
	c := s.coordinates[:0]
	defer func() { s.coordinates = c[:0] }()
	switch kind {
	case "box":
		if c, ok = s.numbers(c, "xtl", "ytl", "xbr", "ybr"); !ok {
			return box, false
		}
		box = [4]float64{c[0], c[1], c[2] - c[0], c[3] - c[1]}
		angle, ok := s.rotation()
		return enclose.Rotated(box, angle), ok
	case "ellipse":
		if c, ok = s.numbers(c, "cx", "cy", "rx", "ry"); !ok {
			return box, false
		}
		angle, ok := s.rotation()
		return enclose.Ellipse(c[0], c[1], c[2], c[3], angle), ok
	case "mask":
		if c, ok = s.numbers(c, "left", "top", "width", "height"); !ok {
			return box, false
		}
		return [4]float64(c), true
	case "cuboid":
		if c, ok = s.numbers(c, "xtl1", "ytl1", "xbl1", "ybl1", "xtr1", "ytr1", "xbr1", "ybr1",
			"xtl2", "ytl2", "xbl2", "ybl2", "xtr2", "ytr2", "xbr2", "ybr2"); !ok {
			return box, false
		}
		return enclose.Points(c)
	}
	if c, ok = points(c, s.text.Attr("points")); !ok {
		return box, false
	}
	return enclose.Points(c)
}

// rotation is that of the element that begins, in degrees.
func (s *scanner) rotation() (angle float64, ok bool) {
	text := s.text.Attr("rotation")
	if text == nil {
		return 0, true
	}
	return xmltext.Float(text)
}

// numbers appends the values of attributes.
func (s *scanner) numbers(to []float64, names ...string) ([]float64, bool) {
	for _, name := range names {
		f, ok := xmltext.Float(s.text.Attr(name))
		if !ok {
			return to, false
		}
		to = append(to, f)
	}
	return to, true
}

// skeleton returns what encloses the points of the skeleton that begins, and moves
// to its end.
func (s *scanner) skeleton() (box [4]float64, known, ok bool) {
	c, readable := s.coordinates[:0], true
	ok = s.text.Children(func([]byte) bool {
		if list := s.text.Attr("points"); list != nil && string(s.text.Attr("outside")) != "1" {
			var ok bool
			c, ok = points(c, list)
			readable = readable && ok
		}
		return s.text.Skip()
	})
	box, known = enclose.Points(c)
	s.coordinates = c[:0]
	return box, known && readable, ok
}

// points appends the numbers of "x,y;x,y".
func points(to []float64, text []byte) ([]float64, bool) {
	for len(text) > 0 {
		var pair []byte
		pair, text, _ = bytes.Cut(text, []byte{';'})
		x, y, _ := bytes.Cut(pair, []byte{','})
		fx, okX := xmltext.Float(x)
		fy, okY := xmltext.Float(y)
		if !okX || !okY {
			return to, false
		}
		to = append(to, fx, fy)
	}
	return to, true
}

// whole reads an integer.
func whole(text []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	return n, err == nil
}

// clampSize is a size that fits into what holds it.
func clampSize(n int64) int { return int(min(n, math.MaxInt32)) }
