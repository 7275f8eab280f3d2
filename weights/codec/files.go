package codec

import (
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"cocostat/annotations"
	"cocostat/internal/atomicfile"
	"cocostat/weights"
)

// Files names the files that training reads. An empty name leaves a file out.
type Files struct {
	Weights string // see weights.Table
	Eta     string // see weights.EtaTable
	Images  string // see weights.ImageTable
}

// Paths lists the names that are not empty.
func (f Files) Paths() []string {
	return slices.DeleteFunc([]string{f.Weights, f.Eta, f.Images}, func(path string) bool { return path == "" })
}

// WriteFiles writes the table and what weights.MakeEta and MakeImages make of it and of
// the counts that it was built from. All of the files appear, or none does.
func WriteFiles(f Files, t *weights.Table, c *annotations.Counts) error {
	var tables []written // in the order of f.Paths
	if f.Weights != "" {
		tables = append(tables, t)
	}
	if f.Eta != "" {
		eta, err := weights.MakeEta(c, t.Meta.Eta, t.Meta.Version)
		if err != nil {
			return err
		}
		tables = append(tables, eta)
	}
	if f.Images != "" {
		images, err := weights.MakeImages(c, t)
		if err != nil {
			return err
		}
		tables = append(tables, images)
	}
	var files []atomicfile.File
	for i, path := range f.Paths() {
		file, err := fileOf(tables[i], path)
		if err != nil {
			return err
		}
		files = append(files, file)
	}
	return writeAll(files...)
}

// written is a table that becomes a file.
type written interface{ Validate() error }

// fileOf returns the file of a table, unless it is one that would not be read.
// Weights are in the encoding that the extension stands for, others in Arrow.
func fileOf(t written, path string) (atomicfile.File, error) {
	if err := t.Validate(); err != nil {
		return atomicfile.File{}, fmt.Errorf("weights: will not write %s: %w", path, err)
	}
	file := atomicfile.File{Path: path}
	switch t := t.(type) {
	case *weights.Table:
		e, known := EncodingOf(path)
		if !known {
			e = Arrow
		}
		file.Fill = fillWith(t, e)
	case *weights.EtaTable:
		file.Fill = func(w io.Writer) error { return encodeEta(w, t, memory.DefaultAllocator) }
	case *weights.ImageTable:
		file.Fill = func(w io.Writer) error { return encodeImages(w, t, memory.DefaultAllocator) }
	}
	return file, nil
}
