package predict

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cocostat/internal/cli"
	"cocostat/train/data"
)

// picture is an image to look at.
type picture struct {
	path string
	name string // below the folder that was named, or the last element of path
}

// gathered are the images that arguments name.
type gathered struct {
	pictures []picture
	seen     map[string]bool
	twice    int            // files that were named again
	left     map[string]int // by extension, files in folders that cannot be read
}

// gather lists the images that args name: files, folders with all that is below
// them, and - for a list of paths on in, with a line each, or ended by NUL.
func gather(args []string, in io.Reader, null bool) (*gathered, error) {
	g := &gathered{seen: map[string]bool{}, left: map[string]int{}}
	for _, arg := range args {
		var err error
		if arg == "-" {
			err = g.list(in, null)
		} else {
			err = g.add(arg)
		}
		if err != nil {
			return nil, err
		}
	}
	return g, nil
}

// list adds the paths on in.
func (g *gathered) list(in io.Reader, null bool) error {
	s := bufio.NewScanner(in)
	s.Buffer(nil, 1<<20)
	if null {
		s.Split(splitNull)
	}
	for s.Scan() {
		if path := s.Text(); path != "" {
			if err := g.add(path); err != nil {
				return err
			}
		}
	}
	if s.Err() != nil {
		return fmt.Errorf("the list of images on standard input: %w", s.Err())
	}
	return nil
}

// splitNull is a bufio.SplitFunc for texts that end with NUL.
func splitNull(content []byte, end bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(content, 0); i >= 0 {
		return i + 1, content[:i], nil
	}
	if end && len(content) > 0 {
		return len(content), content, nil
	}
	return 0, nil, nil
}

// add adds a file, or what is in a folder. That a file is not there is left to
// be found when it is read, where it is handled as any bad image.
func (g *gathered) add(path string) error {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		g.file(path, filepath.Base(path))
		return nil
	}
	before, twice := len(g.pictures), g.twice
	err = filepath.WalkDir(path, func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(e.Name(), ".") && file != path {
			if e.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if e.IsDir() {
			return nil
		}
		extension := strings.ToLower(filepath.Ext(file))
		if !slices.Contains(data.Extensions, extension) {
			if g.first(file) {
				g.left[extension]++
			}
			return nil
		}
		name, err := filepath.Rel(path, file)
		if err != nil {
			return err
		}
		g.file(file, name)
		return nil
	})
	if err == nil && len(g.pictures) == before && g.twice == twice {
		err = fmt.Errorf("%s holds no image (%s)", path, strings.Join(data.Extensions, ", "))
	}
	return err
}

func (g *gathered) file(path, name string) {
	if !g.first(path) {
		g.twice++
		return
	}
	g.pictures = append(g.pictures, picture{path, name})
}

// first reports whether a file comes for the first time.
func (g *gathered) first(path string) bool {
	clean := filepath.Clean(path)
	was := g.seen[clean]
	g.seen[clean] = true
	return !was
}

// notes says what was left out.
func (g *gathered) notes() (notes []string) {
	if g.twice > 0 {
		notes = append(notes, fmt.Sprintf("%d files named more than once are done once", g.twice))
	}
	for _, extension := range slices.Sorted(maps.Keys(g.left)) {
		kind := extension
		if kind == "" {
			kind = "no extension"
		}
		notes = append(notes, fmt.Sprintf("%d files left out: %s is no image that can be read", g.left[extension], kind))
	}
	return notes
}

// items are the images as package train takes them, with the numbers 1…N.
func (g *gathered) items() []data.Item {
	items := make([]data.Item, len(g.pictures))
	for i, p := range g.pictures {
		items[i] = data.Item{ID: int64(i + 1), FileName: filepath.ToSlash(p.path), Path: p.path}
	}
	return items
}

// annotated gives the items the ids and sizes of an annotation file's images,
// found by their names. Without items, they are all images of the file, in the
// folder images or where they are found.
func annotated(ctx context.Context, items []data.Item, path, images string) ([]data.Item, error) {
	if len(items) == 0 {
		set, err := data.OpenSet(ctx, path, images)
		if err != nil {
			return nil, data.ByFlag(err, "--images")
		}
		return set.Items, nil
	}
	index, err := readNames(ctx, path)
	if err != nil {
		return nil, err
	}
	for i := range items {
		known, err := index.find(items[i].Path)
		if err != nil {
			return nil, cli.Usagef("%w %s: leave it out, or leave --annotations out", err, path)
		}
		items[i].ID, items[i].Width, items[i].Height = known.ID, known.Width, known.Height
	}
	return items, nil
}
