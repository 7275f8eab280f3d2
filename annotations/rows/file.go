package rows

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/columnar"
	"cocostat/internal/source"
)

// Is reports whether a path is a regular file that begins as Parquet or Arrow does.
func Is(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, headSize)
	n, _ := io.ReadFull(f, head)
	return isTable(head[:n])
}

// headSize is how many bytes tell a format.
const headSize = 64

func isTable(head []byte) bool {
	return bytes.HasPrefix(head, columnar.ParquetMagic) || bytes.HasPrefix(head, columnar.ArrowMagic) || columnar.LooksLikeArrowStream(head)
}

// openTable opens the content of a file.
func openTable(data []byte) (*columnar.Table, error) {
	switch {
	case bytes.HasPrefix(data, columnar.ParquetMagic):
		return columnar.OpenParquet(data)
	case bytes.HasPrefix(data, columnar.ArrowMagic):
		return columnar.OpenArrow(data)
	}
	return columnar.OpenArrowStream(data)
}

// File is a file with a row per annotation, and the tables beside it.
type File struct {
	path   string
	opt    annotations.Options
	source annotations.Source
	sum    hash.Hash
	files  []string // base names of the files that are read
}

// Open opens a file; there are no splits of it.
func Open(_ context.Context, path, split string, opt annotations.Options) (annotations.Folder, error) {
	if split != "" {
		return nil, fmt.Errorf("%s has no splits, so none that is called %q", path, split)
	}
	return &File{path: path, opt: opt}, nil
}

// Name is that of annotations.Folder.
func (f *File) Name() string { return f.path }

// Images is that of annotations.Folder.
func (f *File) Images() string { return "" }

// Source is that of annotations.Folder: of all files that were read, in the order
// of Visitor.Files.
func (f *File) Source() annotations.Source { return f.source }

// read reads a file into memory, for its table.
func (f *File) read(ctx context.Context, path string) (*columnar.Table, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot open: %w", path, source.Cause(err))
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, source.Cause(err))
	}
	data := make([]byte, info.Size())
	for at := 0; at < len(data); {
		n, err := in.Read(data[at:min(len(data), at+16<<20)])
		if err == nil {
			err = ctx.Err()
		}
		if at += n; err != nil {
			return nil, fmt.Errorf("%s: reading at byte %d: %w", path, at, source.Cause(err))
		}
		if f.opt.Progress != nil {
			f.opt.Progress(f.path, int64(at), info.Size())
		}
	}
	f.source.Bytes += int64(len(data))
	if !f.opt.NoHash {
		f.sum.Write(data)
	}
	t, err := openTable(data)
	if err != nil {
		return nil, &annotations.FormatError{File: path, Msg: fmt.Sprintf("damaged, or no Parquet or Arrow file: %v", err)}
	}
	return t, nil
}

// beside returns the table of that name beside a file of boxes, nil if there is none.
func (f *File) beside(ctx context.Context, name string) (*columnar.Table, error) {
	dir, base := filepath.Split(f.path)
	stem, ext, _ := strings.Cut(base, ".")
	if stem != "boxes" {
		return nil, nil
	}
	for _, ext := range []string{ext, "parquet", "arrow"} {
		path := filepath.Join(dir, name+"."+ext)
		if Is(path) {
			f.files = append(f.files, filepath.Base(path))
			return f.read(ctx, path)
		}
	}
	return nil, nil
}

// Scan is that of annotations.Folder.
func (f *File) Scan(ctx context.Context, v annotations.Visitor) error {
	f.sum, f.source = sha256.New(), annotations.Source{Path: f.path}
	f.files = []string{filepath.Base(f.path)}
	t, err := f.read(ctx, f.path)
	if err != nil {
		return err
	}
	s := &scan{ctx: ctx, file: f.path, visitor: v, table: t}
	if err := s.open(f.opt.Columns); err != nil {
		return err
	}
	images, err := f.beside(ctx, "images")
	if err != nil {
		return err
	}
	imageFile := len(f.files) - 1
	classes, err := f.beside(ctx, "classes")
	if err != nil {
		return err
	}
	if !f.opt.NoHash {
		f.source.SHA256 = hex.EncodeToString(f.sum.Sum(nil))
	}
	if s.at[imageID] >= 0 {
		f.files[0] = "" // the ids are those of the file
	}
	if v.Files != nil {
		v.Files(f.files)
	}
	if images != nil {
		s.images, s.imageFile = images, imageFile
	}
	if classes != nil {
		s.classes, s.classFile = classes, len(f.files)-1
	}
	return s.run()
}
