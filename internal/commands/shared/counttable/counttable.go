// Package counttable reads counts per class, from whatever file holds them.
package counttable

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/internal/classcounts"
	"cocostat/internal/wholefile"
	"cocostat/weights"
	"cocostat/weights/codec"
)

// Classes reads the classes of a profile: an annotation file, or a table of
// counts in one of the forms that the help of the command lists.
func Classes(ctx context.Context, path string, opt annotations.Options) ([]classcounts.Class, error) {
	if dataset.IsFolder(path) {
		classes, err := datasetCounts(ctx, path, opt)
		if _, other := errors.AsType[*annotations.FormatError](err); !other || !dataset.IsColumns(path) {
			return classes, err
		} // a Parquet or Arrow file may hold counts as well
	}
	table, _, err := Read(ctx, path, nil, false)
	switch {
	case errors.Is(err, classcounts.ErrDataset):
		return datasetCounts(ctx, path, opt)
	case err != nil:
		return nil, fmt.Errorf("%w\nsee 'cocostat lt --help' for what --like takes", err)
	}
	return table.Classes, nil
}

// ErrNoText is that of what is read as text and is none.
var ErrNoText = errors.New("it is no text")

// Read reads a table of counts, or the counts of a weights file, and
// describes the file. stdin is what "-" reads. With strict, an object of counts
// may hold nothing else but texts. The error wraps those of classcounts.Read.
func Read(ctx context.Context, path string, stdin io.Reader, strict bool) (*classcounts.Table, annotations.Source, error) {
	text, err := annotations.Open(ctx, path, annotations.Options{Stdin: stdin})
	if err != nil {
		return nil, annotations.Source{}, err
	}
	defer text.Close()
	json := false
	data, err := wholefile.From(text, classcounts.MaxSize, func(head []byte) error {
		json = strings.HasPrefix(strings.TrimLeft(strings.TrimPrefix(string(head), "\ufeff"), " \t\r\n"), "{")
		if !classcounts.IsColumns(head) && strings.ContainsRune(string(head), 0) && !isUTF16(head) {
			return ErrNoText
		}
		return nil
	})
	switch {
	case err != nil && json: // as large as annotations are
		return nil, annotations.Source{}, fmt.Errorf("%s: %w", text.Name(), classcounts.ErrDataset)
	case err != nil:
		return nil, annotations.Source{}, fmt.Errorf("%s: no class counts: %w", text.Name(), err)
	}
	source, err := text.Source()
	if err != nil {
		return nil, source, err
	}
	var table *classcounts.Table
	if classcounts.IsColumns(data) && strings.Contains(classcounts.Metadata(data, weights.MetadataKey), `"`+weights.Format+`"`) {
		table, err = weightsCounts(path)
	} else {
		table, err = classcounts.Read(data, strict)
	}
	if err != nil {
		return nil, source, fmt.Errorf("%s: no class counts: %w", text.Name(), err)
	}
	return table, source, nil
}

func isUTF16(head []byte) bool {
	return strings.HasPrefix(string(head), "\xff\xfe") || strings.HasPrefix(string(head), "\xfe\xff")
}

// datasetCounts counts an annotation file.
func datasetCounts(ctx context.Context, path string, opt annotations.Options) ([]classcounts.Class, error) {
	c, err := dataset.Count(ctx, []string{path}, opt)
	if err != nil {
		return nil, err
	}
	rows := make([]classcounts.Class, len(c.Categories))
	for i, k := range c.Categories {
		rows[i] = classcounts.Class{ID: &k.ID, Name: k.Name, Instances: c.Instances[i], Images: &c.Images[i], Place: fmt.Sprintf("category %d", k.ID)}
	}
	return rows, nil
}

// weightsCounts reads the counts of a weights file.
func weightsCounts(path string) (*classcounts.Table, error) {
	t, err := codec.ReadFile(path)
	if err != nil {
		return nil, err
	}
	out := &classcounts.Table{Classes: make([]classcounts.Class, len(t.Rows))}
	for i := range t.Rows {
		r := &t.Rows[i]
		out.Classes[i] = classcounts.Class{ID: &r.CategoryID, Name: r.Name, Instances: r.Instances, Place: fmt.Sprintf("row %d", i+1)}
		if t.Meta.AnnotatedImages > 0 {
			out.Classes[i].Images = &r.Images
		}
	}
	if m := &t.Meta; m.AnnotatedImages > 0 {
		out.AnnotatedImages, out.TotalImages = &m.AnnotatedImages, &m.Images
	}
	return out, nil
}
