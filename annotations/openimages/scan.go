package openimages

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/imagesize"
)

// Is reports whether a text begins like a table of Open Images.
func Is(head []byte) bool {
	line, _, _ := bytes.Cut(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), []byte{'\n'})
	line = bytes.ToLower(line)
	return len(line) < 4096 && bytes.HasPrefix(bytes.TrimLeft(line, `" `), []byte("imageid")) && bytes.Contains(line, []byte("labelname"))
}

// Open opens a file, whose images and names of classes are looked for beside it.
func Open(file, split string, opt annotations.Options) annotations.Folder {
	places := []string{"images", "data", splitOf(file)}
	for _, place := range places[:len(places):len(places)] {
		places = append(places, filepath.Join("..", place))
	}
	var f *annotations.File
	f = annotations.OpenFile(file, split, places, opt, func(ctx context.Context, r io.Reader, name string, v annotations.Visitor) error {
		if split != "" {
			return fmt.Errorf("%s: Open Images has a file for each split: give that of %q", name, split)
		}
		classes, err := readClasses(ctx, file, opt)
		if err != nil {
			return err
		}
		return scan(ctx, r, name, f.Images(), classes, v)
	})
	return f
}

// splitOf returns train of oidv6-train-annotations-bbox.csv; "images" where there is
// nothing of the kind.
func splitOf(file string) string {
	name, _, _ := strings.Cut(filepath.Base(file), "-annotations")
	if name == filepath.Base(file) {
		return "images"
	}
	return name[strings.LastIndexByte(name, '-')+1:]
}

// Scan reads the text of r once and hands what it holds to v, without boxes in
// pixels: the sizes of the images are not known. name stands for r in errors. It
// returns an [annotations.FormatError] if the text is something else, an error of
// r, of v, or ctx's once that is done.
func Scan(ctx context.Context, r io.Reader, name string, v annotations.Visitor) error {
	return scan(ctx, r, name, "", nil, v)
}

func scan(ctx context.Context, r io.Reader, name, images string, classes *classes, v annotations.Visitor) error {
	t := newTable(ctx, r, name)
	err := t.header()
	if err != nil {
		return err
	}
	s := &scanner{table: t, images: images, classes: classes, visit: v, known: map[string]*picture{}}
	if s.places, err = t.places(); err != nil {
		return err
	}
	if v.Files != nil {
		v.Files([]string{""})
	}
	if classes != nil {
		if err := classes.visit(v); err != nil {
			return err
		}
	}
	for {
		row, err := t.row()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := s.row(row); err != nil {
			return err
		}
	}
	if classes != nil {
		return nil
	}
	return s.named.Visit(v, nil)
}

// places are the columns of what is read, -1 for IsGroupOf where that is missing.
type places struct {
	image, label, group int
	box                 [4]int // XMin, YMin, XMax, YMax
	last                int    // of all
}

func (t *table) places() (p places, err error) {
	find := func(name string) int {
		i, ok := t.columns[strings.ToLower(name)]
		if !ok && err == nil {
			err = t.fail("there is no column %s: the tables of boxes of Open Images have ImageID, LabelName, XMin, XMax, YMin, YMax", name)
			if _, ok := t.columns["confidence"]; ok {
				err = t.fail("there is no column %s: these are labels of whole images; the tables of boxes are called …-annotations-bbox.csv", name)
			}
		}
		p.last = max(p.last, i)
		return i
	}
	p.image, p.label = find("ImageID"), find("LabelName")
	p.box = [4]int{find("XMin"), find("YMin"), find("XMax"), find("YMax")}
	p.group = -1
	if i, ok := t.columns["isgroupof"]; ok {
		p.group = i
	}
	return p, err
}

// scanner knows the shape of a row.
type scanner struct {
	*table
	places
	images  string // the folder; "": there is none
	classes *classes
	visit   annotations.Visitor
	known   map[string]*picture
	named   annotations.Named // of classes that are not known before
	objects int64
}

