package voc

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cocostat/internal/folder"
	"cocostat/internal/xmltext"
)

// tries is how many entries of a folder IsFolder looks at.
const tries = 300

// IsFolder reports whether a folder is one of VOC's XML files: they lie in it, in
// the folders in it, or in those of Annotations.
func IsFolder(dir string) bool {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return false
	}
	for _, sub := range []string{"Annotations", "annotations"} {
		if holdsXML(filepath.Join(dir, sub), 3) {
			return true
		}
	}
	return holdsXML(dir, 1)
}

// holdsXML reports whether a file of VOC's is among the first of a folder, or in
// folders so deep in it.
func holdsXML(dir string, depth int) bool {
	f, err := os.Open(dir)
	if err != nil {
		return false
	}
	defer f.Close()
	entries, _ := f.ReadDir(tries)
	beside := true // that an image has no file beside it is asked of one image
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		ext := strings.ToLower(filepath.Ext(path))
		if beside && (ext == ".jpg" || ext == ".jpeg" || ext == ".png") {
			beside = false
			path, ext = strings.TrimSuffix(path, filepath.Ext(path))+".xml", ".xml"
		}
		if ext == ".xml" && isVOC(path) {
			return true
		}
	}
	for _, e := range entries {
		if depth > 0 && e.IsDir() && holdsXML(filepath.Join(dir, e.Name()), depth-1) {
			return true
		}
	}
	return false
}

// isVOC reports whether a file begins like one of VOC's.
func isVOC(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 4096)
	n, _ := f.Read(head)
	return xmltext.Root(head[:n]) == "annotation"
}

// lists are the files of a dataset.
type lists struct {
	below  string   // the folder that names are below
	images string   // the folder of the images, "" if it is not there
	names  []string // of the split, in order
	others []string // of other splits
	labels []string // of labelmap.txt
	sets   string   // the folder of the lists, "" if there are none
	tree   *folder.Tree
}

// has reports whether there is a list of a split, or without lists a folder.
func (l *lists) has(split string) bool {
	if l.sets != "" {
		_, err := os.Stat(filepath.Join(l.sets, split+".txt"))
		return err == nil
	}
	below := func(name string) bool { return strings.HasPrefix(name, split+"/") }
	return slices.ContainsFunc(l.names, below) || slices.ContainsFunc(l.others, below)
}

// find lists the files of a dataset and those of a split.
func find(ctx context.Context, root, split string) (*lists, error) {
	l := &lists{below: root}
	for _, sub := range []string{"Annotations", "annotations"} {
		if info, err := os.Stat(filepath.Join(root, sub)); err == nil && info.IsDir() && l.below == root {
			l.below = filepath.Join(root, sub)
		}
	}
	tree, err := folder.List(ctx, l.below, func(name string) bool { return strings.EqualFold(filepath.Ext(name), ".xml") })
	if err != nil {
		return nil, err
	}
	l.tree = tree
	l.findImages(root, tree.Files)
	l.labels = labelMap(filepath.Join(root, "labelmap.txt"))
	sets := filepath.Join(root, "ImageSets", "Main")
	if entries, err := os.ReadDir(sets); err == nil && len(entries) > 0 {
		l.sets = sets
		err = l.ofSet(tree.Files, sets, split)
		return l, err
	}
	if l.names, l.others, err = folder.Split(tree.Files, split); err != nil {
		err = fmt.Errorf("%s: there is no ImageSets/Main, and %w", root, err)
	}
	return l, err
}

// findImages finds the folder of the images: JPEGImages or the like where the files
// lie in Annotations, else that of the files, or beside it.
func (l *lists) findImages(root string, files []string) {
	subs := []string{"JPEGImages", "images", "Images"}
	if l.below == root {
		dirs := []string{root}
		for _, sub := range subs {
			dirs = append(dirs, filepath.Join(root, "..", sub))
		}
		l.images = folder.ImagesIn(dirs, files)
		return
	}
	for _, sub := range subs {
		if info, err := os.Stat(filepath.Join(root, sub)); err == nil && info.IsDir() && l.images == "" {
			l.images = filepath.Join(root, sub)
		}
	}
}

// ofSet takes the files that the list of a split names.
func (l *lists) ofSet(files []string, sets, split string) error {
	if split == "" {
		if _, err := os.Stat(filepath.Join(sets, "train.txt")); err != nil {
			l.names = files
			return nil
		}
		split = "train"
	}
	if strings.ContainsAny(split, `/\`) {
		return fmt.Errorf("%s: %q is no name of a split", sets, split)
	}
	file := filepath.Join(sets, split+".txt")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: there is no list of the split %q, but %s", sets, split, listsIn(sets))
	}
	if err != nil {
		return err
	}
	listed := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || len(fields) > 1 && fields[len(fields)-1] == "-1" {
			continue
		}
		name := strings.TrimSuffix(fields[0], ".xml") + ".xml"
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("%s: line %d: %q is not below the folder: name images without folders", file, n, fields[0])
		}
		l.names = append(l.names, name)
		listed[name] = true
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w: is this a list of names, one a line?", file, err)
	}
	for _, name := range files {
		if !listed[name] {
			l.others = append(l.others, name)
		}
	}
	return nil
}

// listsIn names the lists of splits, those of single classes left out.
func listsIn(sets string) string {
	entries, _ := os.ReadDir(sets)
	var names []string
	for _, e := range entries {
		if name, is := strings.CutSuffix(e.Name(), ".txt"); is && !strings.Contains(name, "_") {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// labelMap returns the names of a labelmap.txt, "name:colour:parts:actions" a
// line, without the background; nil if there is none.
func labelMap(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		name, _, colons := strings.Cut(strings.TrimSpace(line), ":")
		if colons && !strings.HasPrefix(line, "#") && name != "background" && name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
