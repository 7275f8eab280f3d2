package voc

import (
	"math"
	"path"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/enclose"
	"cocostat/internal/xmltext"
)

// maxText is up to which length names and numbers are kept.
const maxText = 1 << 12

// record is what a file says.
type record struct {
	number        int    // of the file
	fileName      string // of <filename>, without folders
	width, height int    // 0: it is missing
	objects       []object
}

// object is an <object>.
type object struct {
	class  int32 // in the names of the reader
	offset int64 // where it is: the byte, or annotations.Line of the file
	box    [4]float64
	has    annotations.Field
	crowd  bool
	broken bool // a number of the box is none
}

// reader reads files one after the other.
type reader struct {
	text    *xmltext.Lexer
	classes map[string]int32
	names   []string // of the classes
	points  []float64
	lines   bool // places are lines of
	number  int  // this file
}

// place tells where the element that begins is.
func (r *reader) place() int64 {
	if r.lines {
		return annotations.Line(r.number, r.text.Line())
	}
	return r.text.Offset()
}

// file reads the root element and what it holds. It reports whether this is VOC's.
func (r *reader) file(rec *record) (isVOC bool) {
	if r.text.Next() != xmltext.Start || string(r.text.Name()) != "annotation" {
		return false
	}
	return r.text.Children(func(name []byte) bool { return r.element(rec, string(name)) }) && r.text.Next() == xmltext.None && r.text.Err() == nil
}

// element reads a child of the root.
func (r *reader) element(rec *record, name string) bool {
	switch name {
	case "filename":
		text, ok := r.text.Content(maxText)
		if rec.fileName = path.Base(strings.ReplaceAll(string(text), `\`, "/")); len(text) == 0 {
			rec.fileName = ""
		}
		return ok
	case "size":
		return r.text.Children(func(name []byte) bool {
			switch string(name) {
			case "width":
				return r.pixels(&rec.width)
			case "height":
				return r.pixels(&rec.height)
			}
			return r.text.Skip()
		})
	case "object":
		return r.object(rec)
	}
	return r.text.Skip()
}

// pixels reads a size; what is none stays 0.
func (r *reader) pixels(to *int) bool {
	text, ok := r.text.Content(maxText)
	if f, is := xmltext.Float(text); is && f >= 1 && f <= math.MaxInt32 {
		*to = int(f)
	}
	return ok
}

// object reads an <object>.
func (r *reader) object(rec *record) bool {
	o := object{offset: r.place(), class: -1}
	deleted := false // LabelMe's web tool keeps such ones
	ok := r.text.Children(func(name []byte) bool {
		switch string(name) {
		case "name":
			text, ok := r.text.Content(maxText)
			o.class = r.class(text)
			return ok
		case "difficult":
			return r.flag(&o.crowd)
		case "deleted":
			return r.flag(&deleted)
		case "bndbox":
			return r.bndbox(&o)
		case "robndbox":
			return r.robndbox(&o)
		case "polygon":
			return r.polygon(&o)
		}
		return r.text.Skip()
	})
	if ok && !deleted {
		rec.objects = append(rec.objects, o)
	}
	return ok
}

// class returns the number of a class by its name.
func (r *reader) class(name []byte) int32 {
	n, known := r.classes[string(name)]
	if !known {
		n = int32(len(r.names))
		r.names = append(r.names, string(name))
		r.classes[r.names[n]] = n
	}
	return n
}

// flag reads 0 or 1.
func (r *reader) flag(to *bool) bool {
	text, ok := r.text.Content(maxText)
	*to = string(text) == "1" || strings.EqualFold(string(text), "true")
	return ok
}

// numbers reads the children of an element that have these names; o is told of
// one that is missing or no number.
func (r *reader) numbers(o *object, to []float64, names ...string) bool {
	found := 0
	ok := r.text.Children(func(name []byte) bool {
		for i, want := range names {
			if string(name) == want {
				text, ok := r.text.Content(maxText)
				f, is := xmltext.Float(text)
				if is {
					found |= 1 << i
				}
				to[i] = f
				return ok
			}
		}
		return r.text.Skip()
	})
	o.broken = found != 1<<len(names)-1
	return ok
}

func (o *object) set(box [4]float64) {
	if !o.broken {
		o.box, o.has = box, annotations.FieldBBox
	}
}

// bndbox reads a box. It comes before all other shapes.
func (r *reader) bndbox(o *object) bool {
	var c [4]float64
	ok := r.numbers(o, c[:], "xmin", "ymin", "xmax", "ymax")
	o.set([4]float64{c[0], c[1], c[2] - c[0], c[3] - c[1]})
	return ok
}

// robndbox reads roLabelImg's turned box, its angle in radians.
func (r *reader) robndbox(o *object) bool {
	var c [5]float64
	ok := r.numbers(o, c[:], "cx", "cy", "w", "h", "angle")
	o.set(enclose.Rotated([4]float64{c[0] - c[2]/2, c[1] - c[3]/2, c[2], c[3]}, c[4]*180/math.Pi))
	return ok
}

// polygon reads <pt><x/><y/></pt> or <x1/><y1/><x2/>…, unless there is a box.
func (r *reader) polygon(o *object) bool {
	if o.has != 0 {
		return r.text.Skip()
	}
	r.points = r.points[:0]
	broken := false
	var child func(name []byte) bool
	child = func(name []byte) bool {
		switch {
		case string(name) == "pt":
			return r.text.Children(child)
		case name[0] == 'x' || name[0] == 'y':
			text, ok := r.text.Content(maxText)
			f, is := xmltext.Float(text)
			broken = broken || !is
			r.points = append(r.points, f)
			return ok
		}
		return r.text.Skip()
	}
	ok := r.text.Children(child)
	box, known := enclose.Points(r.points)
	if o.broken = broken || !known; o.broken {
		return ok
	}
	o.set(box)
	return ok
}
