package datasets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/dataset/write"
	"cocostat/internal/atomicfile"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/compress"
	"cocostat/internal/progress"
)

// target is where the result goes, and how.
type target struct {
	input.Files
	out      string
	to       write.Format
	images   write.Mode
	imageDir string
	flat     bool
	force    bool

	file bool // the result is a single file of COCO's JSON
	same bool // as all that is read
}

// addFlags adds the flags that all subcommands have.
func (t *target) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&t.out, "output", "o", "", "`folder` to write, or a file for COCO's JSON alone (.json, .gz, .zst)")
	cli.Choice(cmd, &t.to, "to", "", "what to write: coco, yolo or voc (default: as the input, if it is one of these)", write.Formats...)
	cli.Choice(cmd, &t.images, "images", "", "what becomes of the images: link, copy or none (default: none for coco, link for the others)", write.Modes...)
	f.StringVar(&t.imageDir, "image-dir", "", "`folder` with the images, where it is not found")
	f.BoolVar(&t.flat, "flat", false, "leave the folders in the images' names away")
	f.BoolVar(&t.force, "force", false, "replace what is there")
	cli.CompleteFolders(cmd, "image-dir")
}

// complete checks the flags.
func (t *target) complete(given func(string) bool, parts bool) error {
	if t.out == "" {
		return cli.Usagef("-o says what to write: a folder, or a file for COCO's JSON")
	}
	if t.imageDir != "" && !input.IsFolder(t.imageDir) {
		return cli.Usagef("--image-dir %s: there is no such folder", t.imageDir)
	}
	t.file = slices.Contains([]string{".json", ".gz", ".zst"}, strings.ToLower(filepath.Ext(t.out)))
	if t.file {
		if err := t.completeFile(given, parts); err != nil {
			return err
		}
	} else if err := output.CheckFolder("output", t.out); err != nil {
		return err
	}
	if t.out == "-" {
		return cli.Usagef("-o -: a dataset is files; name a folder, or a file")
	}
	return t.checkInputs()
}

// completeFile checks what a single file can be.
func (t *target) completeFile(given func(string) bool, parts bool) error {
	switch {
	case parts:
		return cli.Usagef("-o %s: several parts need a folder", t.out)
	case t.to != "" && t.to != write.COCO:
		return cli.Usagef("-o %s is a file, and --to %s a folder", t.out, t.to)
	case given("images") && t.images != write.None:
		return cli.Usagef("-o %s is a file: a folder is needed for the images", t.out)
	}
	for _, flag := range []string{"flat", "part"} {
		if given(flag) {
			return cli.Usagef("-o %s is a file: --%s has a meaning for folders only", t.out, flag)
		}
	}
	t.to, t.images = write.COCO, write.None
	return nil
}

// settle chooses what was not asked for, now that the inputs are known, and checks
// that nothing is in the way.
func (t *target) settle(sources ...*source) error {
	if t.to == "" {
		t.to = write.COCO
		if f := write.Format(sources[0].look.Format); slices.Contains(write.Formats, f) {
			t.to = f
		}
	}
	if t.images == "" {
		t.images = write.Link
		if t.to == write.COCO {
			t.images = write.None
		}
	}
	t.same = true
	for _, s := range sources {
		t.same = t.same && s.look.Format == string(t.to)
		if t.images != write.None && t.imagesOf(s) == "" {
			t.Notef("the images of %s are not found: --image-dir names their folder", s.path)
		}
		if err := t.spare(s); err != nil {
			return err
		}
	}
	if t.file {
		return t.checkFile()
	}
	return t.checkFolder()
}

func (t *target) checkFile() error {
	if _, err := os.Lstat(t.out); err == nil && !t.force && !atomicfile.IsStream(t.out) {
		return cli.Usagef("%s is there already: --force replaces it", t.out)
	}
	return t.CheckOutputs(t.out)
}

// ours are the names at the top of a folder that is a dataset: what --force may
// remove.
var ours = []string{"annotations", "images", "labels", "Annotations", "ImageSets", "JPEGImages", "labelmap.txt"}

func (t *target) checkFolder() error {
	if within(".", t.out) {
		return cli.Usagef("-o %s is the folder that you are in, or above it, and would be another afterwards: name one in it", t.out)
	}
	entries, err := os.ReadDir(t.out)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(entries) == 0 {
		return atomicfile.CheckFolder(filepath.Dir(filepath.Clean(t.out)))
	}
	if err != nil {
		return fmt.Errorf("-o: %w", err)
	}
	if !t.force {
		return cli.Usagef("%s is not empty: --force replaces it", t.out)
	}
	for _, e := range entries {
		if name := e.Name(); !slices.Contains(ours, name) && !(strings.HasPrefix(name, "data") && filepath.Ext(name) == ".yaml") {
			return cli.Usagef("%s holds %s, which is no part of a dataset that --force may replace: remove it, or choose another folder", t.out, name)
		}
	}
	return nil
}

// spare refuses to write where the input is.
func (t *target) spare(s *source) error {
	archive, _ := input.SplitMember(s.path)
	if i := strings.LastIndexByte(archive, ':'); i > 0 && !exists(archive) {
		archive = archive[:i]
	}
	for _, path := range []string{archive, t.imagesOf(s)} {
		if path != "" && (within(path, t.out) || input.SameFile(path, t.out)) {
			return cli.Usagef("%s is an input, or in %s, and would be overwritten", path, t.out)
		}
	}
	return nil
}

// within reports whether a path is that of a folder, or in it.
func within(path, dir string) bool {
	real := func(p string) string {
		if e, err := filepath.EvalSymlinks(p); err == nil {
			p = e
		}
		if a, err := filepath.Abs(p); err == nil {
			p = a
		}
		return p
	}
	rel, err := filepath.Rel(real(dir), real(path))
	return err == nil && filepath.IsLocal(rel)
}

// write writes the parts, and says what was lost.
func (t *target) write(ctx context.Context, parts []write.Part, folds bool, line *progress.Line) error {
	if t.file {
		lost := &write.Losses{}
		err := atomicfile.Write(t.out, func(w io.Writer) error {
			return compress.ByName(w, t.out, func(w io.Writer) error { return parts[0].JSON(ctx, w) })
		})
		line.Done()
		if err == nil {
			t.noteLosses(lost, parts)
		}
		return err
	}
	var lost *write.Losses
	err := atomicfile.WriteFolder(t.out, t.force, func(dir string) (err error) {
		lost, err = write.Folder(ctx, dir, parts, write.Options{Format: t.to, Images: t.images, Flat: t.flat, Folds: folds,
			Together: folds && t.to == write.COCO, Progress: func(part string, done, total int) {
				line.Update(func() string { return fmt.Sprintf("writing %s: %d of %d images", part, done, total) })
			}})
		return err
	})
	line.Done()
	if err == nil {
		t.noteLosses(lost, parts)
	}
	return err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
