package labelstudio

import (
	"strings"

	"cocostat/annotations"
	"cocostat/internal/enclose"
)

// region is an element of result, or of a list of JSON-MIN.
type region struct {
	offset        int64
	id            string
	label         string
	labelled      bool
	other         bool // a choice, a text or the like
	width, height float64
	shape
}

// shape is where a region is, in percent of the image.
type shape struct {
	has              uint8 // of the fields below
	x, y, w, h       float64
	radiusX, radiusY float64
	rotation         float64
	points           []float64
	broken           bool
}

const (
	hasX uint8 = 1 << iota
	hasY
	hasW
	hasH
	hasRadii
	hasPoints
)

// region reads a region. One that is split into several, which share their id, is
// one: one part has its shape, the other its label.
func (s *scanner) region(a *annotation) bool {
	r := region{offset: s.offset()}
	if s.text.Next() != '{' {
		return s.text.SkipValue()
	}
	if !s.text.Object(func(key []byte) bool {
		name := string(key)
		return s.text.Colon() && s.field(&r, name)
	}) {
		return false
	}
	if i, known := a.byID[r.id]; known && r.id != "" {
		a.regions[i].join(&r)
		return true
	}
	if a.byID == nil {
		a.byID = map[string]int{}
	}
	a.byID[r.id] = len(a.regions)
	a.regions = append(a.regions, r)
	return true
}

// join adds what another part of a region says.
func (r *region) join(other *region) {
	if !r.labelled {
		r.label, r.labelled = other.label, other.labelled
	}
	if r.has == 0 {
		r.shape = other.shape
	}
	if r.width == 0 || r.height == 0 {
		r.width, r.height = other.width, other.height
	}
}

// field reads a member of a region, or of its value.
func (s *scanner) field(r *region, name string) bool {
	next := s.text.Next()
	if to, bit := r.number(name); to != nil {
		f, number, ok := s.text.ReadFloat()
		if *to = f; number {
			r.has |= bit
		} else {
			r.broken = true
		}
		return ok
	}
	switch {
	case name == "value" && next == '{':
		return s.text.Object(func(key []byte) bool {
			name := string(key)
			return s.text.Colon() && s.field(r, name)
		})
	case name == "id":
		var ok bool
		r.id, ok = s.text.ReadText()
		return ok
	case name == "points" && next == '[':
		return s.text.List(func() bool { return s.point(r) })
	case strings.HasSuffix(name, "labels") && next == '[':
		return s.text.List(func() bool {
			label, ok := s.text.ReadText()
			if !r.labelled && label != "" {
				r.label, r.labelled = label, true
			}
			return ok
		})
	case name == "choices" || name == "text" || name == "rating" || name == "taxonomy" || name == "number" || name == "datetime":
		r.other = true
	}
	return s.text.SkipValue()
}

// number returns where a number goes, and what of a shape it is; nil if the key is
// not that of a number.
func (r *region) number(key string) (to *float64, bit uint8) {
	switch key {
	case "x":
		return &r.x, hasX
	case "y":
		return &r.y, hasY
	case "width":
		return &r.w, hasW
	case "height":
		return &r.h, hasH
	case "radiusX":
		return &r.radiusX, hasRadii
	case "radiusY":
		return &r.radiusY, hasRadii
	case "rotation":
		return &r.rotation, 0
	case "original_width":
		return &r.width, 0
	case "original_height":
		return &r.height, 0
	}
	return nil, 0
}

// point reads a point of a polygon, [x, y].
func (s *scanner) point(r *region) bool {
	if s.text.Next() != '[' {
		r.broken = true
		return s.text.SkipValue()
	}
	n := 0
	ok := s.text.List(func() bool {
		f, is, ok := s.text.ReadFloat()
		if n++; n <= 2 {
			r.points = append(r.points, f)
		}
		r.broken = r.broken || !is
		return ok
	})
	r.has |= hasPoints
	r.broken = r.broken || n < 2
	return ok
}

// object adds a region to the dataset, if it is an object.
func (s *scanner) object(r *region, image int64) {
	located := r.has != 0
	switch {
	case !r.labelled && !located && !r.other:
		return // a relation
	case !r.labelled && !located:
		s.problem(annotations.ImageLabel, image, r.offset)
		return
	}
	id, class := s.out.NextID(), int64(annotations.NoClass)
	if r.labelled {
		class = s.out.Class(r.label)
	} else {
		s.problem(annotations.NoCategory, id, r.offset)
	}
	a := annotations.Annotation{Offset: r.offset}
	box, known := r.box()
	switch {
	case r.broken:
		a.Has = annotations.FieldBoxTold
		s.problem(annotations.UnreadableField, id, r.offset)
	case !known:
		a.Has = annotations.FieldBoxTold
		s.problem(annotations.ShapeWithoutBox, id, r.offset)
	case r.width <= 0 || r.height <= 0:
		a.Has = annotations.FieldBoxTold // the image is told to have no size
	default:
		a.Has, a.BBox = annotations.FieldBBox, box
	}
	s.out.Object(a, image, class, s.problem)
}

// box returns what encloses a region, in pixels; false if it is no shape that a box
// encloses.
func (r *region) box() (box [4]float64, ok bool) {
	sx, sy := r.width/100, r.height/100
	switch {
	case r.has&hasPoints != 0:
		for i := range r.points {
			if i%2 == 0 {
				r.points[i] *= sx
			} else {
				r.points[i] *= sy
			}
		}
		return enclose.Points(r.points)
	case r.has&(hasX|hasY|hasRadii) == hasX|hasY|hasRadii:
		return enclose.Ellipse(r.x*sx, r.y*sy, r.radiusX*sx, r.radiusY*sy, r.rotation), true
	case r.has&(hasX|hasY|hasW|hasH) == hasX|hasY|hasW|hasH:
		return enclose.RotatedAtCorner([4]float64{r.x * sx, r.y * sy, r.w * sx, r.h * sy}, r.rotation), true
	}
	return box, false
}
