package voc

import (
	"bytes"
	"context"
	"path"
	"path/filepath"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/folder"
	"cocostat/internal/imagesize"
	"cocostat/internal/xmltext"
)

// Folder is a dataset of XML files, one for each image.
type Folder struct {
	name   string
	opt    annotations.Options
	lists  *lists
	source annotations.Source
}

// Open finds the files of a split, see the package comment.
func Open(ctx context.Context, dir, split string, opt annotations.Options) (annotations.Folder, error) {
	l, err := find(ctx, dir, split)
	if err != nil {
		return nil, err
	}
	f := &Folder{name: dir, opt: opt, lists: l}
	if split != "" {
		f.name += ":" + split
	}
	return f, nil
}

// Name is that of annotations.Folder.
func (f *Folder) Name() string { return f.name }

// Images is that of annotations.Folder.
func (f *Folder) Images() string { return f.lists.images }

// Source is that of annotations.Folder. It is of all files, those of other splits
// too, as class ids depend on them.
func (f *Folder) Source() annotations.Source { return f.source }

// Format is that of annotations.Parted.
func (f *Folder) Format() string { return "voc" }

// Splits is that of annotations.Parted: the lists or folders of train, val and test.
// trainval is two of them.
func (f *Folder) Splits() (names []string) {
	for _, name := range []string{"train", "val", "valid", "test"} {
		if f.lists.has(name) {
			names = append(names, name)
		}
	}
	return names
}

// maxFile is how large a file may be.
const maxFile = 64 << 20

// batch are files that were read.
type batch struct {
	reader
	files    []record
	problems []problem
}

type problem struct {
	kind annotations.Kind
	file int
}

// Scan is that of annotations.Folder.
func (f *Folder) Scan(ctx context.Context, v annotations.Visitor) error {
	names := append(append([]string(nil), f.lists.names...), f.lists.others...)
	annotations.ReportFiles(v, names, f.lists.tree.Outside, f.lists.tree.Again)
	n := &annotations.Named{}
	reading := folder.Reading[batch]{
		Root: f.lists.below, Names: names, Most: maxFile, NoHash: f.opt.NoHash,
		Parse: func(b *batch, i int, text []byte, err error) error { f.parse(ctx, b, i, text, err); return ctx.Err() },
		Take:  func(b *batch) error { b.add(n, v); return nil },
		Reset: (*batch).reset,
	}
	if f.opt.Progress != nil {
		reading.Progress = func(read, size int64) { f.opt.Progress(f.name, read, size) }
	}
	sum, err := reading.Run(ctx)
	if err != nil {
		return err
	}
	f.source = annotations.Source{Path: f.name, Bytes: sum.Bytes, SHA256: sum.SHA256}
	return n.Visit(v, f.lists.labels)
}

func (b *batch) reset() {
	clear(b.classes)
	b.names, b.files, b.problems = b.names[:0], b.files[:0], b.problems[:0]
}

// parse reads file i.
func (f *Folder) parse(ctx context.Context, b *batch, i int, text []byte, err error) {
	taken := i < len(f.lists.names)
	if b.text == nil {
		b.text, b.classes, b.lines = xmltext.New(ctx, nil, "", 16<<10), map[string]int32{}, true
	}
	im := record{number: i}
	b.number = i
	b.text.Reset(ctx, bytes.NewReader(text), "")
	if err != nil || !b.file(&im) {
		if taken {
			b.problems = append(b.problems, problem{annotations.UnreadableFile, i})
		}
		return
	}
	if !taken {
		return
	}
	var differs bool
	if im.fileName, differs = f.imageName(f.lists.names[i], im.fileName); differs {
		b.problems = append(b.problems, problem{annotations.FileNameDiffers, i})
	}
	if (im.width == 0 || im.height == 0) && f.lists.images != "" {
		im.width, im.height, _ = imagesize.Read(filepath.Join(f.lists.images, filepath.FromSlash(im.fileName)))
	}
	b.files = append(b.files, im)
}

// imageName returns the name of the image of a file, below the folder of the
// images: that of the file, with the extension that it gives. It reports whether
// the file gives another name.
func (f *Folder) imageName(file, told string) (name string, differs bool) {
	stem := strings.TrimSuffix(file, path.Ext(file))
	ext := path.Ext(told)
	if told != path.Base(stem) && folder.IsImageExt(ext) {
		return stem + ext, !strings.EqualFold(strings.TrimSuffix(told, ext), path.Base(stem))
	}
	if f.lists.images != "" {
		if image := folder.ImageOf(f.lists.images, file); image != "" {
			return image, false
		}
	}
	if told == "" {
		return stem + folder.ImageExts[0], false
	}
	return stem, told != path.Base(stem)
}

// add adds what a batch holds to the dataset.
func (b *batch) add(n *annotations.Named, v annotations.Visitor) {
	for i := range b.files {
		b.files[i].add(n, b.names, annotations.Line(b.files[i].number, 0), v)
	}
	// The names of other splits make classes, too.
	for _, name := range b.names {
		n.Class(name)
	}
	for _, p := range b.problems {
		if v.Problem != nil {
			v.Problem(p.kind, 0, annotations.Line(p.file, 0))
		}
	}
}
