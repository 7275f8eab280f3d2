package classtable

import (
	"slices"
	"strings"
	"testing"

	"cocostat/internal/columntable"
)

type animal struct {
	name string
	id   *int64
}

// A column is chosen by its name or that in the header of CSV, once; all are all.
func TestChoose(t *testing.T) {
	set := columntable.Columns[animal]{
		columntable.Words("name", "animal", func(a *animal) string { return a.name }),
		columntable.Identifier("id", "animal_id", "id", func(a *animal) *int64 { return a.id }),
	}
	for names, want := range map[string]string{"animal_id name": "id name", "name": "name", "all": "name id"} {
		chosen, err := choose(set, strings.Fields(names))
		if err != nil || !slices.Equal(chosen.Names(), strings.Fields(want)) {
			t.Errorf("%s: chosen %v, %v", names, chosen.Names(), err)
		}
	}
	for names, want := range map[string]string{"nmae": `--columns "nmae": did you mean "name"?`, "id animal_id": "is there twice", "name all": "all stands alone"} {
		if chosen, err := choose(set, strings.Fields(names)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: chosen %v, %v; want %q", names, chosen.Names(), err, want)
		}
	}
}
