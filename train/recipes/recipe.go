package recipes

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Recipe is a row of a table, or a user's own, with all that it extends merged
// into it.
type Recipe struct {
	Name      string    `json:"name" yaml:"-"`                                  // table1/ours, or the path of a file
	Table     string    `json:"table,omitempty" yaml:"-"`                       // table1; empty for a user's own
	Label     string    `json:"label,omitempty" yaml:"label,omitempty"`         // of the row, as in the paper
	Dataset   string    `json:"dataset,omitempty" yaml:"dataset,omitempty"`     // that Published was measured on
	Against   string    `json:"against,omitempty" yaml:"against,omitempty"`     // name of the row that it is compared with
	Published Published `json:"published,omitempty" yaml:"published,omitempty"` // in percent
	Note      string    `json:"note,omitempty" yaml:"note,omitempty"`           // what the paper leaves open
	Settings  Settings  `json:"settings" yaml:"settings"`
}

// file is a recipe as it is written.
type file struct {
	Label     string      `yaml:"label"`
	Dataset   string      `yaml:"dataset"`
	Against   string      `yaml:"against"`
	Published Published   `yaml:"published"`
	Note      string      `yaml:"note"`
	Extends   []string    `yaml:"extends"`
	Settings  ownSettings `yaml:"settings"`
}

// Open returns the recipe of a name such as table1/ours, or that of a file, if
// the name ends in .yaml or .yml.
func Open(name string) (Recipe, error) {
	if !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".yml") {
		return builtin(name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return Recipe{}, fmt.Errorf("recipes: %w", err)
	}
	return parse(name, text, nil)
}

// parse reads a recipe and merges what it extends; path holds the recipes that
// lead to it.
func parse(name string, text []byte, path []string) (Recipe, error) {
	var f file
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("the file is empty")
		}
		return Recipe{}, fmt.Errorf("recipes: %s: %w", name, err)
	}
	if err := decoder.Decode(new(file)); !errors.Is(err, io.EOF) {
		return Recipe{}, fmt.Errorf("recipes: %s: something follows the recipe: a file holds one", name)
	}
	r := Recipe{Name: name, Label: f.Label, Dataset: f.Dataset, Against: f.Against, Published: f.Published, Note: strings.TrimSpace(f.Note)}
	for _, parent := range f.Extends {
		p, err := inherited(parent, append(path, name))
		if err != nil {
			return Recipe{}, err
		}
		for _, s := range p.Settings {
			r.Settings = r.Settings.With(s.Flag, s.Value)
		}
	}
	r.Settings = f.Settings.over(r.Settings)
	return r, nil
}

// YAML writes the recipe as a file that Open reads: all settings, no extends.
func (r Recipe) YAML() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n", cmp.Or(r.Name, "a recipe"))
	if r.IsPublished() {
		fmt.Fprintf(&b, "# The paper begins with %s: add its weights as the setting pretrained.\n", PaperStart)
	}
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(r); err != nil {
		return nil, fmt.Errorf("recipes: %s: %w", r.Name, err)
	}
	return b.Bytes(), encoder.Close()
}
