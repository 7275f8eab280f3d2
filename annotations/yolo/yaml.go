package yolo

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readYAML reads a data.yaml.
func readYAML(path string) (*config, error) {
	y := &description{path: path, config: &config{file: path, root: filepath.Dir(path)}}
	y.config.describe(path)
	if err := y.read(); err != nil {
		return nil, err
	}
	return y.config, nil
}

// description is a data.yaml that is being read. It is looked at as it stands, so
// that an alias in it is one value and becomes no more than that.
type description struct {
	path   string
	config *config
	keys   map[string]*yaml.Node
}

func (y *description) read() error {
	top, err := parseYAML(y.path)
	if err != nil {
		return err
	}
	y.keys = keysOf(top)
	for _, part := range []func() error{y.readRoots, y.readSplits, y.readNames, y.readPoints} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// parseYAML returns the mapping that a file holds.
func parseYAML(path string) (*yaml.Node, error) {
	text, err := readWhole(path, mostConfig)
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("%s: %s", path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(document.Content) != 1 || value(document.Content[0]).Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s: is no description of a YOLO dataset, which has the keys train, val and names", path)
	}
	return value(document.Content[0]), nil
}

// value is what a node stands for.
func value(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

// keysOf returns the values of a mapping; the last of a key holds.
func keysOf(n *yaml.Node) map[string]*yaml.Node {
	keys := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		keys[n.Content[i].Value] = value(n.Content[i+1])
	}
	return keys
}

// given returns the value of a key, nil if there is none, or null.
func (y *description) given(key string) *yaml.Node {
	if n := y.keys[key]; n != nil && n.Tag != "!!null" {
		return n
	}
	return nil
}

func (y *description) errorf(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", y.path, n.Line, fmt.Sprintf(format, args...))
}

// text returns a scalar that names a path.
func (y *description) text(n *yaml.Node, key string) (string, error) {
	if n = value(n); n.Kind != yaml.ScalarNode || n.Value == "" {
		return "", y.errorf(n, "%s must be a path, or a list of paths", key)
	}
	if strings.ContainsRune(n.Value, 0) {
		return "", y.errorf(n, "%s: a path with a NUL byte", key)
	}
	return n.Value, nil
}

// readRoots finds what paths may be relative to.
func (y *description) readRoots() error {
	own := y.config.root
	y.config.roots = []string{own}
	n := y.given("path")
	if n == nil || n.Value == "" && n.Kind == yaml.ScalarNode {
		return nil
	}
	path, err := y.text(n, "path")
	if err != nil {
		return err
	}
	if path = filepath.FromSlash(path); filepath.IsAbs(path) {
		y.config.roots = []string{path, own}
	} else {
		y.config.roots = []string{filepath.Join(own, path), path, filepath.Join(own, "..", path), own}
	}
	for _, root := range y.config.roots {
		if isDir(root) {
			y.config.root = root
			break
		}
	}
	return nil
}

// splitKeys are the keys that name images.
var splitKeys = []string{"train", "val", "valid", "validation", "test", "minival"}

func (y *description) readSplits() error {
	for _, key := range splitKeys {
		n := y.given(key)
		if n == nil {
			continue
		}
		s := split{name: key}
		nodes := []*yaml.Node{n}
		if n.Kind == yaml.SequenceNode {
			nodes = n.Content
		}
		for _, n := range nodes {
			path, err := y.text(n, key)
			if err != nil {
				return err
			}
			s.sources = append(s.sources, source{path, y.path, n.Line})
		}
		y.config.splits = append(y.config.splits, s)
	}
	if len(y.config.splits) == 0 {
		return fmt.Errorf("%s: names no images: a YOLO dataset has the keys train, val and names", y.path)
	}
	return nil
}

// readNames reads names, a list or a mapping, and nc.
func (y *description) readNames() error {
	names, count := y.given("names"), y.given("nc")
	n := -1
	if count != nil {
		f, err := strconv.ParseFloat(count.Value, 64)
		if err != nil || count.Kind != yaml.ScalarNode || f != float64(int(f)) || f < 1 || f > mostClasses {
			return y.errorf(count, "nc must be the number of classes, from 1 to %d", mostClasses)
		}
		n = int(f)
	}
	if names == nil {
		if count != nil {
			y.config.numberNames(n, count.Line)
		}
		return nil
	}
	if err := y.listNames(names); err != nil {
		return err
	}
	if n >= 0 && len(y.config.names) != n {
		return y.errorf(count, "nc is %d, and names has %d classes: correct one of them", n, len(y.config.names))
	}
	y.config.named = true
	return nil
}

// mostClasses is how many classes a dataset may have.
const mostClasses = 1 << 20

func (y *description) listNames(names *yaml.Node) error {
	add := func(index int64, n *yaml.Node) error {
		if n = value(n); n.Kind != yaml.ScalarNode {
			return y.errorf(n, "names: class %d is no text", index)
		}
		y.config.names = append(y.config.names, class{index, n.Value, 0, n.Line})
		return nil
	}
	switch names.Kind {
	case yaml.SequenceNode:
		for i, n := range names.Content {
			if err := add(int64(i), n); err != nil {
				return err
			}
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(names.Content); i += 2 {
			key := names.Content[i]
			index, err := strconv.ParseInt(key.Value, 10, 64)
			if err != nil || index < 0 || index >= mostClasses {
				return y.errorf(key, "names: %q is no number of a class, which begin with 0", key.Value)
			}
			if err := add(index, names.Content[i+1]); err != nil {
				return err
			}
		}
	default:
		return y.errorf(names, "names must be a list of the names of classes, or number them: {0: cat, 1: dog}")
	}
	if len(y.config.names) == 0 {
		return y.errorf(names, "names is empty: list the names of the classes")
	}
	return nil
}

// readPoints reads kpt_shape, how many keypoints there are and of how many numbers.
func (y *description) readPoints() error {
	n := y.given("kpt_shape")
	if n == nil {
		return nil
	}
	wrong := y.errorf(n, "kpt_shape must be two numbers: how many keypoints there are, and 2 or 3")
	if n.Kind != yaml.SequenceNode || len(n.Content) != 2 {
		return wrong
	}
	points, err := strconv.Atoi(value(n.Content[0]).Value)
	each, err2 := strconv.Atoi(value(n.Content[1]).Value)
	if errors.Join(err, err2) != nil || points < 0 || points > 1<<16 || each != 2 && each != 3 {
		return wrong
	}
	y.config.points = points * each
	return nil
}
