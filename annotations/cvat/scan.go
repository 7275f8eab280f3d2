package cvat

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/source"
	"cocostat/internal/xmltext"
)

const (
	// window is in which pieces the text is read.
	window = 256 << 10
	// maxName is up to which length names are kept.
	maxName = 1 << 12
)

// Is reports whether a text begins like one of CVAT, for images or for video.
func Is(head []byte) bool { return xmltext.Root(head) == "annotations" }

// Open opens a file, of which a subset is a split. The images are looked for in
// images/ beside it, where CVAT's export with images has them.
func Open(path, split string, opt annotations.Options) annotations.Folder {
	return annotations.OpenFile(path, split, []string{"images"}, opt, func(ctx context.Context, r io.Reader, name string, v annotations.Visitor) error {
		return scan(ctx, r, name, split, v)
	})
}

// Scan reads the text of r once and hands all its images to v. name stands for r
// in errors. It returns an [annotations.SyntaxError] if the text is not XML, an
// [annotations.FormatError] if it is something else, an error of r, of v, or ctx's
// once that is done.
func Scan(ctx context.Context, r io.Reader, name string, v annotations.Visitor) error {
	return scan(ctx, r, name, "", v)
}

func scan(ctx context.Context, r io.Reader, name, split string, v annotations.Visitor) error {
	size := window
	if sized, is := r.(interface{ Size() int64 }); is {
		size = source.Piece(sized.Size(), window)
	}
	s := &scanner{text: xmltext.New(ctx, r, name, size), name: name, split: split, visit: v, labels: map[string]int64{}}
	if s.text.Next() == xmltext.Start {
		if string(s.text.Name()) != "annotations" {
			return s.foreign("the root is <%.100s>, not <annotations>: no export of CVAT", s.text.Name())
		}
		if s.text.Children(s.element) {
			s.text.Next()
		}
	}
	if err := s.text.Err(); err != nil {
		return err
	}
	return s.checkSplit()
}

// scanner knows the shape of a file.
type scanner struct {
	text        *xmltext.Lexer
	name, split string
	visit       annotations.Visitor
	labels      map[string]int64 // category ids
	declared    bool             // they are those of <meta>
	project     bool             // image ids count within a task
	images      int64            // so many were read
	objects     int64
	subsets     []string // that were seen
	taken       int      // images of the split

	coordinates []float64
}

// foreign is the error that the text is something else.
func (s *scanner) foreign(format string, args ...any) error {
	e := &annotations.FormatError{File: s.name, Msg: fmt.Sprintf(format, args...)}
	e.Offset, e.Line, e.Column = s.text.Place()
	return e
}

// element reads a child of the root.
func (s *scanner) element(name []byte) bool {
	switch string(name) {
	case "meta":
		return s.text.Children(s.meta)
	case "image":
		return s.image()
	case "track":
		return s.text.Stop(s.foreign("this is CVAT for video, whose tracks are boxes over time: export the task as \"CVAT for images 1.1\" or as \"COCO 1.0\""))
	}
	return s.text.Skip()
}

// meta reads a child of <meta>: a task, a project or a job, where the labels are.
func (s *scanner) meta(name []byte) bool {
	switch string(name) {
	case "project", "task", "job":
		s.project = s.project || string(name) == "project"
		return s.text.Children(func(name []byte) bool {
			if string(name) == "labels" {
				return s.text.Children(s.label)
			}
			return s.text.Skip()
		})
	}
	return s.text.Skip()
}

// label reads a <label>. Those with a <parent> are points of a skeleton.
func (s *scanner) label([]byte) bool {
	offset, label, isPart := s.text.Offset(), "", false
	ok := s.text.Children(func(name []byte) bool {
		switch string(name) {
		case "name":
			text, ok := s.text.Content(maxName)
			label = string(text)
			return ok
		case "parent":
			text, ok := s.text.Content(maxName)
			isPart = len(text) > 0
			return ok
		}
		return s.text.Skip()
	})
	if !ok || isPart {
		return ok
	}
	s.declared = true
	if _, known := s.labels[label]; known {
		return true
	}
	return s.category(label, offset)
}

// category makes a category of a label.
func (s *scanner) category(label string, offset int64) bool {
	id := int64(len(s.labels)) + 1
	s.labels[label] = id
	if s.visit.Category == nil {
		return true
	}
	c := annotations.Category{ID: id, Name: label, Offset: offset, Has: annotations.FieldID | annotations.FieldName}
	if err := s.visit.Category(&c); err != nil {
		return s.text.Stop(err)
	}
	return true
}

// categoryOf returns the id of the category of a label. One that <meta> does not
// list gets a number that no category has.
func (s *scanner) categoryOf(label []byte, offset int64) (id int64, ok bool) {
	if id, known := s.labels[string(label)]; known {
		return id, true
	}
	if !s.declared {
		ok = s.category(string(label), offset)
		return s.labels[string(label)], ok
	}
	id = annotations.NumberOfText(string(label))
	if s.visit.Text != nil {
		s.visit.Text(id, string(label))
	}
	return id, true
}

// image reads an <image>.
func (s *scanner) image() bool {
	im := annotations.Image{Offset: s.text.Offset(), FileName: string(s.text.Attr("name"))}
	s.images++
	if im.Has = annotations.FieldID; im.FileName != "" {
		im.Has |= annotations.FieldName
	}
	im.ID = s.images
	if id, known := whole(s.text.Attr("id")); known && !s.project {
		im.ID = id
	}
	width, _ := whole(s.text.Attr("width"))
	height, _ := whole(s.text.Attr("height"))
	if width > 0 && height > 0 {
		im.Width, im.Height = clampSize(width), clampSize(height)
	}
	if !s.inSplit() {
		return s.text.Skip()
	}
	if s.visit.Image != nil {
		if err := s.visit.Image(&im); err != nil {
			return s.text.Stop(err)
		}
	}
	return s.text.Children(func(kind []byte) bool { return s.shape(string(kind), im.ID) })
}

// inSplit notes the subset of an image, and reports whether it is read.
func (s *scanner) inSplit() bool {
	if s.split == "" {
		return true
	}
	subset := s.text.Attr("subset")
	if strings.EqualFold(string(subset), s.split) {
		s.taken++
		return true
	}
	const most = 20
	if len(s.subsets) < most && !slices.Contains(s.subsets, string(subset)) {
		s.subsets = append(s.subsets, string(subset))
	}
	return false
}

// checkSplit refuses a split without images.
func (s *scanner) checkSplit() error {
	if s.split == "" || s.taken > 0 {
		return nil
	}
	named := slices.DeleteFunc(s.subsets, func(name string) bool { return name == "" })
	if len(named) == 0 {
		return fmt.Errorf("%s: the images name no subset: give the file without :%s", s.name, s.split)
	}
	return fmt.Errorf("%s: no image is of the subset %q; there are %s", s.name, s.split, strings.Join(named, ", "))
}
