package annotations

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// zoo has a heading, animals, that nothing refers to.
var zoo = []Category{
	{ID: 0, Name: "animals", Supercategory: "none"},
	{ID: 3, Name: "cat", Supercategory: "animals", Frequency: "c", DeclaredInstances: 50, DeclaredImages: 40, Has: FieldInstanceCount | FieldImageCount},
	{ID: 5, Name: "dog", Supercategory: "animals", Frequency: "r", DeclaredInstances: 8, DeclaredImages: 5, Has: FieldInstanceCount | FieldImageCount},
	{ID: 7, Name: "car", Supercategory: "vehicles", Frequency: "f"},
	{ID: 9, Name: "van", Supercategory: "vehicles", Frequency: "r"},
}

// became writes what a mapping makes of each category: the id and name of its
// class, or why it is left out.
func became(m *Mapping, categories []Category) map[string]string {
	out := map[string]string{}
	for _, k := range categories {
		i, left := m.Index(k.ID)
		if left {
			out[k.Name] = "-" + m.LeftOut[i].Reason
		} else {
			out[k.Name] = m.Classes[i].Name
		}
	}
	return out
}

// By the rules that doc.go states: merging first, then choice; the smallest id; a
// class of the new name joins; a heading is no class unless it is named.
func TestSelection(t *testing.T) {
	for name, c := range map[string]struct {
		selection Selection
		want      map[string]string
		ids       []int64
	}{
		"nothing": {Selection{}, map[string]string{"animals": "-root", "cat": "cat", "dog": "dog", "car": "car", "van": "van"}, []int64{3, 5, 7, 9}},
		"dropped": {Selection{Drop: []string{"cat", "9"}}, map[string]string{"animals": "-root", "cat": "-asked", "dog": "dog", "car": "car", "van": "-asked"}, []int64{5, 7}},
		"chosen":  {Selection{Classes: []string{"van", "cat"}}, map[string]string{"animals": "-root", "cat": "cat", "dog": "-asked", "car": "-asked", "van": "van"}, []int64{3, 9}},
		"a heading that is named": {Selection{Classes: []string{"animals", "cat"}},
			map[string]string{"animals": "animals", "cat": "cat", "dog": "-asked", "car": "-asked", "van": "-asked"}, []int64{0, 3}},
		"merged": {Selection{Merge: []Union{{"animal", []string{"dog", "cat"}}}, Drop: []string{"car"}},
			map[string]string{"animals": "-root", "cat": "animal", "dog": "animal", "car": "-asked", "van": "van"}, []int64{3, 9}},
		"into a class that there is": {Selection{Merge: []Union{{"van", []string{"car"}}}},
			map[string]string{"animals": "-root", "cat": "cat", "dog": "dog", "car": "van", "van": "van"}, []int64{3, 5, 7}},
		"into the name of a heading": {Selection{Merge: []Union{{"animals", []string{"cat", "dog"}}}},
			map[string]string{"animals": "-root", "cat": "animals", "dog": "animals", "car": "car", "van": "van"}, []int64{3, 7, 9}},
		"names exchanged": {Selection{Merge: []Union{{"cat", []string{"dog"}}, {"dog", []string{"cat"}}}},
			map[string]string{"animals": "-root", "cat": "dog", "dog": "cat", "car": "car", "van": "van"}, []int64{3, 5, 7, 9}},
		"merged and chosen": {Selection{Merge: []Union{{"vehicle", []string{"7", "van"}}}, Classes: []string{"vehicle"}},
			map[string]string{"animals": "-root", "cat": "-asked", "dog": "-asked", "car": "vehicle", "van": "vehicle"}, []int64{7}},
		"merged and dropped": {Selection{Merge: []Union{{"vehicle", []string{"car", "van"}}}, Drop: []string{"vehicle"}},
			map[string]string{"animals": "-root", "cat": "cat", "dog": "dog", "car": "-asked", "van": "-asked"}, []int64{3, 5}},
	} {
		m, err := c.selection.Resolve(zoo, []int64{0}, false)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var ids []int64
		for _, k := range m.Classes {
			ids = append(ids, k.ID)
		}
		if got := became(m, zoo); !reflect.DeepEqual(got, c.want) || !slices.Equal(ids, c.ids) {
			t.Errorf("%s: %v, ids %v; want %v, %v", name, got, ids, c.want, c.ids)
		}
	}
}

