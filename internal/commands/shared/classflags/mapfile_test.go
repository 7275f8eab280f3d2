package classflags

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cocostat/annotations"
)

func mapped(t *testing.T, text string) (annotations.Selection, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "map.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return readMap(path)
}

// Names are what is written, also where YAML would read a number or a truth.
func TestMapFile(t *testing.T) {
	got, err := mapped(t, "drop: [no, 17, \"a, b\"]\nclasses: car\nmerge:\n  pet: [cat, dog]\n  1.50: van\n")
	want := annotations.Selection{Classes: []string{"car"}, Drop: []string{"no", "17", "a, b"},
		Merge: []annotations.Union{{Name: "pet", Of: []string{"cat", "dog"}}, {Name: "1.50", Of: []string{"van"}}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

func TestMapFileErrors(t *testing.T) {
	for text, says := range map[string]string{
		"":                                   "it says nothing",
		"[cat]":                              "line 1: no keys",
		"drop: [cat]\nclases: [a]":           `line 2: there is no key "clases"`,
		"drop: [a, {b: c}]":                  "line 1: want a name",
		"merge: [a]":                         "line 1: merge holds",
		"merge: {a: [b], a: [c]}":            "is there twice",
		"drop: [a]\n---\ndrop: [b]":          "more than one document",
		"drop: [a":                           "yaml",
		"drop: &a [x, x]\nclasses: [*a, *a]": "line 2: want a name",
	} {
		if _, err := mapped(t, text); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "map.yaml: ") {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
	if _, err := readMap(filepath.Join(t.TempDir(), "none.yaml")); err == nil || !strings.Contains(err.Error(), "cannot open") {
		t.Errorf("%v", err)
	}
}
