package dataset

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"cocostat/annotations"
	"cocostat/annotations/coco"
	"cocostat/annotations/cvat"
	"cocostat/annotations/labelme"
	"cocostat/annotations/labelstudio"
	"cocostat/annotations/openimages"
	"cocostat/annotations/rows"
	"cocostat/annotations/voc"
	"cocostat/annotations/yolo"
)

// A textFormat is a format of a single file, or of a stream.
type textFormat struct {
	// is tells by how a text begins, up to headSize bytes of it.
	is   func(head []byte) bool
	scan func(ctx context.Context, r io.Reader, name string, v annotations.Visitor) error
	// open opens a file in place of scan, if a split of it can be meant or its
	// images lie beside it.
	open func(path, split string, opt annotations.Options) annotations.Folder
}

// texts are the formats of a file; the first that takes it is its.
var texts = []textFormat{
	{cvat.Is, cvat.Scan, cvat.Open},
	{voc.Is, voc.Scan, nil},
	{labelstudio.Is, labelstudio.Scan, nil},
	{labelme.Is, labelme.Scan, nil},
	{openimages.Is, openimages.Scan, openimages.Open},
	{func([]byte) bool { return true }, coco.Scan, nil},
}

// A folderFormat is a format of a folder, or of a file that describes one.
type folderFormat struct {
	// is tells by a look at the path, which exists.
	is func(path string) bool
	// open opens the split of that name, or the training set, or all there is, if
	// split is "".
	open func(ctx context.Context, path, split string, opt annotations.Options) (annotations.Folder, error)
}

// folders are the formats of folders; the first that takes one is its.
var folders = []folderFormat{
	{yolo.Is, yolo.Open},
	{voc.IsFolder, voc.Open},
	{labelme.IsFolder, labelme.Open},
	{rows.Is, rows.Open},
}

// headSize is how many bytes of a text tell its format.
const headSize = 16 << 10

// input is a dataset that is open for reading, in whatever format.
type input struct {
	name   string
	scan   func(annotations.Visitor) error
	source func() (annotations.Source, error)
	images string // the folder that file names are relative to; "": it is not known
	close  func()
}

// open opens a path, PATH:SPLIT or "-".
func open(ctx context.Context, path string, opt annotations.Options) (*input, error) {
	if root, split, format := folderOf(path); format != nil {
		return openFolder(ctx, format, root, split, opt)
	}
	text, err := annotations.Open(ctx, path, opt)
	if err != nil {
		return nil, err
	}
	in, err := openText(ctx, text)
	if err != nil {
		text.Close()
		return nil, err
	}
	return in, nil
}

// IsFolder reports whether a path, or PATH:SPLIT, is a dataset of many files.
func IsFolder(path string) bool {
	_, _, format := folderOf(path)
	return format != nil
}

// IsColumns reports whether a path is a Parquet or Arrow file: one with a row per
// annotation, or of something else.
func IsColumns(path string) bool { return rows.Is(path) }

// folderOf takes PATH:SPLIT apart, and finds the format of a folder; nil: it is
// none of a format that is known, or no folder.
func folderOf(path string) (root, split string, format *folderFormat) {
	root = path
	if _, err := os.Stat(path); err != nil {
		i := strings.LastIndexByte(path, ':')
		if i <= 0 {
			return path, "", nil
		}
		root, split = path[:i], path[i+1:]
		if _, err := os.Stat(root); err != nil {
			return path, "", nil
		}
	}
	for i := range folders {
		if folders[i].is(root) {
			return root, split, &folders[i]
		}
	}
	head := headOf(root)
	for _, f := range texts {
		if f.open != nil && f.is(head) {
			return root, split, &folderFormat{open: func(_ context.Context, path, split string, opt annotations.Options) (annotations.Folder, error) {
				return f.open(path, split, opt), nil
			}}
		}
	}
	return path, "", nil
}

// headOf returns how the text of a file begins; nothing if it cannot be read, or
// read twice.
func headOf(path string) []byte {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	text, err := annotations.Open(context.Background(), path, annotations.Options{NoHash: true})
	if err != nil {
		return nil
	}
	defer text.Close()
	head := make([]byte, headSize)
	n, _ := io.ReadFull(text, head)
	return head[:n]
}

func openFolder(ctx context.Context, format *folderFormat, root, split string, opt annotations.Options) (*input, error) {
	f, err := format.open(ctx, root, split, opt)
	if err != nil {
		return nil, err
	}
	return &input{
		name:   f.Name(),
		scan:   func(v annotations.Visitor) error { return f.Scan(ctx, v) },
		source: func() (annotations.Source, error) { return f.Source(), nil },
		images: f.Images(),
		close:  func() {},
	}, nil
}

func openText(ctx context.Context, text *annotations.Text) (*input, error) {
	head, err := beginning(text)
	if err != nil {
		return nil, err
	}
	whole := &rejoined{Text: text, head: head}
	in := &input{name: text.Name(), source: text.Source, close: text.Close}
	f := texts[textOf(head)]
	in.scan = func(v annotations.Visitor) error { return f.scan(ctx, whole, text.Name(), v) }
	return in, nil
}

// beginning reads how a text begins.
func beginning(text *annotations.Text) ([]byte, error) {
	head := make([]byte, headSize)
	n, err := io.ReadFull(text, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("%s: reading at byte %d: %w", text.Name(), n, err)
	}
	return head[:n], nil
}

// textOf is the index of the format of a text; COCO's, the last, takes what is none
// of the others.
func textOf(head []byte) int {
	return slices.IndexFunc(texts, func(f textFormat) bool { return f.is(head) })
}

// rejoined is a text of which the head was read already.
type rejoined struct {
	*annotations.Text
	head []byte
}

// Read is that of io.Reader.
func (r *rejoined) Read(p []byte) (int, error) {
	if len(r.head) == 0 {
		return r.Text.Read(p)
	}
	n := copy(p, r.head)
	r.head = r.head[n:]
	return n, nil
}
