package dataset

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/rows"
	"cocostat/lt"
	"cocostat/tables"
)

// countedWithBoxes counts files, writes the tables with boxes, and returns the
// counts and the path of boxes.
func countedWithBoxes(t *testing.T, format tables.Format, opt annotations.Options, paths ...string) (*annotations.Counts, string) {
	t.Helper()
	dir := t.TempDir()
	boxes, err := tables.NewBoxes(dir, format, opt.ByName || !opt.Selection.IsZero() || len(paths) > 1)
	if err != nil {
		t.Fatal(err)
	}
	defer boxes.Discard()
	opt.ForTables, opt.Rows = true, boxes
	c, err := Count(bg, paths, opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := tables.Write(dir, c, lt.TailSplit(c.Images, c.AnnotatedImages, 0.0867), format, boxes); err != nil {
		t.Fatal(err)
	}
	return c, filepath.Join(dir, "boxes."+string(format))
}

// sameNumbers compares all that is counted, but for problems and places, which a
// table has its own of.
func sameNumbers(t *testing.T, what string, got, want *annotations.Counts) {
	t.Helper()
	a, b := *got, *want
	for _, c := range []*annotations.Counts{&a, &b} {
		c.Sources, c.Problems, c.Origin = nil, nil, nil
		c.Categories = append([]annotations.Category(nil), c.Categories...)
		for i := range c.Categories {
			k := &c.Categories[i] // what the table classes has no column for
			*k = annotations.Category{ID: k.ID, Name: k.Name, Supercategory: k.Supercategory}
		}
		c.LeftOut, c.Merged, c.By, c.Renumbered, c.ImagesRenumbered = nil, nil, "", false, false
	}
	boxes := [2][]float64{quantiles(&a), quantiles(&b)}
	a.Boxes, a.AllBoxes, b.Boxes, b.AllBoxes = nil, annotations.BoxSummary{}, nil, annotations.BoxSummary{} // their bins depend on the order
	if !reflect.DeepEqual(a, b) || !slices.Equal(boxes[0], boxes[1]) {
		t.Errorf("%s: counts\n%+v\nwant\n%+v", what, brief(&a), brief(&b))
	}
}

// quantiles says how many boxes each class has, and how large they are.
func quantiles(c *annotations.Counts) (out []float64) {
	for i := range c.Boxes {
		b := &c.Boxes[i]
		for _, d := range []*annotations.Distribution{&b.Width, &b.Height, &b.Aspect} {
			if out = append(out, float64(d.Count())); d.Count() > 0 {
				out = append(out, d.Min(), d.Quantile(0.1), d.Quantile(0.5), d.Quantile(0.9), d.Max())
			}
		}
	}
	return out
}

func brief(c *annotations.Counts) any {
	return []any{c.Categories, c.Instances, c.Images, c.Crowd, c.Sizes, len(c.ImageRows), len(c.Pairs), c.AnnotatedImages, c.TotalInstances, c.Annotations}
}

// The counts of boxes, with the tables beside it, are those of the files that it was
// made of: of real ones, and of one with everything that can be wrong in it.
func TestBoxesAndBack(t *testing.T) {
	odd := filepath.Join(t.TempDir(), "odd.json")
	if err := os.WriteFile(odd, []byte(`{"images": [{"id": 1, "file_name": "a.jpg", "width": 90, "height": 90}, {"id": "b", "file_name": "b.jpg"}, {"id": 3}],
"annotations": [{"id": 1, "image_id": 1, "category_id": 2, "bbox": [1.25, 2, 3, 4.5], "area": 7, "iscrowd": 1},
 {"id": 2, "image_id": "b", "category_id": 2, "bbox": [1, 2, 3, 4]}, {"id": 3, "image_id": 1, "category_id": 2},
 {"id": 4, "image_id": 1, "category_id": 2, "area": 10}, {"id": 5, "image_id": 77, "category_id": 2, "bbox": [1, 2, 3, 4], "area": 12},
 {"id": 6, "image_id": 1, "category_id": 88, "bbox": [1, 2, 3, 4], "area": 12}, {"image_id": 1, "category_id": 2, "bbox": [1, 2, 0, 4], "area": 0},
 {"id": 8, "image_id": null, "category_id": 2, "bbox": [1, 2, 3, 4], "area": 12}, {"id": 9, "image_id": 1, "category_id": true, "bbox": [1, 2, 3, 4], "area": 12}],
"categories": [{"id": 2, "name": "cat", "supercategory": "animal"}, {"id": 5, "name": "none of these"}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	files := []string{odd, manyBoxes(t, 70_000)}
	for _, name := range []string{"coco128/annotations/instances_train2017.json", "taco/annotations.json", "lvis/lvis_val_100.json"} {
		if path := filepath.Join("../../shared/data", name); exists(path) {
			files = append(files, path)
		} else {
			t.Log("without ", path, ", which is not there")
		}
	}
	for _, path := range files {
		for _, format := range tables.Formats {
			want, boxes := countedWithBoxes(t, format, annotations.Options{}, path)
			got, err := Count(bg, []string{boxes}, annotations.Options{})
			if err != nil {
				t.Fatal(err)
			}
			sameNumbers(t, filepath.Base(path)+" as "+string(format), got, want)
		}
	}
}

// manyBoxes writes a file with more annotations than a record batch has rows.
func manyBoxes(t *testing.T, n int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`{"images": [`)
	for i := range 100 {
		fmt.Fprintf(&b, `%s{"id": %d, "file_name": "%d.jpg", "width": 640, "height": 480}`, strings.Repeat(",", min(i, 1)), i, i)
	}
	b.WriteString(`], "annotations": [`)
	for i := range n {
		fmt.Fprintf(&b, `%s{"id": %d, "image_id": %d, "category_id": %d, "bbox": [%d, %d.5, %d, 9], "area": %d}`,
			strings.Repeat(",", min(i, 1)), i+1, i%97, i%7, i%600, i%400, 1+i%30, 9+i%3000)
	}
	b.WriteString(`], "categories": [`)
	for i := range 7 {
		fmt.Fprintf(&b, `%s{"id": %d, "name": "c%d"}`, strings.Repeat(",", min(i, 1)), i, i)
	}
	b.WriteString(`]}`)
	path := filepath.Join(t.TempDir(), "many.json")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// A row for each annotation, whether it counts or not, with the numbers of the file
// as encoding/json reads them.
func TestBoxesHaveTheNumbersOfTheFile(t *testing.T) {
	path := filepath.Join("../../shared/data", "coco128/annotations/instances_train2017.json")
	if !exists(path) {
		t.Skip("needs ", path, ", which is not there")
	}
	var file struct {
		Annotations []struct {
			ID       int64
			Image    int64 `json:"image_id"`
			Category int64 `json:"category_id"`
			BBox     [4]float64
			Area     float64
			Crowd    int `json:"iscrowd"`
		}
	}
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range tables.Formats {
		_, boxes := countedWithBoxes(t, format, annotations.Options{}, path)
		i := 0
		if err := rows.Each(context.Background(), boxes, func(list []annotations.Annotation) error {
			for _, a := range list {
				w := file.Annotations[i]
				i++
				if a.ID != w.ID || a.ImageID != w.Image || a.CategoryID != w.Category || a.BBox != w.BBox || a.Area != w.Area || a.Crowd != (w.Crowd == 1) {
					t.Fatalf("%s, row %d: %+v, want %+v", format, i, a, w)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if i != len(file.Annotations) {
			t.Errorf("%s: %d rows, want %d", format, i, len(file.Annotations))
		}
	}
}

// Where classes are chosen, merged or united by name, boxes has the ids of the tables
// beside it, and no row of what is left out.
func TestBoxesOfSelection(t *testing.T) {
	write := func(name, categories string) string {
		path := filepath.Join(t.TempDir(), name)
		text := `{"images": [{"id": 1, "file_name": "1.jpg", "width": 90, "height": 90}, {"id": 2, "file_name": "2.jpg", "width": 90, "height": 90}],
"annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "area": 12}, {"id": 2, "image_id": 2, "category_id": 2, "bbox": [1, 2, 5, 6], "area": 30},
 {"id": 3, "image_id": 2, "category_id": 3, "bbox": [1, 2, 7, 8], "area": 56}, {"id": 4, "image_id": 9, "category_id": 9, "bbox": [1, 2, 7, 8], "area": 56}], "categories": [` + categories + `]}`
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a := write("a.json", `{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}, {"id": 3, "name": "car"}`)
	b := write("b.json", `{"id": 1, "name": "car"}, {"id": 2, "name": "cat"}, {"id": 3, "name": "owl"}`)
	for what, c := range map[string]struct {
		opt   annotations.Options
		paths []string
		want  string // annotation, image, category
	}{
		"merged":  {annotations.Options{Selection: annotations.Selection{Merge: []annotations.Union{{Name: "pet", Of: []string{"cat", "dog"}}}}}, []string{a}, "1/1/1 2/2/1 3/2/3 4/9/9"},
		"dropped": {annotations.Options{Selection: annotations.Selection{Drop: []string{"dog"}}}, []string{a}, "1/1/1 3/2/3 4/9/9"},
		// cat 1, car 1, dog 2, owl 3 by smallest id, then name: car 1, cat 2, dog 3, owl 4; images 1a 1b 2a 2b.
		"by name": {annotations.Options{ByName: true}, []string{a, b}, "1/1/2 2/3/3 3/3/1 4/-/- 1/2/1 2/4/2 3/4/4 4/-/-"},
	} {
		want, boxes := countedWithBoxes(t, tables.Parquet, c.opt, c.paths...)
		var got []string
		if err := rows.Each(context.Background(), boxes, func(list []annotations.Annotation) error {
			for _, a := range list {
				got = append(got, id(a.ID, a.Has&annotations.FieldID)+"/"+id(a.ImageID, a.Has&annotations.FieldImageID)+"/"+id(a.CategoryID, a.Has&annotations.FieldCategoryID))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", what, s, c.want)
		}
		again, err := Count(bg, []string{boxes}, annotations.Options{})
		if err != nil {
			t.Fatal(err)
		}
		again.Annotations = want.Annotations // those that are left out have no row
		sameNumbers(t, what, again, want)
	}
}

func id(n int64, has annotations.Field) string {
	if has == 0 {
		return "-"
	}
	text, _ := json.Marshal(n)
	return string(text)
}
