package voc

import (
	"context"
	"fmt"
	"io"

	"cocostat/annotations"
	"cocostat/internal/source"
	"cocostat/internal/xmltext"
)

// Is reports whether a text begins like a file of VOC's.
func Is(head []byte) bool { return xmltext.Root(head) == "annotation" }

// Scan reads the text of r, the XML of a single image, and hands it to v. name
// stands for r in errors. It returns an [annotations.SyntaxError] if the text is
// not XML, an [annotations.FormatError] if it is something else, an error of r, of
// v, or ctx's once that is done.
func Scan(ctx context.Context, r io.Reader, name string, v annotations.Visitor) error {
	const window = 64 << 10
	size := window
	if sized, is := r.(interface{ Size() int64 }); is {
		size = source.Piece(sized.Size(), window)
	}
	in := &reader{text: xmltext.New(ctx, r, name, size), classes: map[string]int32{}}
	var rec record
	if !in.file(&rec) {
		if err := in.text.Err(); err != nil {
			return err
		}
		e := &annotations.FormatError{File: name, Msg: fmt.Sprintf("the root is <%.100s>, not <annotation>: no XML of Pascal VOC", in.text.Name())}
		e.Offset, e.Line, e.Column = in.text.Place()
		return e
	}
	var n annotations.Named
	rec.add(&n, in.names, 0, v)
	return n.Visit(v, nil)
}

// add adds what a file says to the dataset; names are those of its classes. Its
// image is at that place.
func (rec *record) add(n *annotations.Named, names []string, at int64, v annotations.Visitor) {
	problem := func(kind annotations.Kind, id, at int64) {
		if v.Problem != nil {
			v.Problem(kind, id, at)
		}
	}
	image := n.Image(annotations.Image{FileName: rec.fileName, Width: rec.width, Height: rec.height, Offset: at})
	for i := range rec.objects {
		o := &rec.objects[i]
		a := annotations.Annotation{BBox: o.box, Crowd: o.crowd, Offset: o.offset, Has: o.has}
		class := int64(annotations.NoClass)
		if o.class >= 0 {
			class = n.Class(names[o.class])
		} else {
			problem(annotations.NoCategory, n.NextID(), a.Offset)
		}
		if o.broken && o.has == 0 {
			a.Has |= annotations.FieldBoxTold
			problem(annotations.UnreadableField, n.NextID(), a.Offset)
		}
		n.Object(a, image, class, problem)
	}
}
