package yolo

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/folder"
	"cocostat/internal/imagename"
)

// Detections is a folder of detections that Ultralytics has saved as texts, with
// save_txt and save_conf: a file for each image, named as it is, and a line for
// each detection,
//
//	class x y width height confidence
//
// in fractions of the image, with a polygon in the place of the box where objects
// have masks or are turned, and perhaps the number of a track at the end.
type Detections struct {
	Dir string
	// Images are those of the ground truth, whose names and sizes tell what a file
	// and its fractions mean.
	Images []annotations.Image
	// Categories are the ids of the classes 0, 1, …
	Categories []int64
	Progress   func(path string, read, size int64)
	NoHash     bool
}

// IsDetections reports whether a path is a folder of texts of detections, or holds
// one that is called labels, as Ultralytics' runs do.
func IsDetections(path string) bool {
	return isDir(path) && (hasLabels(path) || hasLabels(filepath.Join(path, "labels")))
}

// ResultVisitor gets what ScanResults reads.
type ResultVisitor struct {
	Files   func(paths []string)                 // of places, as in annotations.Visitor
	Results func([]annotations.Result) error     // valid during the call
	Problem func(annotations.Kind, int64, int64) // of kind UnreadableLine, with the image's id and the place
	Text    func(id int64, text string)          // as in annotations.Visitor, for names of no image
}

// ScanResults reads detections. Those in an image that is not there get an id that
// stands for its name, and detections without a confidence or a box lack it in Has.
func (d *Detections) ScanResults(ctx context.Context, v ResultVisitor) (annotations.Source, error) {
	dir := d.Dir
	if !hasLabels(dir) {
		dir = filepath.Join(dir, "labels")
	}
	tree, err := folder.List(ctx, dir, isText)
	if err != nil {
		return annotations.Source{}, err
	}
	v.Files(tree.Files)
	s := &resultScanner{Detections: d, dir: dir, names: tree.Files, v: v}
	names := make([]string, len(d.Images))
	for i := range d.Images {
		names[i] = d.Images[i].FileName
	}
	s.table = imagename.New(names)
	r := &folder.Reading[resultBatch]{
		Root: dir, Names: tree.Files, Most: mostLabels, NoHash: d.NoHash,
		Parse: s.parse, Take: s.take,
		Reset: func(b *resultBatch) { b.list, b.notes, b.strangers = b.list[:0], b.notes[:0], b.strangers[:0] },
	}
	if d.Progress != nil {
		r.Progress = func(read, size int64) { d.Progress(d.Dir, read, size) }
	}
	sum, err := r.Run(ctx)
	return annotations.Source{Path: d.Dir, Bytes: sum.Bytes, SHA256: sum.SHA256}, err
}

type resultScanner struct {
	*Detections
	dir   string
	names []string
	table *imagename.Table
	v     ResultVisitor
}

type resultBatch struct {
	list      []annotations.Result
	notes     []note
	strangers []stranger
	values    []float64
}

// stranger is a name of no image.
type stranger struct {
	id   int64
	name string
}

func (s *resultScanner) take(b *resultBatch) error {
	for _, w := range b.strangers {
		s.v.Text(w.id, w.name)
	}
	for _, n := range b.notes {
		s.v.Problem(n.kind, n.id, n.at)
	}
	if len(b.list) == 0 {
		return nil
	}
	return s.v.Results(b.list)
}

// parse reads the detections in an image.
func (s *resultScanner) parse(b *resultBatch, i int, text []byte, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", under(s.dir, s.names[i]), err)
	}
	name := strings.TrimSuffix(s.names[i], ".txt")
	im := annotations.Image{FileName: name}
	switch found := s.table.Find(name); len(found) {
	case 0:
		im.ID = annotations.NumberOfText(name)
		b.strangers = append(b.strangers, stranger{im.ID, name})
	case 1:
		im = s.Images[found[0]]
	default:
		return fmt.Errorf("%s: its name fits %d images, %q and %q among them: keep the folders that the images are in",
			under(s.dir, s.names[i]), len(found), s.Images[found[0]].FileName, s.Images[found[1]].FileName)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	n := 0
	for line := range bytes.Lines(text) {
		n++
		s.line(b, &im, line, annotations.Line(i, n))
	}
	return nil
}

// line reads a detection, if there is one.
func (s *resultScanner) line(b *resultBatch, im *annotations.Image, line []byte, at int64) {
	word, rest := nextWord(line)
	if len(word) == 0 {
		return
	}
	class, ok := number(word)
	b.values = b.values[:0]
	for ok {
		if word, rest = nextWord(rest); len(word) == 0 {
			break
		}
		var v float64
		v, ok = number(word)
		b.values = append(b.values, v)
	}
	r := annotations.Result{ImageID: im.ID, Offset: at, FileName: im.FileName, Has: annotations.FieldImageID | annotations.FieldCategoryID}
	points, score, scored, known := parts(b.values)
	if !ok || !known || class < 0 || class != math.Trunc(class) || class > 1<<31 {
		b.notes = append(b.notes, note{annotations.UnreadableLine, -1, im.ID, at})
		return
	}
	r.CategoryID = s.category(int(class))
	if scored {
		r.Score, r.Has = score, r.Has|annotations.FieldScore
	}
	if im.Width > 0 && im.Height > 0 {
		r.BBox = pixels(points, float64(im.Width), float64(im.Height))
		r.Has |= annotations.FieldBBox
	}
	b.list = append(b.list, r)
}

// category returns the id of a class; one that there is not gets an id that no
// category has.
func (s *resultScanner) category(class int) int64 {
	if class < len(s.Categories) {
		return s.Categories[class]
	}
	return -1 - int64(class)
}

// parts divides the values behind a class into a box or polygon and the confidence,
// if there is one: false if their number fits neither. A polygon has an even number.
func parts(v []float64) (points []float64, score float64, scored, ok bool) {
	switch n := len(v); {
	case n == 4:
		return v, 0, false, true
	case n == 5 || n == 6: // perhaps with the number of a track
		return v[:4], v[4], true, true
	case n > 6 && n%2 == 1:
		return v[:n-1], v[n-1], true, true
	case n > 6:
		return v, 0, false, true
	}
	return nil, 0, false, false
}
