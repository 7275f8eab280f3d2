package recipes

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed tables.yaml small.yaml parts/*.yaml table*/*.yaml
var files embed.FS

// Table is a table of the paper.
type Table struct {
	Name    string   `yaml:"name"`    // table1
	Title   string   `yaml:"title"`   // what it compares
	Dataset string   `yaml:"dataset"` // of the published values
	Rows    []string `yaml:"rows"`    // in order, without the table's name
}

// Names lists the table's recipes.
func (t Table) Names() []string {
	names := make([]string, len(t.Rows))
	for i, r := range t.Rows {
		names[i] = t.Name + "/" + r
	}
	return names
}

// Recipes returns the table's recipes.
func (t Table) Recipes() []Recipe {
	var rows []Recipe
	for _, name := range t.Names() {
		rows = append(rows, mustOpen(name))
	}
	return rows
}

// Tables returns the tables, in the paper's order.
func Tables() []Table { return slices.Clone(tables) }

var tables = readTables()

func readTables() (all []Table) {
	text, err := files.ReadFile("tables.yaml")
	if err == nil {
		decoder := yaml.NewDecoder(bytes.NewReader(text))
		decoder.KnownFields(true)
		err = decoder.Decode(&all)
	}
	if err != nil {
		panic(err) // the package's own file is read by its tests
	}
	return all
}

// FindTable returns a table by its name, table1 or 1.
func FindTable(name string) (Table, error) {
	var known []string
	for _, t := range tables {
		if t.Name == name || t.Name == "table"+name {
			return t, nil
		}
		known = append(known, t.Name)
	}
	return Table{}, fmt.Errorf("recipes: there is no table %q: use one of %s", name, strings.Join(known, ", "))
}

// Usual are the settings that rows have unless their table is about them, but
// for the loss.
type Usual struct {
	What     string // the rows
	Settings Settings
}

// Usuals are those of all CenterNets, what ResNets and DLA have beside them, those
// of FCOS, and those of the method's parts, where a row has them.
func Usuals() []Usual {
	settings := func(part string) Settings {
		return ownSettings{{Setting{Flag: "loss"}, true}}.over(mustOpen("parts/" + part).Settings)
	}
	centernet, fcos := settings("centernet"), settings("fcos")
	return []Usual{
		{"All rows, unless they say otherwise", centernet},
		{"Table 3's ResNets and DLA, beside these", settings("resnet").Without(centernet)},
		{"Table 9's FCOS, instead", fcos},
		{"The loss's parts", settings("bofl").Without(centernet)},
		{"The loss's parts in FCOS", settings("fcos-bofl")},
	}
}

// Particular are the settings of a recipe that are not usual.
func (r Recipe) Particular() Settings {
	usual := Usuals()
	common := []Settings{usual[0].Settings, usual[1].Settings, usual[3].Settings}
	if detector, _ := r.Settings.Get("detector"); detector == "fcos" {
		common = []Settings{usual[2].Settings, usual[4].Settings}
	}
	particular := r.Settings
	for _, s := range common {
		particular = particular.Without(s)
	}
	return particular
}

// mustOpen opens a recipe of the package, which its tests have read.
func mustOpen(name string) Recipe {
	r, err := builtin(name)
	if err != nil {
		panic(err)
	}
	return r
}

// builtin returns a recipe of the package.
func builtin(name string) (Recipe, error) { return inherited(name, nil) }

func inherited(name string, path []string) (Recipe, error) {
	if slices.Contains(path, name) {
		return Recipe{}, fmt.Errorf("recipes: %s extends itself: %s", name, strings.Join(append(path, name), " → "))
	}
	text, err := files.ReadFile(name + ".yaml")
	if errors.Is(err, fs.ErrNotExist) || err != nil && !fs.ValidPath(name) {
		return Recipe{}, fmt.Errorf("recipes: there is no recipe %q: 'train recipes' lists them, and the path of a file of your own ends in .yaml", name)
	}
	if err != nil {
		return Recipe{}, fmt.Errorf("recipes: %w", err)
	}
	r, err := parse(name, text, path)
	if table, _, _ := strings.Cut(name, "/"); err == nil {
		if i := slices.IndexFunc(tables, func(t Table) bool { return t.Name == table }); i >= 0 {
			r.Table, r.Dataset = table, tables[i].Dataset
		}
	}
	return r, err
}
