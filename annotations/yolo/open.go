package yolo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"cocostat/annotations"
)

// dataset is a split that is open for reading.
type dataset struct {
	*gathered
	name   string // for messages
	given  string
	images string // the deepest folder that all images share; "" if they are not there
	common string // as images, whether they are there or not
	opt    annotations.Options
	source annotations.Source

	splits []string // of the dataset

	beside []string // what is read beside the labels, and named in problems
}

// Open opens the split of a dataset: path is what [Is] takes. Without a split it is
// the training set, or all there is. Of the options, Progress and NoHash matter.
func Open(ctx context.Context, path, split string, opt annotations.Options) (annotations.Folder, error) {
	c, err := configure(path)
	if err != nil {
		return nil, err
	}
	part, err := c.choose(split)
	if err != nil {
		return nil, err
	}
	g, err := c.gather(ctx, part)
	if err != nil {
		return nil, err
	}
	name := path
	if part.name != "" && (split != "" || len(c.splits) > 1) {
		name += ":" + part.name
	}
	d := &dataset{gathered: g, name: name, given: path, opt: opt, beside: c.beside, splits: c.parts()}
	if split != "" {
		d.given += ":" + split
	}
	if len(g.items) == 0 {
		return nil, fmt.Errorf("%s: holds neither images nor labels (looked in %s)", name, sourceNames(part.sources))
	}
	d.share()
	return d, nil
}

func sourceNames(list []source) string {
	var names []string
	for _, s := range list {
		names = append(names, s.path)
	}
	return strings.Join(names, ", ")
}

// share finds the deepest folder that all images share.
func (d *dataset) share() {
	d.common = filepath.Dir(d.items[0].image)
	there := false
	for i := range d.items {
		image := d.items[i].image
		for !inFolder(d.common, image) {
			up := filepath.Dir(d.common)
			if up == d.common {
				break // paths of two kinds, relative and full
			}
			d.common = up
		}
		there = there || !d.items[i].lone()
	}
	if there && isDir(d.common) {
		d.images = d.common
	}
}

// inFolder reports whether a clean path begins with a folder.
func inFolder(dir, path string) bool {
	if dir == "." {
		return !filepath.IsAbs(path) && !strings.HasPrefix(path, "..")
	}
	rest, ok := strings.CutPrefix(path, dir)
	return ok && (strings.HasSuffix(dir, string(filepath.Separator)) || strings.HasPrefix(rest, string(filepath.Separator)))
}

// below returns a path as seen from a folder, with slashes; a full path if one of
// them is full and the other not.
func below(dir, path string) string {
	if !inFolder(dir, path) {
		if whole, err := filepath.Abs(path); err == nil && filepath.IsAbs(dir) {
			path = whole
		}
		if name, err := filepath.Rel(dir, path); err == nil {
			path = name
		}
		return filepath.ToSlash(path)
	}
	if dir == "." {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(strings.TrimPrefix(path[len(dir):], string(os.PathSeparator)))
}

func (d *dataset) Name() string               { return d.name }
func (d *dataset) Images() string             { return d.images }
func (d *dataset) Source() annotations.Source { return d.source }

// Format and Splits are those of annotations.Parted.
func (d *dataset) Format() string   { return "yolo" }
func (d *dataset) Splits() []string { return d.splits }
