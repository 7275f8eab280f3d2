package folder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Tree is what List found below a folder. Paths are below it, with slashes, and
// sorted by bytes.
type Tree struct {
	Files []string // that keep wants
	// Outside are links to files and folders that are not below the folder. They
	// were followed.
	Outside []string
	// Again are links to folders that are listed under another name, or that the
	// folder lies in. They were not followed.
	Again []string
	// Odd is what keep wants and cannot be read: pipes, devices, links to nothing.
	Odd []string
}

// maxFiles is how many files a folder may hold: more are a mistake, such as a
// whole disk in place of a dataset.
const maxFiles = 1 << 26

// List lists the files in a folder and those below it whose name keep wants, a
// base name; hidden ones, with a dot in front, are none. Links are followed, each
// folder once, so that loops of them end.
func List(ctx context.Context, root string, keep func(name string) bool) (*Tree, error) {
	info, err := os.Stat(root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", root, cause(err))
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s: is no folder", root)
	}
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", root, cause(err))
	}
	l := &lister{ctx: ctx, root: root, real: real, keep: keep, seen: map[string]bool{}, folders: map[string]string{}}
	if err := l.walk(".", real); err != nil {
		return nil, err
	}
	// Folders that are none by a link come first, so that they keep their names.
	slices.Sort(l.links)
	for len(l.links) > 0 {
		link := l.links[0]
		l.links = l.links[1:]
		known := len(l.links)
		if err := l.follow(link); err != nil {
			return nil, err
		}
		slices.Sort(l.links[known:])
	}
	for _, list := range [][]string{l.tree.Files, l.tree.Outside, l.tree.Again, l.tree.Odd} {
		slices.Sort(list)
	}
	return &l.tree, nil
}

// cause returns what lies under an error that names the path.
func cause(err error) error {
	if p := new(fs.PathError); errors.As(err, &p) {
		return p.Err
	}
	return err
}

type lister struct {
	ctx        context.Context
	root, real string // the folder as given, and without links
	keep       func(string) bool
	tree       Tree
	seen       map[string]bool   // folders without links
	links      []string          // links to folders, still to follow
	folders    map[string]string // what folders are without links
}

// walk lists a folder, which is real without links, and those below it.
func (l *lister) walk(name, real string) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	if l.seen[real] {
		l.tree.Again = append(l.tree.Again, name)
		return nil
	}
	l.seen[real] = true
	entries, err := entriesOf(filepath.Join(l.root, filepath.FromSlash(name)))
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(l.root, name), cause(err))
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		below := path.Join(name, e.Name())
		switch mode := e.Type(); {
		case mode.IsDir():
			err = l.walk(below, filepath.Join(real, e.Name()))
		case mode&fs.ModeSymlink != 0:
			l.link(below)
		case !l.keep(e.Name()):
		case mode.IsRegular():
			l.tree.Files = append(l.tree.Files, below)
		default:
			l.tree.Odd = append(l.tree.Odd, below)
		}
		if len(l.tree.Files) > maxFiles {
			err = fmt.Errorf("%s: more than %d files: name the folder of the dataset alone", l.root, maxFiles)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// entriesOf is os.ReadDir without an order, which the whole tree gets in the end.
func entriesOf(dir string) ([]fs.DirEntry, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}

// link enters a link to a file, or keeps that to a folder for later.
func (l *lister) link(name string) {
	at := filepath.Join(l.root, filepath.FromSlash(name))
	info, err := os.Stat(at)
	switch {
	case err == nil && info.IsDir():
		l.links = append(l.links, name)
	case !l.keep(path.Base(name)):
	case err != nil || !info.Mode().IsRegular():
		l.tree.Odd = append(l.tree.Odd, name)
	default:
		l.tree.Files = append(l.tree.Files, name)
		if !within(l.real, l.resolve(at)) {
			l.tree.Outside = append(l.tree.Outside, name)
		}
	}
}

// follow lists the folder that a link leads to.
func (l *lister) follow(name string) error {
	real, err := filepath.EvalSymlinks(filepath.Join(l.root, filepath.FromSlash(name)))
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(l.root, name), cause(err))
	}
	if l.seen[real] || within(real, l.real) {
		l.tree.Again = append(l.tree.Again, name)
		return nil
	}
	if !within(l.real, real) {
		l.tree.Outside = append(l.tree.Outside, name)
	}
	return l.walk(name, real)
}

// resolve returns where a link to a file leads, without links. Many links lead to
// one folder, which is looked at once.
func (l *lister) resolve(at string) string {
	to, err := os.Readlink(at)
	if err != nil {
		return at
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(filepath.Dir(at), to)
	}
	dir := filepath.Dir(to)
	real, known := l.folders[dir]
	if !known {
		if real, err = filepath.EvalSymlinks(dir); err != nil {
			real = dir
		}
		l.folders[dir] = real
	}
	to = filepath.Join(real, filepath.Base(to))
	if info, err := os.Lstat(to); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if to, err = filepath.EvalSymlinks(to); err != nil {
			return at
		}
	}
	return to
}

// within reports whether a path is that of a folder, or below it. Neither has links.
func within(dir, path string) bool {
	below, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(below)
}
