package yolo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"cocostat/annotations"
	"cocostat/internal/folder"
	"cocostat/internal/imagesize"
	"cocostat/internal/rawfile"
)

// scanner hands a dataset to a visitor. Files are numbered for places: what is read
// beside the labels, then each image and its labels, then what is odd.
type scanner struct {
	*dataset
	v      annotations.Visitor
	given  int64          // ids of objects
	unlike map[int64]bool // categories that occur, if they have no names

	folders rawfile.Folders
}

// batch is what a number of files that follow each other hold.
type batch struct {
	images  []annotations.Image
	objects []annotations.Annotation
	ids     []int64
	notes   []note
}

// note is a problem. Its id is that of an object, or else id.
type note struct {
	kind   annotations.Kind
	object int // in the batch, -1: none
	id, at int64
}

// Scan hands the dataset to the visitor; see [annotations.Folder].
func (d *dataset) Scan(ctx context.Context, v annotations.Visitor) error {
	s := &scanner{dataset: d, v: v}
	if v.Files != nil {
		v.Files(s.files())
	}
	if err := s.categories(); err != nil {
		return err
	}
	s.odd()
	if v.Image == nil && v.Annotation == nil && d.config.named {
		return nil
	}
	r := &folder.Reading[batch]{
		Root: d.config.root, Names: s.names(), Most: mostLabels, NoHash: d.opt.NoHash,
		Parse: s.parse, Take: s.take, Reset: (*batch).reset,
	}
	if v.Batches != nil {
		r.Enter = func(b *batch, worker int) { v.Batches.Enter(b.objects, worker) }
	}
	if d.opt.Progress != nil {
		r.Progress = func(read, size int64) { d.opt.Progress(d.name, read, size) }
	}
	defer s.folders.Close()
	sum, err := r.Run(ctx)
	if err != nil {
		return err
	}
	d.source = annotations.Source{Path: d.given, Bytes: sum.Bytes, SHA256: sum.SHA256}
	return s.unnamed()
}

func (b *batch) reset() {
	b.images, b.objects, b.ids, b.notes = b.images[:0], b.objects[:0], b.ids[:0], b.notes[:0]
}

// Numbers of files in places.
func (s *scanner) imageFile(i int) int { return len(s.beside) + 2*i }
func (s *scanner) labelFile(i int) int { return len(s.beside) + 2*i + 1 }
func (s *scanner) oddFile(i int) int   { return len(s.beside) + 2*len(s.items) + i }

// files names the files of places.
func (s *scanner) files() []string {
	list := make([]string, 0, s.oddFile(len(s.gathered.notes)))
	for _, path := range s.beside {
		list = append(list, below(s.config.root, path))
	}
	for i := range s.items {
		it := &s.items[i]
		label := ""
		if it.label != "" {
			label = below(s.config.root, it.label)
		}
		list = append(list, below(s.config.root, it.image), label)
	}
	for _, n := range s.gathered.notes {
		list = append(list, below(s.config.root, n.path))
	}
	return list
}

// names lists the files to read.
func (s *scanner) names() []string {
	list := make([]string, 0, len(s.beside)+len(s.items))
	for _, path := range s.beside {
		list = append(list, below(s.config.root, path))
	}
	for i := range s.items {
		name := ""
		if label := s.items[i].label; label != "" {
			name = below(s.config.root, label)
		}
		list = append(list, name)
	}
	return list
}

// categories hands over the classes that have names.
func (s *scanner) categories() error {
	if s.v.Category == nil {
		return nil
	}
	for _, k := range s.config.names {
		c := annotations.Category{ID: k.index + 1, Name: k.name, Offset: annotations.Line(k.file, k.line), Has: annotations.FieldID | annotations.FieldName}
		if err := s.v.Category(&c); err != nil {
			return err
		}
	}
	return nil
}

