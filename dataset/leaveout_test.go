package dataset

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
)

// leftOutText has a heading, 0; class 5 has two annotations, one of them in an
// image of its own.
const leftOutText = `{"images": [{"id": 1, "width": 9, "height": 9}, {"id": 2, "width": 9, "height": 9}],
"annotations": [{"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 1, 2, 2], "area": 4},
 {"id": 2, "image_id": 1, "category_id": 5, "bbox": [1, 1, 2, 2], "area": 4},
 {"id": 3, "image_id": 2, "category_id": 5, "bbox": [1, 1, 2, 2], "area": 4},
 {"id": 4, "image_id": 2, "category_id": 9, "bbox": [1, 1, 2, 2], "area": 4}],
"categories": [{"id": 0, "name": "root", "supercategory": "none"}, {"id": 3, "name": "car", "supercategory": "root"},
 {"id": 5, "name": "others", "supercategory": "root"}, {"id": 7, "name": "bus", "supercategory": "root"}]}`

func leftOutFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.json")
	if err := os.WriteFile(path, []byte(leftOutText), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLeaveOut(t *testing.T) {
	path := leftOutFile(t)
	c, err := Count(context.Background(), []string{path}, annotations.Options{NoRoots: true, Selection: annotations.Selection{Drop: []string{"others", "7"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := []annotations.LeftOut{{ID: 0, Name: "root", Reason: annotations.LeftOutRoot, Instances: 0}, {ID: 5, Name: "others", Reason: annotations.LeftOutAsked, Instances: 2}, {ID: 7, Name: "bus", Reason: annotations.LeftOutAsked, Instances: 0}}
	if !reflect.DeepEqual(c.LeftOut, want) {
		t.Errorf("left out %+v, want %+v", c.LeftOut, want)
	}
	if len(c.Categories) != 1 || c.Categories[0].ID != 3 || !slices.Equal(c.Instances, []int64{1}) || c.TotalInstances != 1 || c.AnnotatedImages != 1 ||
		!reflect.DeepEqual(c.Pairs, []annotations.Pair{{Image: 0, Class: 0, Objects: 1}}) || c.AllBoxes.Width.Count() != 1 || c.ImageRows[1].Objects != 0 {
		t.Errorf("counts %+v", c)
	}
	// Annotation 4 is of a category that is not listed, which is no matter of
	// what is left out; there is nothing unused.
	for _, p := range c.Problems {
		if p.Kind == annotations.UnknownCategory && p.Count != 1 || p.Kind == annotations.EmptyCategory {
			t.Errorf("problem %+v", p)
		}
	}

	d, err := Load(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := (&annotations.Selection{Drop: []string{"others"}}).Resolve(d.Categories, d.Roots(), false)
	if err != nil {
		t.Fatal(err)
	}
	wantLeft := []annotations.LeftOut{{ID: 0, Name: "root", Reason: annotations.LeftOutRoot}, {ID: 5, Name: "others", Reason: annotations.LeftOutAsked, Instances: 2}}
	if left := d.Select(m); !reflect.DeepEqual(left, wantLeft) || len(d.Categories) != 2 || len(d.Objects[0]) != 1 || len(d.Objects[1]) != 0 {
		t.Errorf("left out %+v, of %+v", left, d)
	}
}

// With everything left out there are no classes, which is no fault of the file.
func TestLeaveOutAll(t *testing.T) {
	c, err := Count(context.Background(), []string{leftOutFile(t)}, annotations.Options{Selection: annotations.Selection{Drop: []string{"root", "car", "others", "bus"}}})
	if err != nil || len(c.Categories) != 0 || c.TotalInstances != 0 || len(c.LeftOut) != 4 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestLeaveOutUnknown(t *testing.T) {
	for name, says := range map[string]string{"other": `did you mean "others"`, "Cars": `did you mean "car"`, "xyzzy": `it has "root", "car", "others", "bus"`, "4": `it has`} {
		_, err := Count(context.Background(), []string{leftOutFile(t)}, annotations.Options{Selection: annotations.Selection{Drop: []string{name}}})
		if unknown, is := errors.AsType[*annotations.NoCategoryError](err); !is || unknown.Name != name || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "x.json: ") {
			t.Errorf("%s: %v, want %q", name, err, says)
		}
	}
}
