package yolo

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// readData reads an obj.data of darknet: lines of the form key = value.
func readData(path string) (*config, error) {
	text, err := readWhole(path, mostConfig)
	if err != nil {
		return nil, err
	}
	own := filepath.Dir(path)
	c := &config{file: path, root: own, roots: []string{own, filepath.Dir(own), "."}}
	c.describe(path)
	names := source{file: path}
	for i, line := range strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n") {
		key, value, ok := strings.Cut(line, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		from := source{value, path, i + 1}
		switch {
		case !ok || value == "" || strings.HasPrefix(key, "#"):
		case strings.ContainsRune(value, 0):
			return nil, fmt.Errorf("%s:%d: %s: a path with a NUL byte", path, i+1, key)
		case key == "classes":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > mostClasses {
				return nil, fmt.Errorf("%s:%d: classes must be their number, from 1 to %d", path, i+1, mostClasses)
			}
			c.numberNames(n, i+1)
		case key == "names":
			names = from
		case key == "train" || key == "valid" || key == "test":
			c.splits = append(c.splits, split{key, []source{c.darknet(from)}})
		}
	}
	if len(c.splits) == 0 {
		return nil, fmt.Errorf("%s: names no images: write train = train.txt, a list of them", path)
	}
	if names.path == "" {
		return c, nil
	}
	at, err := c.find(c.darknet(names))
	if err != nil {
		return nil, err
	}
	return c, c.readNames(at)
}

// darknet takes what is not there for a file beside obj.data: darknet's paths begin
// in the folder that it runs in, such as data/train.txt.
func (c *config) darknet(s source) source {
	if filepath.IsAbs(s.path) {
		return s
	}
	for _, root := range c.roots {
		if exists(filepath.Join(root, filepath.FromSlash(s.path))) {
			return s
		}
	}
	if _, rest, ok := strings.Cut(s.path, "/"); ok && exists(filepath.Join(c.root, filepath.FromSlash(rest))) {
		s.path = rest
	}
	return s
}
