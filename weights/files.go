package weights

import (
	"fmt"
	"slices"

	"cocostat/annotations"
	"cocostat/internal/atomicfile"
)

// Files names the files that training reads. An empty name leaves a file out.
type Files struct {
	Weights string // see Table
	Eta     string // see EtaTable
	Images  string // see ImageTable
}

// Paths lists the names that are not empty.
func (f Files) Paths() []string {
	return slices.DeleteFunc([]string{f.Weights, f.Eta, f.Images}, func(path string) bool { return path == "" })
}

// WriteFiles writes the table and what MakeEta and MakeImages make of it and of
// the counts that it was built from. All of the files appear, or none does.
func (t *Table) WriteFiles(f Files, c *annotations.Counts) error {
	var tables []written // in the order of f.Paths
	if f.Weights != "" {
		tables = append(tables, t)
	}
	if f.Eta != "" {
		eta, err := MakeEta(c, t.Meta.Eta, t.Meta.Version)
		if err != nil {
			return err
		}
		tables = append(tables, eta)
	}
	if f.Images != "" {
		images, err := MakeImages(c, t)
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
type written interface {
	validate() error
	file(path string) atomicfile.File
}

// fileOf returns the file of a table, unless it is one that would not be read.
func fileOf(t written, path string) (atomicfile.File, error) {
	if err := t.validate(); err != nil {
		return atomicfile.File{}, fmt.Errorf("weights: will not write %s: %w", path, err)
	}
	return t.file(path), nil
}
