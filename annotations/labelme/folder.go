package labelme

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/folder"
	"cocostat/internal/imagesize"
	"cocostat/internal/jsontext"
)

const (
	// tries is how many entries of a folder IsFolder looks at.
	tries = 300
	// maxFile is how large a file may be: most of it is the image.
	maxFile = 256 << 20
)

// IsFolder reports whether a folder is one of LabelMe's files: they lie in it, or
// in the folders in it.
func IsFolder(dir string) bool { return holdsJSON(dir, 1) }

// holdsJSON reports whether a file of LabelMe's is among the first of a folder, or
// in folders so deep in it.
func holdsJSON(dir string, depth int) bool {
	f, err := os.Open(dir)
	if err != nil {
		return false
	}
	defer f.Close()
	entries, _ := f.ReadDir(tries)
	beside := true // that an image has no file beside it is asked of one image
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		ext := strings.ToLower(filepath.Ext(path))
		if beside && (ext == ".jpg" || ext == ".jpeg" || ext == ".png") {
			beside = false
			path, ext = strings.TrimSuffix(path, filepath.Ext(path))+".json", ".json"
		}
		if ext == ".json" && isLabelMe(path) {
			return true
		}
	}
	for _, e := range entries {
		if depth > 0 && e.IsDir() && holdsJSON(filepath.Join(dir, e.Name()), depth-1) {
			return true
		}
	}
	return false
}

// isLabelMe reports whether a file begins like one of LabelMe's.
func isLabelMe(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 4096)
	n, _ := f.Read(head)
	return Is(head[:n])
}

// Folder is a dataset of JSON files, one for each image.
type Folder struct {
	dir, name     string
	opt           annotations.Options
	names, others []string // the files of the split, and of the others
	labels        []string // of labels.txt
	tree          *folder.Tree
	images        string
	source        annotations.Source
}

// Open finds the files of a split, see the package comment.
func Open(ctx context.Context, dir, split string, opt annotations.Options) (annotations.Folder, error) {
	tree, err := folder.List(ctx, dir, func(name string) bool { return strings.EqualFold(filepath.Ext(name), ".json") })
	if err != nil {
		return nil, err
	}
	f := &Folder{dir: dir, name: dir, opt: opt, tree: tree}
	if f.names, f.others, err = folder.Split(tree.Files, split); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	f.images = folder.ImagesIn([]string{dir}, tree.Files)
	if split != "" {
		f.name += ":" + split
	}
	for _, place := range []string{".", ".."} {
		if text, err := os.ReadFile(filepath.Join(dir, place, "labels.txt")); err == nil && f.labels == nil {
			f.labels = labelsOf(string(text))
		}
	}
	return f, nil
}

// labelsOf returns the names of a labels.txt.
func labelsOf(text string) (names []string) {
	for line := range strings.Lines(text) {
		if name := strings.TrimSpace(line); name != "" && name != "__ignore__" && name != "_background_" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Name is that of annotations.Folder.
func (f *Folder) Name() string { return f.name }

// Images is that of annotations.Folder.
func (f *Folder) Images() string { return f.images }

// Format is that of annotations.Parted.
func (f *Folder) Format() string { return "labelme" }

// Splits is that of annotations.Parted: the folders train, val and test.
func (f *Folder) Splits() (names []string) {
	for _, name := range []string{"train", "val", "valid", "test"} {
		if slices.ContainsFunc(f.tree.Files, func(file string) bool { return strings.HasPrefix(file, name+"/") }) {
			names = append(names, name)
		}
	}
	return names
}

// Source is that of annotations.Folder. It is of all files, those of other splits
// too, as class ids depend on them.
func (f *Folder) Source() annotations.Source { return f.source }

// batch are files that were read.
type batch struct {
	records    []*record
	places     []int64
	others     []string // labels of other splits
	unreadable []int64
}

// Scan is that of annotations.Folder.
func (f *Folder) Scan(ctx context.Context, v annotations.Visitor) error {
	names := append(slices.Clone(f.names), f.others...)
	annotations.ReportFiles(v, names, f.tree.Outside, f.tree.Again)
	n := &annotations.Named{}
	reading := folder.Reading[batch]{
		Root: f.dir, Names: names, Most: maxFile, NoHash: f.opt.NoHash,
		Parse: func(b *batch, i int, text []byte, err error) error { f.parse(ctx, b, i, text, err); return ctx.Err() },
		Take:  func(b *batch) error { b.add(n, v); return nil },
	}
	if f.opt.Progress != nil {
		reading.Progress = func(read, size int64) { f.opt.Progress(f.name, read, size) }
	}
	sum, err := reading.Run(ctx)
	if err != nil {
		return err
	}
	f.source = annotations.Source{Path: f.name, Bytes: sum.Bytes, SHA256: sum.SHA256}
	return n.Visit(v, f.labels)
}

// parse reads file i.
func (f *Folder) parse(ctx context.Context, b *batch, i int, text []byte, err error) {
	place := func(l *jsontext.Lexer) int64 {
		_, line, _ := l.Place(l.Pos)
		return annotations.Line(i, int(line))
	}
	var rec *record
	if err == nil {
		rec, err = read(ctx, bytes.NewReader(text), "", place)
	}
	switch {
	case i >= len(f.names):
		for k := 0; err == nil && k < len(rec.shapes); k++ {
			b.others = append(b.others, rec.shapes[k].label)
		}
		return
	case err != nil:
		b.unreadable = append(b.unreadable, annotations.Line(i, 0))
		return
	}
	rec.name = rec.imageName(f.names[i])
	if local := filepath.FromSlash(rec.name); (rec.width < 1 || rec.height < 1) && filepath.IsLocal(local) {
		w, h, _ := imagesize.Read(filepath.Join(f.dir, local))
		rec.width, rec.height = float64(w), float64(h)
	}
	b.records, b.places = append(b.records, rec), append(b.places, annotations.Line(i, 0))
}

// add adds what a batch holds to the dataset.
func (b *batch) add(n *annotations.Named, v annotations.Visitor) {
	for i, rec := range b.records {
		rec.add(n, b.places[i], v)
	}
	for _, label := range b.others {
		n.Class(label)
	}
	for _, at := range b.unreadable {
		if v.Problem != nil {
			v.Problem(annotations.UnreadableFile, 0, at)
		}
	}
}
