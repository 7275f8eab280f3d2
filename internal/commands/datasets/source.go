package datasets

import (
	"context"
	"path/filepath"
	"strings"

	"cocostat/dataset"
	"cocostat/dataset/reshape"
	"cocostat/dataset/write"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/progress"
)

// source is a dataset that a command reads.
type source struct {
	*reshape.Source
	path string
	look *dataset.Look
}

// open reads a dataset, which is read again when it is written.
func (t *target) open(ctx context.Context, path string, opt reshape.Options, line *progress.Line) (*source, error) {
	opt.Names = true
	read, look, err := input.ReadSource(ctx, path, opt, line)
	return &source{read, path, look}, err
}

// part is what stays of a source, for a writer.
func (t *target) part(name string, s *source, sel *reshape.Selection) write.Part {
	p := write.Part{Name: name, Scan: sel.Scan, Images: t.imagesOf(s)}
	if s.Copies() {
		p.Copy = sel.Copy
	}
	return p
}

// imagesOf returns the folder with the images of a source.
func (t *target) imagesOf(s *source) string {
	if t.imageDir != "" {
		return t.imageDir
	}
	return s.look.Images
}

// noteLeft says what of a source is never written.
func (t *target) noteLeft(s *reshape.Source) {
	if s.Dangling > 0 {
		t.Notef("left out: %s of an unknown image or category", plural(s.Dangling, "annotation"))
	}
	if s.Nameless > 0 {
		t.Notef("left out: %s without a readable id", plural(s.Nameless, "image"))
	}
}

// checkInputs refuses inputs that cannot be read twice, and finds those of folders.
func (t *target) checkInputs() error {
	if err := t.OpenFolders(); err != nil {
		return err
	}
	for _, path := range t.Paths {
		if input.IsFolder(path) && !dataset.IsFolder(path) {
			return cli.Usagef("%s holds tables, which have no annotations any more: name the annotation file", path)
		}
	}
	return t.Rereadable()
}

// noteSplits says that only one of several splits is read.
func (t *target) noteSplits(s *source) {
	if len(s.look.Splits) > 1 {
		var others []string
		for _, split := range s.look.Splits {
			others = append(others, s.path+":"+split)
		}
		t.Notef("of %s only the training set is read; all: cocostat dataset merge %s", s.path, strings.Join(others, " "))
	}
}

// partName is what a dataset is called among the parts of another: the word for a
// split that is in its name, or that of its folder.
func partName(path string) string {
	file, member := input.SplitMember(path)
	if member != "" {
		file = member
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		abs = file
	}
	base := filepath.Base(abs)
	if _, split, ok := strings.Cut(base, ":"); ok {
		base = split
	}
	for _, name := range []string{base, filepath.Base(filepath.Dir(abs))} {
		if split := splitWord(name); split != "" {
			return split
		}
	}
	return "train"
}

// splitWord finds the split that a name tells of.
func splitWord(name string) string {
	name = strings.ToLower(name)
	for _, word := range []string{"train", "val", "test"} {
		if strings.Contains(name, word) {
			return word
		}
	}
	return ""
}

// named takes NAME=PATH apart.
func named(arg string) (name, path string) {
	name, path, ok := strings.Cut(arg, "=")
	if !ok || write.CheckPart(name) != nil || exists(arg) {
		return "", arg
	}
	return name, path
}

// twoParts is the error for two parts of one name.
func twoParts(name, a, b string) error {
	return cli.Usagef("%s and %s would both be the part %s: name them, as in %s=%s", a, b, name, name+"2", b)
}
