package columntable

import (
	"math"
	"strings"
	"testing"
)

type animal struct {
	name   string
	legs   int64
	growth float64
	id     *int64
}

func animals() (Columns[animal], []animal) {
	growth := Number("growth", "growth", func(a *animal) float64 { return a.growth }, Decimals(1))
	growth.Size = true
	one, two := int64(1), int64(2)
	return Columns[animal]{
			Words("name", "animal", func(a *animal) string { return a.name }),
			Whole("legs", "legs", func(a *animal) int64 { return a.legs }),
			growth,
			Identifier("id", "animal_id", "id", func(a *animal) *int64 { return a.id }),
		}, []animal{
			{"cow", 4, 0.5, &two}, {"hen", 2, -3, nil}, {"ant", 6, math.NaN(), &one}, {"cat", 4, 2, nil},
		}
}

// Names and ids rise, numbers fall, what has no value comes last either way,
// and equal rows stay as they were.
func TestColumnSort(t *testing.T) {
	for _, c := range []struct {
		by      string
		reverse bool
		want    string
	}{
		{"name", false, "ant cat cow hen"}, {"name", true, "hen cow cat ant"},
		{"legs", false, "ant cow cat hen"}, {"legs", true, "hen cow cat ant"},
		{"growth", false, "hen cat cow ant"}, {"growth", true, "cow cat hen ant"}, // by size, 3 2 ½
		{"id", false, "ant cow hen cat"}, {"animal_id", true, "cow ant hen cat"},
	} {
		set, rows := animals()
		set.Sort(rows, c.by, c.reverse)
		var names []string
		for _, r := range rows {
			names = append(names, r.name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("by %s, reverse %v: %s, want %s", c.by, c.reverse, got, c.want)
		}
	}
}

func TestColumnsAsText(t *testing.T) {
	set, rows := animals()
	var csv strings.Builder
	if err := set.WriteCSV(&csv, rows[1:3]); err != nil {
		t.Fatal(err)
	}
	if want := "name,legs,growth,animal_id\nhen,2,-3,\nant,6,,1\n"; csv.String() != want {
		t.Errorf("csv %q, want %q", csv.String(), want)
	}
	want := "animal    legs  growth  id\n--------------------------\ncow          4     0.5   2\n(2 more)\ncat          4     2.0   –\n"
	if got := set.Layout(rows, 1, 1).String(); got != want {
		t.Errorf("table\n%s\nwant\n%s", got, want)
	}
}
