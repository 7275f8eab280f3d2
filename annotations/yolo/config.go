package yolo

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"cocostat/internal/folder"
)

// config says what a dataset consists of.
type config struct {
	file   string   // the description; "": there is none, and the folders speak for themselves
	root   string   // the dataset's folder
	roots  []string // folders that paths may be relative to, the likeliest first
	splits []split
	named  bool
	names  []class // if named
	points int     // numbers for keypoints behind each box
	beside []string
}

// split is a part of a dataset, such as the training set.
type split struct {
	name    string // "": the dataset is in one part
	sources []source
}

// source is where images of a split are: a folder, a list, an image.
type source struct {
	path string // as written
	file string // that says so, "" if none
	line int
}

// class is a line of the list of names.
type class struct {
	index int64
	name  string
	file  int // in config.beside
	line  int
}

// Limits on files that are read as a whole: beyond them they are something else.
const (
	mostConfig = 8 << 20
	mostList   = 512 << 20
	mostLabels = 16 << 20
)

// readWhole reads a file of up to most bytes.
func readWhole(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s: reading: %w", path, err)
	}
	if int64(len(text)) > most {
		return nil, fmt.Errorf("%s: more than %d bytes are %w", path, most, folder.ErrSize)
	}
	return text, nil
}

// readNames reads a list of names, a class a line. Empty lines at its end are none.
func (c *config) readNames(path string) error {
	text, err := readWhole(path, mostConfig)
	if err != nil {
		return err
	}
	file := c.describe(path)
	lines := strings.Split(strings.TrimRight(strings.TrimPrefix(string(text), "\ufeff"), " \t\r\n"), "\n")
	c.named, c.names = true, nil
	for i, line := range lines {
		c.names = append(c.names, class{int64(i), strings.TrimSpace(line), file, i + 1})
	}
	if len(lines) == 1 && lines[0] == "" {
		return fmt.Errorf("%s: is empty: write the names of the classes, a line each", path)
	}
	return nil
}

// numberNames names n classes by their numbers, as Ultralytics does: a line of the
// description says how many there are.
func (c *config) numberNames(n, line int) {
	c.named, c.names = true, nil
	for i := range n {
		c.names = append(c.names, class{int64(i), className(int64(i)), 0, line})
	}
}

func className(index int64) string { return "class_" + strconv.FormatInt(index, 10) }

// describe enters a file that is read beside the labels.
func (c *config) describe(path string) (number int) {
	if i := slices.Index(c.beside, path); i >= 0 {
		return i
	}
	c.beside = append(c.beside, path)
	return len(c.beside) - 1
}

// aliases are other names of splits.
var aliases = map[string]string{"valid": "val", "validation": "val", "training": "train", "testing": "test"}

// same reports whether two names mean one split.
func same(a, b string) bool {
	plain := func(s string) string {
		if name, ok := aliases[s]; ok {
			return name
		}
		return s
	}
	return plain(a) == plain(b)
}

// choose returns the split of that name; without one the training set, or all
// there is.
func (c *config) choose(name string) (split, error) {
	want := name
	if want == "" {
		want = "train"
	}
	for _, s := range c.splits {
		if same(s.name, want) {
			return s, nil
		}
	}
	if name != "" {
		return split{}, fmt.Errorf("%s: has no split %q, but %s", c.title(), name, c.splitNames())
	}
	var all split
	for _, s := range c.splits {
		all.sources = append(all.sources, s.sources...)
	}
	return all, nil
}

// title is what messages call the dataset.
func (c *config) title() string {
	if c.file != "" {
		return c.file
	}
	return c.root
}

// splitNames lists the splits.
func (c *config) splitNames() string {
	names := c.partNames()
	if len(names) == 0 {
		return "is in one part"
	}
	return strings.Join(names, ", ")
}

// partNames are those of the splits that have one.
func (c *config) partNames() (names []string) {
	for _, s := range c.splits {
		if s.name != "" {
			names = append(names, s.name)
		}
	}
	return names
}

// parts are the names of the splits but those that stand in for another: of a set
// without validation images, val is train.
func (c *config) parts() (names []string) {
	for i, s := range c.splits {
		again := slices.ContainsFunc(c.splits[:i], func(o split) bool { return sourceNames(o.sources) == sourceNames(s.sources) })
		if s.name != "" && !again {
			names = append(names, s.name)
		}
	}
	return names
}

// find returns the path of a source: that of a folder or file which is there, or
// of a folder of images of which only the labels are there.
func (c *config) find(s source) (string, error) {
	written := filepath.FromSlash(s.path)
	tries := []string{written}
	if short, ok := strings.CutPrefix(s.path, "../"); ok {
		tries = append(tries, filepath.FromSlash(short))
	}
	var looked []string
	for _, labels := range []bool{false, true} {
		for _, root := range c.roots {
			for _, try := range tries {
				at := try
				if !filepath.IsAbs(at) {
					at = filepath.Join(root, try)
				}
				if !labels && exists(at) || labels && isDir(labelFolder(at)) {
					return at, nil
				}
				if !slices.Contains(looked, at) {
					looked = append(looked, at)
				}
			}
		}
	}
	place := c.title()
	if s.file != "" {
		place = fmt.Sprintf("%s:%d", s.file, s.line)
	}
	return "", fmt.Errorf("%s: %q is not there (looked for %s): write where the images are, relative to %s or to what path says",
		place, s.path, strings.Join(looked, ", "), c.root)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
