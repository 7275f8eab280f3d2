package classflags

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"go.yaml.in/yaml/v3"

	"cocostat/annotations"
	"cocostat/internal/source"
)

// mostBytes is the size of a file up to which it is read.
const mostBytes = 16 << 20

// mapFile is the YAML of --map:
//
//	classes: [car, bus]           # only these; all where it is missing
//	drop: [ignored regions]       # without these
//	merge:                        # one class of several
//	  animal: [cat, dog]
//	  vehicle: van                # another name
type mapFile struct {
	Classes names  `yaml:"classes"`
	Drop    names  `yaml:"drop"`
	Merge   unions `yaml:"merge"`
}

// readMap reads a file of --map; its errors name it and the line.
func readMap(path string) (annotations.Selection, error) {
	s, err := parseMap(path)
	if err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func parseMap(path string) (s annotations.Selection, err error) {
	f, err := os.Open(path)
	if err != nil {
		return s, fmt.Errorf("cannot open: %w", source.Cause(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if err != nil {
		return s, source.Cause(err)
	}
	if len(text) > mostBytes {
		return s, fmt.Errorf("is larger than %d MiB: it is no list of classes", mostBytes>>20)
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	var root yaml.Node
	var in mapFile
	err = d.Decode(&root)
	if err == nil {
		if err = knownKeys(&root); err == nil {
			err = root.Decode(&in)
		}
	}
	if err != nil && err != io.EOF {
		return s, fmt.Errorf("%w; it holds the keys classes and drop (lists of names or ids) and merge (new: [old1, old2])", err)
	}
	if err := d.Decode(new(yaml.Node)); err != io.EOF {
		return s, errors.New("it holds more than one document: one is read")
	}
	s = annotations.Selection{Classes: in.Classes, Drop: in.Drop, Merge: in.Merge}
	if s.IsZero() {
		return s, errors.New("it says nothing: it holds the keys classes and drop (lists of names or ids) and merge (new: [old1, old2])")
	}
	return s, nil
}

// knownKeys refuses keys that a file does not have.
func knownKeys(root *yaml.Node) error {
	top := root.Content[0]
	if top.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: no keys", top.Line)
	}
	for i := 0; i < len(top.Content); i += 2 {
		if key := top.Content[i]; !slices.Contains([]string{"classes", "drop", "merge"}, key.Value) {
			return fmt.Errorf("line %d: there is no key %q", key.Line, key.Value)
		}
	}
	return nil
}

// names is a list of names and ids, or one of them.
type names []string

// UnmarshalYAML takes names as they are written, numbers and "yes" too.
func (n *names) UnmarshalYAML(node *yaml.Node) error {
	list := []*yaml.Node{node}
	if node.Kind == yaml.SequenceNode {
		list = node.Content
	}
	for _, item := range list {
		if item.Kind != yaml.ScalarNode || item.Tag == "!!null" {
			return fmt.Errorf("line %d: want a name, or a list of names", item.Line)
		}
		*n = append(*n, item.Value)
	}
	return nil
}

// unions are classes that others are merged into, in the order of the file.
type unions []annotations.Union

// UnmarshalYAML keeps the order, and refuses a class that is there twice.
func (u *unions) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: merge holds new: [old1, old2], a line each", node.Line)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if key.Kind != yaml.ScalarNode || seen[key.Value] {
			return fmt.Errorf("line %d: %q is no name, or is there twice", key.Line, key.Value)
		}
		seen[key.Value] = true
		var of names
		if err := of.UnmarshalYAML(node.Content[i+1]); err != nil {
			return err
		}
		*u = append(*u, annotations.Union{Name: key.Value, Of: of})
	}
	return nil
}