// A class of several declares the sum of their instances, of images nothing; it is
// frequent if one is, and of the supercategory that all have.
func TestMergedCategory(t *testing.T) {
	m, err := (&Selection{Merge: []Union{{"pet", []string{"cat", "dog"}}, {"vehicle", []string{"car", "van"}}}}).Resolve(zoo[1:], nil, false)
	if err != nil {
		t.Fatal(err)
	}
	pet, vehicle := m.Classes[0], m.Classes[1]
	if pet.Supercategory != "animals" || pet.DeclaredInstances != 58 || pet.Has&FieldInstanceCount == 0 || pet.Has&FieldImageCount != 0 || pet.Frequency != "" {
		t.Errorf("pet %+v", pet)
	}
	if vehicle.Frequency != "f" || vehicle.Has&FieldInstanceCount != 0 {
		t.Errorf("vehicle %+v", vehicle)
	}
	if m, err = (&Selection{Merge: []Union{{"thing", []string{"dog", "van"}}}}).Resolve(zoo, nil, false); err != nil || m.Classes[2].Supercategory != "" {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestSelectionErrors(t *testing.T) {
	for name, c := range map[string]struct {
		selection Selection
		says      string
	}{
		"unknown":               {Selection{Drop: []string{"cats"}}, `did you mean "cat"`},
		"merged away":           {Selection{Merge: []Union{{"pet", []string{"cat", "dog"}}}, Drop: []string{"dog"}}, `"dog" is merged into "pet"`},
		"merged away, by id":    {Selection{Merge: []Union{{"pet", []string{"cat", "dog"}}}, Classes: []string{"5"}}, `"5" is merged into "pet"`},
		"chosen and dropped":    {Selection{Classes: []string{"cat"}, Drop: []string{"cat"}}, `"cat" is chosen and dropped`},
		"the same, by id":       {Selection{Classes: []string{"cat"}, Drop: []string{"3"}}, `3 "cat" is chosen and dropped`},
		"into two":              {Selection{Merge: []Union{{"a", []string{"cat"}}, {"b", []string{"cat"}}}}, `merged into both "a" and "b"`},
		"into two, by id":       {Selection{Merge: []Union{{"a", []string{"cat"}}, {"b", []string{"3"}}}}, `merged into both "a" and "b"`},
		"of nothing":            {Selection{Merge: []Union{{"a", nil}}}, "needs a name"},
		"under no name":         {Selection{Merge: []Union{{" ", []string{"cat"}}}}, "needs a name"},
		"merged of the unknown": {Selection{Merge: []Union{{"a", []string{"cow"}}}}, `no category has the name or id "cow"`},
	} {
		_, err := c.selection.Resolve(zoo, nil, false)
		_, contradicts := errors.AsType[*SelectionError](err)
		_, unknown := errors.AsType[*NoCategoryError](err)
		if err == nil || !strings.Contains(err.Error(), c.says) || !contradicts && !unknown {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	part := Selection{Drop: []string{"cow"}, Merge: []Union{{"pet", []string{"cat", "fox"}}}}
	if m, err := part.Resolve(zoo, nil, true); err != nil || became(m, zoo)["cat"] != "pet" {
		t.Errorf("of a part: %v", err)
	}
}

// What was recorded is done again to a file that lacks some of the categories, has
// others, or has the classes already.
func TestSelectedAgain(t *testing.T) {
	m, err := (&Selection{Merge: []Union{{"pet", []string{"cat", "dog"}}}, Drop: []string{"van"}}).Resolve(zoo, []int64{0}, false)
	if err != nil {
		t.Fatal(err)
	}
	again := m.Selected.Resolve([]Category{{ID: 5, Name: "dog"}, {ID: 7, Name: "car"}, {ID: 8, Name: "van"}, {ID: 9, Name: "van"}}, nil, nil)
	if got, want := again.Classes, []Category{{ID: 3, Name: "pet"}, {ID: 7, Name: "car"}, {ID: 8, Name: "van"}}; len(got) != 3 || got[0].ID != 3 || got[0].Name != "pet" || got[2].ID != want[2].ID {
		t.Errorf("classes %+v, want %+v", got, want)
	}
	if class, left := again.Class(9); class != 9 || !left {
		t.Errorf("van 9: %d, left out %v", class, left)
	}
	if done := m.Selected.Resolve([]Category{{ID: 3, Name: "pet"}, {ID: 7, Name: "car"}}, nil, nil); !done.Plain() && (len(done.Classes) != 2 || done.Classes[0].Name != "pet") {
		t.Errorf("of what is merged already: %+v", done.Classes)
	}

	named := Selected{By: ByNames, LeftOut: []LeftOut{{ID: 4, Name: "van", Reason: LeftOutAsked}}, Merged: []Merged{{ID: 1, Name: "pet", Of: []MergedCategory{{1, "cat"}, {2, "dog"}}}}}
	classes := []Category{{ID: 1, Name: "pet"}, {ID: 3, Name: "car"}}
	file := []Category{{ID: 1, Name: "car"}, {ID: 2, Name: "van"}, {ID: 3, Name: "dog"}, {ID: 4, Name: "bus"}}
	by := named.Resolve(file, classes, nil)
	want := map[string]string{"car": "car", "van": "-asked", "dog": "pet", "bus": "-unknown"}
	if got := became(by, file); !reflect.DeepEqual(got, want) || by.Classes[0].ID != 1 || by.Classes[0].Name != "pet" || by.Classes[1].ID != 3 {
		t.Errorf("by name: %v, %+v; want %v", got, by.Classes, want)
	}
}

// A selection beside what was recorded may leave out more, and contradict nothing.
func TestSelectionBesideRecord(t *testing.T) {
	m, err := (&Selection{Merge: []Union{{"pet", []string{"cat", "dog"}}}, Drop: []string{"van"}}).Resolve(zoo[1:], nil, false)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		selection Selection
		says      string // "": it is no contradiction
		left      []int64
	}{
		"nothing":         {Selection{}, "", nil},
		"the same":        {Selection{Merge: []Union{{"pet", []string{"dog", "cat"}}}, Drop: []string{"van"}}, "", nil},
		"fewer":           {Selection{Classes: []string{"pet"}}, "", []int64{7}},
		"dropped as well": {Selection{Drop: []string{"car", "van"}}, "", []int64{7}},
		"left out there":  {Selection{Classes: []string{"van"}}, `9 "van" is left out there`, nil},
		"another union":   {Selection{Merge: []Union{{"animal", []string{"cat", "dog"}}}}, `merged into "pet" there`, nil},
		"a new union":     {Selection{Merge: []Union{{"vehicle", []string{"car"}}}}, "is a class of its own there", nil},
	} {
		more, err := m.With(c.selection, zoo[1:])
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v, want %q", name, err, c.says)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var left []int64
		for _, k := range more.LeftOut {
			left = append(left, k.ID)
		}
		if !slices.Equal(left, c.left) {
			t.Errorf("%s: left out %v, want %v", name, left, c.left)
		}
	}
}

// By the definition of LVIS: an image lacks a class if it was searched for all that
// it is made of in vain, and does not show all of it if one of these was not
// searched for, or is not shown as a whole.
func TestSelectListsOfLVIS(t *testing.T) {
	categories := []Category{{ID: 1, Name: "cat"}, {ID: 2, Name: "dog"}, {ID: 3, Name: "car"}, {ID: 4, Name: "sky"}}
	m, err := (&Selection{Merge: []Union{{"pet", []string{"cat", "dog"}}}, Drop: []string{"sky"}}).Resolve(categories, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		negative, partly, present  []int64
		wantNegative, wantNotWhole []int64
	}{
		"neither is there":               {[]int64{1, 2, 4}, nil, nil, []int64{1}, nil},
		"one is not there":               {[]int64{1, 3}, nil, nil, []int64{3}, nil},
		"one is, the other is not":       {[]int64{2}, nil, []int64{1}, nil, nil},
		"one is, the other is not known": {nil, nil, []int64{2}, nil, []int64{1}},
		"both are":                       {nil, nil, []int64{1, 2}, nil, nil},
		"both are, one in part":          {nil, []int64{2, 4}, []int64{1, 2}, nil, []int64{1}},
	} {
		var objects []Annotation
		for _, id := range c.present {
			objects = append(objects, Annotation{CategoryID: id})
		}
		im := Image{NegativeCategories: append([]int64{}, c.negative...), NotExhaustiveCategories: append([]int64{}, c.partly...)}
		d := &Dataset{Categories: categories, Images: []Image{im}, Objects: [][]Annotation{objects}}
		d.Select(m)
		if got := d.Images[0]; !slices.Equal(got.NegativeCategories, c.wantNegative) || !slices.Equal(got.NotExhaustiveCategories, c.wantNotWhole) {
			t.Errorf("%s: not there %v, in part %v; want %v, %v", name, got.NegativeCategories, got.NotExhaustiveCategories, c.wantNegative, c.wantNotWhole)
		}
		for i, a := range d.Objects[0] {
			if want := int64(1); a.CategoryID != want {
				t.Errorf("%s: object %d is of class %d, want %d", name, i, a.CategoryID, want)
			}
		}
	}
}