// picture is an image that occurred.
type picture struct {
	id            int64
	width, height int
}

func (s *scanner) problem(kind annotations.Kind, id, at int64) {
	if s.visit.Problem != nil {
		s.visit.Problem(kind, id, at)
	}
}

// row reads a row.
func (s *scanner) row(row []string) error {
	at := annotations.Line(0, s.line)
	if len(row) <= s.last || row[s.image] == "" {
		s.problem(annotations.UnreadableLine, 0, at)
		return nil
	}
	s.objects++
	im, err := s.picture(row[s.image], at)
	if err != nil {
		return err
	}
	a := annotations.Annotation{ID: s.objects, ImageID: im.id, Offset: at,
		Has: annotations.FieldID | annotations.FieldImageID | annotations.FieldAreaTold}
	if s.group >= 0 && s.group < len(row) {
		a.Crowd = row[s.group] == "1" || strings.EqualFold(row[s.group], "true")
	}
	s.box(&a, row, im)
	if s.classes == nil {
		s.named.Object(a, im.id, s.named.Class(row[s.label]), s.problem)
		return nil
	}
	a.Area = a.BBox[2] * a.BBox[3]
	a.CategoryID = s.classes.id(row[s.label], s.visit)
	a.Has |= annotations.FieldCategoryID
	if s.visit.Annotation == nil {
		return nil
	}
	return s.visit.Annotation(&a)
}

// picture returns the image of a row, and visits it where it is new.
func (s *scanner) picture(name string, at int64) (*picture, error) {
	if im := s.known[name]; im != nil {
		return im, nil
	}
	im := &picture{id: int64(len(s.known)) + 1}
	s.known[strings.Clone(name)] = im
	out := annotations.Image{ID: im.id, FileName: strings.Clone(name), Offset: at, Has: annotations.FieldID | annotations.FieldName}
	if path.Ext(name) == "" {
		out.FileName += ".jpg"
	}
	if local := filepath.FromSlash(out.FileName); s.images != "" && filepath.IsLocal(local) {
		var err error
		if im.width, im.height, err = imagesize.Read(filepath.Join(s.images, local)); err != nil {
			s.problem(annotations.UnreadableImage, im.id, at)
		}
	}
	out.Width, out.Height = im.width, im.height
	if s.classes == nil {
		s.named.Image(out)
		return im, nil
	}
	if s.visit.Image == nil {
		return im, nil
	}
	return im, s.visit.Image(&out)
}

// box gives an annotation its box, if it can be read and the image has a size.
func (s *scanner) box(a *annotations.Annotation, row []string, im *picture) {
	var c [4]float64 // x1, y1, x2, y2
	for i, place := range s.places.box {
		f, ok := s.fraction(row[place])
		if !ok {
			a.Has |= annotations.FieldBoxTold
			s.problem(annotations.UnreadableField, a.ID, a.Offset)
			return
		}
		c[i] = f
	}
	const slack = 0.01 // as package yolo
	for _, f := range c {
		if f < -slack || f > 1+slack {
			a.Has |= annotations.FieldBoxTold
			s.problem(annotations.CoordinateRange, a.ID, a.Offset)
			return
		}
	}
	if im.width == 0 || im.height == 0 {
		a.Has |= annotations.FieldBoxTold // the image is told to have no size
		return
	}
	w, h := float64(im.width), float64(im.height)
	a.BBox = [4]float64{c[0] * w, c[1] * h, (c[2] - c[0]) * w, (c[3] - c[1]) * h}
	a.Has |= annotations.FieldBBox
}

// fraction reads a number, with a decimal point or comma.
func (s *scanner) fraction(text string) (float64, bool) {
	text = strings.TrimSpace(text)
	if i := strings.IndexByte(text, ','); i >= 0 && strings.IndexByte(text, '.') < 0 {
		text = text[:i] + "." + text[i+1:]
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && f-f == 0 // finite
}
