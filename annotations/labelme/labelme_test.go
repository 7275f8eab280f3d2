package labelme_test

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/labelme"
	"cocostat/annotations/visittest"
)

var bg = context.Background()

const data = "../../../shared/data/formats/"

func read(text string) (*visittest.Visits, error) {
	return visittest.Record(func(v annotations.Visitor) error {
		return labelme.Scan(bg, strings.NewReader(text), "test.json", v)
	})
}

func open(t *testing.T, path, split string) (annotations.Folder, *visittest.Visits) {
	t.Helper()
	f, err := labelme.Open(bg, path, split, annotations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := visittest.Record(func(v annotations.Visitor) error { return f.Scan(bg, v) })
	if err != nil {
		t.Fatal(err)
	}
	return f, v
}

// 20 images of the set that CVAT wrote as COCO JSON.
func TestSameAsCOCO(t *testing.T) {
	want := visittest.COCO(t, data+"coco_format_v1/instances_default.json")
	_, v := open(t, data+"labelme_format", "")
	for name := range want {
		if _, err := os.Stat(data + "labelme_format/" + strings.TrimSuffix(name, ".jpg") + ".json"); err != nil {
			delete(want, name)
		}
	}
	if diff := visittest.Same(v.Objects(), want, 0.01); diff != "" || len(want) != 20 || len(v.Annotations) != 43 || len(v.Problems) > 0 { // 43: grep -c shape_type
		t.Errorf("%d images, %d annotations, problems %v:\n%s", len(want), len(v.Annotations), v.Problems, diff)
	}
	if im := v.Images[0]; im.FileName != "2007_000027.jpg" || im.Width != 486 || im.Height != 500 {
		t.Errorf("%+v", im)
	}
}

func shape(label, rest string) string { return fmt.Sprintf(`{"label": %q, %s}`, label, rest) }

func file(image string, shapes ...string) string {
	return fmt.Sprintf("{\"version\": \"5.4.1\", \"flags\": {\"x\": true},\n\"shapes\": [\n%s], \"imagePath\": %q, \"imageData\": \"%s\", \"imageHeight\": 80, \"imageWidth\": 100}",
		strings.Join(shapes, ",\n"), image, strings.Repeat("QUJD", 50000))
}

// By hand: the circle about (50, 40) through (53, 44) has the radius 5.
func TestShapes(t *testing.T) {
	v, err := read(file(`..\images\a.png`,
		shape("dog", `"points": [[30, 40.5], [10, 20]], "group_id": null, "shape_type": "rectangle", "flags": {}, "mask": null`),
		shape("cat", `"points": [[5, 6], [15.5, 3], [9, 30]], "shape_type": "polygon"`),
		shape("cat", `"points": [[50, 40], [53, 44]], "shape_type": "circle"`),
		shape("cat", `"points": [[10, 0], [20, 10], [10, 20], [0, 10]], "shape_type": "rotation", "direction": 0.78, "difficult": true`),
		shape("cat", `"points": [[4, 5], [7, 9]], "shape_type": "mask", "mask": "iVBORw0"`),
		shape("leg", `"points": [[1, 1], [3, 3], [1, 3]], "group_id": 7, "shape_type": "polygon"`),
		shape("leg", `"points": [[5, 6], [7, 8]], "group_id": 8, "shape_type": "rectangle"`),
		shape("leg", `"points": [[9, 5], [6, 2]], "group_id": 7, "shape_type": "rectangle"`),
		shape("dog", `"points": [[3, 4]], "shape_type": "point"`),
		shape("dog", `"points": [[3, 4], [5, 6]], "shape_type": "line"`),
		shape("dog", `"points": [[3, 4]], "shape_type": "rectangle"`),
		shape("dog", `"points": [[3, 4], ["x", 5]], "shape_type": "rectangle"`),
		`{"label": null, "points": [[1, 2], [3, 5]]}`, `7`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	names := []string{"", "cat", "dog", "leg"}
	for _, a := range v.Annotations {
		got = append(got, fmt.Sprintf("%d %s %.4v %v", a.ID, names[a.CategoryID], a.BBox, a.Crowd))
	}
	want := []string{"1 dog [10 20 20 20.5] false", "2 cat [5 3 10.5 27] false", "3 cat [45 35 10 10] false", "4 cat [0 0 20 20] true", "5 cat [4 5 3 4] false",
		"6 leg [1 1 8 4] false", "7 leg [5 6 2 2] false", "8 dog [0 0 0 0] false", "9 dog [0 0 0 0] false", "10 dog [0 0 0 0] false", "11 dog [0 0 0 0] false", "12  [1 2 2 3] false"}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if im := v.Images[0]; im.FileName != "a.png" || im.Width != 100 || im.Height != 80 {
		t.Errorf("%+v", im)
	}
	var kinds []string
	for _, p := range v.Problems {
		kinds = append(kinds, strings.Join(strings.Fields(p)[:2], " "))
	}
	if want := []string{"shape-without-box 8", "shape-without-box 9", "unreadable-field 10", "unreadable-field 11", "no-category 12"}; !slices.Equal(kinds, want) {
		t.Errorf("problems %q, want %q", kinds, want)
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	dog := shape("dog", `"points": [[1, 2], [3]], "shape_type": "rectangle"`)
	for name, text := range map[string]string{
		"train/a.json": file("../pictures/a.jpg", dog), "train/b.json": file("../../../etc/passwd", dog), "train/c.json": file("c.png")[:5000],
		"train/d.json":  `{"version": "1", "shapes": [], "imagePath": "d.png"}`,
		"val/e.json":    file("e.jpg", shape("ape", `"points": []`)),
		"val/meta.json": `{"a": 1}`,
		"labels.txt":    "__ignore__\n_background_\nzebra\ndog\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	w, err := os.Create(filepath.Join(dir, "train", "d.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(w, image.NewGray(image.Rect(0, 0, 37, 21))); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if !labelme.IsFolder(dir) || labelme.IsFolder(filepath.Join(dir, "nothing")) {
		t.Error("which folders are LabelMe's")
	}
	f, v := open(t, dir, "")
	if want := []string{"unreadable-field 1 train/a.json:3", "unreadable-field 2 train/b.json:3", "unreadable-file 0 train/c.json:0"}; !slices.Equal(slices.Sorted(slices.Values(v.Problems)), want) {
		t.Errorf("problems %q, want %q", v.Problems, want)
	}
	if im := v.Images; len(im) != 3 || im[0].FileName != "pictures/a.jpg" || im[1].FileName != "passwd" || im[2].FileName != "train/d.png" || im[2].Width != 37 || im[2].Height != 21 {
		t.Errorf("%+v", v.Images)
	}
	if c := v.Categories; len(c) != 3 || c[0].Name != "zebra" || c[1].Name != "dog" || c[2].Name != "ape" || f.Images() != dir || f.Source().SHA256 == "" {
		t.Errorf("%+v", v.Categories)
	}
	if parted, is := f.(annotations.Parted); !is || !slices.Equal(parted.Splits(), []string{"train", "val"}) {
		t.Error("the splits are not train and val")
	}
	if _, v := open(t, dir, "val"); len(v.Images) != 1 || v.Categories[1].Name != "dog" {
		t.Errorf("%+v", v)
	}
	if _, err := labelme.Open(bg, dir, "test", annotations.Options{}); err == nil || !strings.Contains(err.Error(), "no files in the folder test/; there are some in train, val") {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{"images": []}`:                     "test.json: line 1, column 1 (byte 0): no list of shapes",
		`{"shapes": [`:                       "truncated",
		`[1]`:                                "expected '{'",
		`{"shapes": []} x`:                   "expected the end of the file",
		strings.Repeat(`{"shapes":[`, 10000): "line 1",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.50s: %v, want %s", text, err, want)
		}
	}
	for text, want := range map[string]bool{
		file("a.jpg"): true, `{"imagePath": "a", "imageData": "x`: true, `{"images": [], "shapes": [], "version": 1}`: false, `[]`: false, "": false, `{"shapes": 1}`: false,
	} {
		if labelme.Is([]byte(text[:min(len(text), 4096)])) != want {
			t.Errorf("%.60q: not %v", text, want)
		}
	}
}

// Whatever the text, a scan ends with boxes that are numbers.
func FuzzScan(f *testing.F) {
	f.Add([]byte(`{"shapes": [` + shape("dog", `"points": [[30, 40.5], [10, 20]], "group_id": 1, "shape_type": "rectangle"`) + `], "imagePath": "a", "imageWidth": 5, "imageHeight": 1e99}`))
	f.Add([]byte(`{"shapes": [` + shape("cat", `"points": [[50, 40], [53, 1e308]], "shape_type": "circle", "difficult": true`) + `], "imagePath": "../x"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := read(string(text))
		if (err == nil) != (len(v.Images) == 1) {
			t.Errorf("%d images, %v", len(v.Images), err)
		}
		for i, a := range v.Annotations {
			if a.ID != int64(i+1) || (a.Has&annotations.FieldBBox == 0) != (a.Has&annotations.FieldBoxTold != 0) || a.CategoryID > int64(len(v.Categories)) {
				t.Errorf("%+v", a)
			}
			for _, n := range a.BBox {
				if math.IsNaN(n) || math.IsInf(n, 0) {
					t.Errorf("%+v", a)
				}
			}
		}
		for _, im := range v.Images {
			if strings.Contains(im.FileName, "../") || im.FileName == ".." {
				t.Errorf("the name of an image is %q", im.FileName)
			}
		}
	})
}
