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
	var files []atomicfile.File
	if f.Weights != "" {
		if err := t.validate(); err != nil {
			return fmt.Errorf("weights: will not write %s: %w", f.Weights, err)
		}
		files = append(files, t.file(f.Weights))
	}
	if f.Eta != "" {
		eta, err := MakeEta(c, t.Meta.Eta, t.Meta.Version)
		if err != nil {
			return err
		}
		if err := eta.validate(); err != nil {
			return fmt.Errorf("weights: will not write %s: %w", f.Eta, err)
		}
		files = append(files, eta.file(f.Eta))
	}
	if f.Images != "" {
		images, err := MakeImages(c, t)
		if err != nil {
			return err
		}
		if err := images.validate(); err != nil {
			return fmt.Errorf("weights: will not write %s: %w", f.Images, err)
		}
		files = append(files, images.file(f.Images))
	}
	return writeAll(files...)
}
