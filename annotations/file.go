package annotations

import (
	"cmp"
	"context"
	"io"
	"os"
	"path/filepath"
)

// File is a [Folder] of a single text that names the split of each image, or lies
// beside its images.
type File struct {
	path, split, images string
	opt                 Options
	scan                func(ctx context.Context, r io.Reader, name string, v Visitor) error
	source              Source
}

// OpenFile returns the folder of the text at a path, of which scan reads the split.
// The images are in the first of the folders, below that of the path, that exists.
func OpenFile(path, split string, images []string, opt Options, scan func(ctx context.Context, r io.Reader, name string, v Visitor) error) *File {
	f := &File{path: path, split: split, opt: opt, scan: scan}
	for _, dir := range images {
		dir = filepath.Join(filepath.Dir(path), dir)
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			f.images = cmp.Or(f.images, dir)
		}
	}
	return f
}

// Name is that of Folder.
func (f *File) Name() string {
	if f.split != "" {
		return f.path + ":" + f.split
	}
	return f.path
}

// Images is that of Folder.
func (f *File) Images() string { return f.images }

// Source is that of Folder.
func (f *File) Source() Source { return f.source }

// Scan is that of Folder.
func (f *File) Scan(ctx context.Context, v Visitor) error {
	text, err := Open(ctx, f.path, f.opt)
	if err != nil {
		return err
	}
	defer text.Close()
	if err := f.scan(ctx, text, f.Name(), v); err != nil {
		return err
	}
	if f.source, err = text.Source(); err != nil {
		return err
	}
	f.source.Path = f.Name()
	return nil
}
