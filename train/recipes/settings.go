package recipes

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Setting is a flag of the command train and its value, as on a command line.
type Setting struct {
	Flag, Value string
}

// String is the setting as an argument.
func (s Setting) String() string { return "--" + s.Flag + " " + s.Value }

// Settings are settings in order; each flag occurs once.
type Settings []Setting

// Get returns the value of a flag, and whether it is set.
func (s Settings) Get(flag string) (value string, has bool) {
	i := s.index(flag)
	if i < 0 {
		return "", false
	}
	return s[i].Value, true
}

func (s Settings) index(flag string) int {
	return slices.IndexFunc(s, func(t Setting) bool { return t.Flag == flag })
}

// With returns the settings with one more, or another value in its place. s
// stays as it is.
func (s Settings) With(flag, value string) Settings {
	changed := slices.Clone(s)
	if i := changed.index(flag); i >= 0 {
		changed[i].Value = value
		return changed
	}
	return append(changed, Setting{flag, value})
}

// Without returns the settings of s that are not those of common: that have
// another value, or that common does not have.
func (s Settings) Without(common Settings) Settings {
	return slices.DeleteFunc(slices.Clone(s), func(t Setting) bool { return common.index(t.Flag) >= 0 && slices.Contains(common, t) })
}

// String joins the settings as arguments.
func (s Settings) String() string {
	texts := make([]string, len(s))
	for i, t := range s {
		texts[i] = t.String()
	}
	return strings.Join(texts, " ")
}

// MarshalJSON writes an object, flags as keys, in order.
func (s Settings) MarshalJSON() ([]byte, error) { return orderedObject(s) }

// MarshalYAML writes a mapping, flags as keys, in order.
func (s Settings) MarshalYAML() (any, error) {
	node := &yaml.Node{Kind: yaml.MappingNode}
	for _, t := range s {
		node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: t.Flag}, &yaml.Node{Kind: yaml.ScalarNode, Value: t.Value})
	}
	return node, nil
}

// ownSettings are those of a file: null leaves out what is inherited.
type ownSettings []ownSetting

type ownSetting struct {
	Setting
	drop bool
}

// UnmarshalYAML reads a mapping of flags to scalars, or to lists of scalars,
// which become a value with commas.
func (s *ownSettings) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: settings are a mapping of flags to values", node.Line)
	}
	seen := map[string]bool{}
	for i := 0; i < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if seen[key.Value] {
			return fmt.Errorf("line %d: %s stands there twice", key.Line, key.Value)
		}
		seen[key.Value] = true
		text, err := scalarText(value)
		if err != nil {
			return fmt.Errorf("line %d: %s: %w", value.Line, key.Value, err)
		}
		*s = append(*s, ownSetting{Setting{strings.TrimPrefix(key.Value, "--"), text}, value.ShortTag() == "!!null"})
	}
	return nil
}

func scalarText(node *yaml.Node) (string, error) {
	switch node.Kind {
	case yaml.ScalarNode:
		return node.Value, nil
	case yaml.SequenceNode:
		texts := make([]string, len(node.Content))
		for i, item := range node.Content {
			if item.Kind != yaml.ScalarNode {
				return "", fmt.Errorf("item %d of the list is no plain value", i+1)
			}
			texts[i] = item.Value
		}
		return strings.Join(texts, ","), nil
	}
	return "", fmt.Errorf("want a plain value or a list of them")
}

// over returns the settings of s over those that are inherited.
func (s ownSettings) over(inherited Settings) Settings {
	for _, own := range s {
		if own.drop {
			inherited = slices.DeleteFunc(slices.Clone(inherited), func(t Setting) bool { return t.Flag == own.Flag })
		} else {
			inherited = inherited.With(own.Flag, own.Value)
		}
	}
	return inherited
}
