package yolo

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Is reports whether a path is a dataset in one of these formats, by a look at it.
func Is(path string) bool {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return false
	case !info.IsDir():
		return isYAML(path) || isData(path)
	}
	if found, err := descriptionsIn(path); err != nil || len(found) > 0 {
		return err == nil
	}
	return len(splitsIn(path)) > 0
}

func isYAML(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".yaml" || ext == ".yml"
}

// dataLine is a line that an obj.data has.
var dataLine = regexp.MustCompile(`(?m)^[ \t]*(train|valid|names)[ \t]*=`)

func isData(path string) bool { return filepath.Ext(path) == ".data" && dataLine.Match(headOf(path)) }

// configure reads what describes a dataset.
func configure(path string) (*config, error) {
	if !isDir(path) {
		if isYAML(path) {
			return readYAML(path)
		}
		return readData(path)
	}
	found, err := descriptionsIn(path)
	if err != nil {
		return nil, err
	}
	if len(found) > 1 {
		return nil, fmt.Errorf("%s holds several descriptions of a dataset (%s): name one of them", path, strings.Join(found, ", "))
	}
	if len(found) == 1 {
		return configure(found[0])
	}
	return undescribed(path)
}

// descriptionsIn returns the files in a folder that describe a dataset: data.yaml
// if there is one, or one with the folder's name, as Ultralytics prefers it.
func descriptionsIn(dir string) (found []string, err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for err == nil {
		var names []string
		names, err = f.Readdirnames(1000)
		for _, name := range names {
			if path := filepath.Join(dir, name); isYAML(name) && regular(path) && describes(path) || isData(path) {
				found = append(found, path)
			}
		}
	}
	if err != io.EOF {
		return nil, err
	}
	slices.Sort(found)
	whole, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for _, best := range []string{"data", "dataset", filepath.Base(whole), "obj"} {
		for _, path := range found {
			if strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)) == best {
				return []string{path}, nil
			}
		}
	}
	return found, nil
}

// describes reports whether a YAML file describes a dataset. One that cannot be
// read does if its name says so.
func describes(path string) bool {
	top, err := parseYAML(path)
	if err != nil {
		return strings.HasPrefix(filepath.Base(path), "data.")
	}
	keys := keysOf(top)
	return (keys["train"] != nil || keys["val"] != nil) && (keys["names"] != nil || keys["nc"] != nil)
}

func regular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// labelLine is how a line of labels begins, if it is one.
var labelLine = regexp.MustCompile(`^(\x{feff})?\s*\d+(\.0*)?([ \t]+-?\d*\.?\d+([eE][-+]?\d+)?){4,}[ \t]*(\r?\n|$)`)

// headOf returns the beginning of a file, nothing if it cannot be read.
func headOf(path string) []byte {
	if !regular(path) {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	text := make([]byte, 4<<10)
	n, _ := f.Read(text)
	return text[:n]
}

// splitsIn finds the parts of a dataset that nothing describes, by labels:
// labels/NAME, NAME/labels, labels, or labels beside images.
func splitsIn(dir string) (found []split) {
	add := func(name, images string) {
		found = append(found, split{name, []source{{path: images}}})
	}
	for _, name := range foldersIn(filepath.Join(dir, "labels")) {
		if hasLabels(filepath.Join(dir, "labels", name)) {
			add(name, "images/"+name)
		}
	}
	for _, name := range foldersIn(dir) {
		if name != "labels" && hasLabels(filepath.Join(dir, name, "labels")) {
			add(name, name+"/images")
		}
	}
	switch {
	case len(found) > 0:
	case hasLabels(filepath.Join(dir, "labels")):
		add("", "images")
	case hasLabels(dir):
		add("", ".")
	default:
		for _, name := range foldersIn(dir) {
			if hasLabels(filepath.Join(dir, name)) {
				add(name, name)
			}
		}
	}
	return found
}

// foldersIn lists the folders in a folder, sorted; none if it cannot be read.
func foldersIn(dir string) (names []string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && (e.IsDir() || e.Type()&os.ModeSymlink != 0 && isDir(filepath.Join(dir, e.Name()))) {
			names = append(names, e.Name())
		}
	}
	return names
}

// hasLabels reports whether a folder holds labels: one of the first texts that are
// not empty begins like them.
func hasLabels(dir string) bool {
	const tries = 50
	f, err := os.Open(dir)
	if err != nil {
		return false
	}
	defer f.Close()
	for tried := 0; tried < tries; {
		names, err := f.Readdirnames(1000)
		for _, name := range names {
			if !isText(name) || notLabels[name] || tried == tries {
				continue
			}
			head := headOf(filepath.Join(dir, name))
			if labelLine.Match(head) {
				return true
			}
			if len(head) > 0 {
				tried++
			}
		}
		if err != nil {
			return false
		}
	}
	return false
}

// notLabels are texts that lie beside labels.
var notLabels = map[string]bool{"classes.txt": true, "predefined_classes.txt": true, "README.txt": true, "README.roboflow.txt": true, "README.dataset.txt": true}

// namesFiles are the names of lists of names, where nothing describes a dataset.
var namesFiles = []string{"classes.txt", "labels/classes.txt", "train/classes.txt", "train/labels/classes.txt", "labels/train/classes.txt", "obj.names", "data.names"}

// undescribed makes the description of a folder that has none.
func undescribed(dir string) (*config, error) {
	c := &config{root: dir, roots: []string{dir}, splits: splitsIn(dir)}
	if len(c.splits) == 0 {
		return nil, fmt.Errorf("%s: holds no labels of YOLO", dir)
	}
	for _, name := range namesFiles {
		err := c.readNames(filepath.Join(dir, filepath.FromSlash(name)))
		if !errors.Is(err, os.ErrNotExist) {
			return c, err
		}
	}
	return c, nil
}