// unnamed hands over the classes that occur, if none has a name.
func (s *scanner) unnamed() error {
	if s.v.Category == nil {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(s.unlike)) {
		c := annotations.Category{ID: id, Name: className(id - 1), Offset: -1, Has: annotations.FieldID | annotations.FieldName}
		if err := s.v.Category(&c); err != nil {
			return err
		}
	}
	return nil
}

// odd reports what was met while images were looked for.
func (s *scanner) odd() {
	if s.v.Problem == nil {
		return
	}
	for i, n := range s.gathered.notes {
		s.v.Problem(n.kind, 0, annotations.Line(s.oddFile(i), 0))
	}
}

// parse reads a file of labels, and the header of its image.
func (s *scanner) parse(b *batch, n int, text []byte, err error) error {
	i := n - len(s.beside)
	if i < 0 {
		if err != nil {
			return fmt.Errorf("%s: %w", s.beside[n], err)
		}
		return nil
	}
	it := &s.items[i]
	switch {
	case it.label == "" || it.mayLack && errors.Is(err, fs.ErrNotExist):
		text, err = nil, fs.ErrNotExist
	case err != nil: // too large, no file, or not to be read: its labels are lost
		text = nil
		b.notes = append(b.notes, note{annotations.UnreadableFile, -1, int64(i) + 1, annotations.Line(s.labelFile(i), 0)})
	}
	im := annotations.Image{
		ID: int64(i) + 1, FileName: below(s.common, it.image), Offset: annotations.Line(s.imageFile(i), 0),
		Has: annotations.FieldID | annotations.FieldName,
	}
	s.measure(b, &im, it, i, err == nil)
	b.images = append(b.images, im)
	if text != nil {
		p := lines{batch: b, image: &im, file: s.labelFile(i), points: s.config.points}
		p.read(text)
	}
	return nil
}

// measure finds the size of an image, or reports what stands in the way.
func (s *scanner) measure(b *batch, im *annotations.Image, it *item, i int, labelled bool) {
	err := error(fs.ErrNotExist)
	if !it.lone() {
		im.Width, im.Height, err = s.size(it.image)
	}
	if err == nil {
		return
	}
	im.Has |= annotations.FieldSizeTold
	n := note{annotations.UnreadableImage, -1, im.ID, im.Offset}
	if labelled && errors.Is(err, fs.ErrNotExist) {
		n.kind, n.at = annotations.LabelWithoutImage, annotations.Line(s.labelFile(i), 0)
	}
	b.notes = append(b.notes, n)
}

// size returns the size of an image by its header.
func (s *scanner) size(path string) (width, height int, err error) {
	f, err := s.folders.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	return imagesize.Of(f)
}

// take numbers the objects of a batch and hands it over.
func (s *scanner) take(b *batch) error {
	b.ids = b.ids[:0]
	for i := range b.objects {
		s.given++
		b.objects[i].ID = s.given
		b.ids = append(b.ids, s.given)
	}
	if !s.config.named {
		s.collect(b)
	}
	if s.v.Problem != nil {
		for _, n := range b.notes {
			if n.object >= 0 {
				n.id = b.objects[n.object].ID
			}
			s.v.Problem(n.kind, n.id, n.at)
		}
	}
	if s.v.Batches != nil {
		if err := s.v.Batches.Images(b.images); err != nil {
			return err
		}
		return s.v.Batches.Confirm(b.objects, b.ids)
	}
	return s.each(b)
}

// each hands over a batch, one element after the other.
func (s *scanner) each(b *batch) error {
	if s.v.Image != nil {
		for i := range b.images {
			if err := s.v.Image(&b.images[i]); err != nil {
				return err
			}
		}
	}
	if s.v.Annotation != nil {
		for i := range b.objects {
			if err := s.v.Annotation(&b.objects[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// collect notes which categories occur.
func (s *scanner) collect(b *batch) {
	if s.unlike == nil {
		s.unlike = map[int64]bool{}
	}
	for i := range b.objects {
		if b.objects[i].Has&annotations.FieldCategoryID != 0 {
			s.unlike[b.objects[i].CategoryID] = true
		}
	}
}
