package annotations

import (
	"slices"
	"testing"
)

func TestRoots(t *testing.T) {
	none := func(int64) bool { return false }
	for _, c := range []struct {
		name       string
		categories []Category
		used       func(int64) bool
		want       []int64
	}{
		{"Roboflow", []Category{{ID: 0, Name: "road", Supercategory: "none"}, {ID: 1, Name: "car", Supercategory: "road"}}, none, []int64{0}},
		{"used", []Category{{ID: 0, Name: "road", Supercategory: "none"}, {ID: 1, Name: "car", Supercategory: "road"}}, func(id int64) bool { return id == 0 }, nil},
		{"of the same name", []Category{{ID: 1, Name: "fish", Supercategory: "none"}, {ID: 2, Name: "fish", Supercategory: "fish"}}, none, []int64{1}},
		{"its own heading, as COCO's person", []Category{{ID: 1, Name: "person", Supercategory: "person"}, {ID: 2, Name: "rider", Supercategory: "person"}}, none, nil},
		{"without a supercategory", []Category{{ID: 1, Name: "all"}, {ID: 2, Name: "car", Supercategory: "all"}}, none, []int64{1}},
		{"nobody's heading", []Category{{ID: 1, Name: "all", Supercategory: "none"}, {ID: 2, Name: "car", Supercategory: "none"}}, none, nil},
		{"below a heading", []Category{{ID: 0, Name: "all", Supercategory: "none"}, {ID: 1, Name: "vehicle", Supercategory: "all"}, {ID: 2, Name: "car", Supercategory: "vehicle"}}, none, []int64{0}},
	} {
		if got := Roots(c.categories, c.used); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
