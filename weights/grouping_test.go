package weights_test

import (
	"reflect"
	"strings"
	"testing"

	"cocostat/weights"
	"cocostat/weights/weightstest"
)

func TestAddGrouping(t *testing.T) {
	w := weightstest.Table()
	before := w.Rows[0].Groups
	thirds := weights.Grouping{Name: "thirds", Method: "thresholds", Groups: []string{"a", "b"}}
	if err := w.AddGrouping(thirds, []string{"a", "b", "b"}); err != nil {
		t.Fatal(err)
	}
	again := weights.Grouping{Name: "simcal", Method: "none", Groups: []string{"all"}}
	if err := w.AddGrouping(again, []string{"all", "all", "all"}); err != nil {
		t.Fatal(err)
	}
	if at, ok := w.Grouping("thirds"); at != 2 || !ok {
		t.Errorf("thirds at %d, %v", at, ok)
	}
	if got := w.Rows[2].Groups; !reflect.DeepEqual(got, []string{"all", "few", "b"}) || w.Meta.Groupings[0].Method != "none" {
		t.Errorf("groups %q, groupings %+v", got, w.Meta.Groupings)
	}
	if !reflect.DeepEqual(before, weightstest.Table().Rows[0].Groups) {
		t.Errorf("a row that shares its groups changed to %q", before)
	}
	if err := w.Validate(); err != nil {
		t.Error(err)
	}
	for what, c := range map[string]struct {
		weights.Grouping
		groups []string
	}{
		"2 groups for 3 classes":          {thirds, []string{"a", "b"}},
		`"c" is none of the groups`:       {thirds, []string{"a", "b", "c"}},
		"a grouping without a name":       {weights.Grouping{Groups: []string{"a"}}, []string{"a", "a", "a"}},
		"is not UTF-8":                    {weights.Grouping{Name: "\xff", Groups: []string{"a"}}, []string{"a", "a", "a"}},
		`grouping "x" has no groups`:      {weights.Grouping{Name: "x"}, []string{"a", "a", "a"}},
		`grouping "x" has group "" twice`: {weights.Grouping{Name: "x", Groups: []string{"", ""}}, []string{"", "", ""}},
	} {
		if err := w.AddGrouping(c.Grouping, c.groups); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v, want one that says %q", err, what)
		}
	}
	if len(w.Meta.Groupings) != 3 || len(w.Rows[0].Groups) != 3 {
		t.Errorf("a refused grouping changed the table: %+v", w.Meta.Groupings)
	}
}
