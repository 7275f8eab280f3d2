package labelstudio_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/labelstudio"
	"cocostat/annotations/visittest"
)

var bg = context.Background()

func read(text string) (*visittest.Visits, error) {
	return visittest.Record(func(v annotations.Visitor) error {
		return labelstudio.Scan(bg, strings.NewReader(text), "test.json", v)
	})
}

// region is one as Label Studio 1.13 writes it, on an image of 600×400.
func region(value, rest string) string {
	return `{"original_width": 600, "original_height": 400, "image_rotation": 0, "value": {` + value + `}, "from_name": "label", "to_name": "image", "origin": "manual"` + rest + `}`
}

func task(id int, image, annotations string) string {
	return fmt.Sprintf(`{"id": %d, "annotations": [%s], "file_upload": "x.jpg", "drafts": [{"result": [{}]}], "predictions": [{"result": [%s]}], "data": {"image": %q, "city": "Kiel"}, "meta": {}, "project": 1}`,
		id, annotations, region(`"x": 1, "y": 1, "width": 1, "height": 1, "rectanglelabels": ["guess"]`, ""), image)
}

const car = `"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["car", "red"]`

func objects(v *visittest.Visits) (list []string) {
	for name, objects := range v.Objects() {
		for _, o := range objects {
			list = append(list, fmt.Sprintf("%s %s %.5v", name, o.Class, o.BBox))
		}
	}
	slices.Sort(list)
	return list
}

// By hand: 1 % of 600×400 is 6×4 pixels. Turned by 90° about its top left corner
// (60, 80), the box of 180×160 goes to the left of it: x from -100 to 60, y from 80
// to 260. The ellipse has semi-axes 60 and 40.
func TestShapes(t *testing.T) {
	v, err := read("[" + task(7, "/data/upload/1/ab12-road%20one.jpg", `{"id": 3, "result": [`+strings.Join([]string{
		region(car, `, "id": "a"`),
		region(strings.Replace(car, `"rotation": 0`, `"rotation": 90`, 1), `, "id": "b"`),
		region(`"x": 50, "y": 50, "radiusX": 10, "radiusY": 10, "rotation": 0, "ellipselabels": ["wheel"]`, ""),
		region(`"points": [[10, 10], [20, 30.5], [5, 20]], "closed": true, "polygonlabels": ["sign"]`, ""),
		// A region in two parts, and its attribute.
		region(`"x": 0, "y": 0, "width": 10, "height": 10`, `, "id": "c", "type": "rectangle"`),
		region(`"x": 0, "y": 0, "width": 10, "height": 10, "labels": ["bus"]`, `, "id": "c", "type": "labels"`),
		region(`"x": 0, "y": 0, "width": 10, "height": 10, "choices": ["old"]`, `, "id": "c", "type": "choices"`),
		region(`"format": "rle", "rle": [0, 1, 2], "brushlabels": ["mud"]`, ""),
		region(`"x": 1, "y": 2, "width": 0.5, "keypointlabels": ["nose"]`, ""),
		region(`"choices": ["sunny"]`, ""),
		region(`"x": "a", "y": 20, "width": 30, "height": 40, "rectanglelabels": ["car"]`, ""),
		region(`"x": 0, "y": 0, "width": 1, "height": 1`, `, "id": "d"`),
		`{"from_id": "a", "to_id": "b", "type": "relation", "direction": "right"}`,
	}, ",")+`], "was_cancelled": false, "ground_truth": false}`) + "]")
	if err != nil {
		t.Fatal(err)
	}
	const name = "ab12-road one.jpg "
	want := []string{name + " [0 0 6 4]", name + "bus [0 0 60 40]", name + "car [-100 80 160 180]", name + "car [0 0 0 0]", name + "car [60 80 180 160]",
		name + "mud [0 0 0 0]", name + "nose [0 0 0 0]", name + "sign [30 40 90 82]", name + "wheel [240 160 120 80]"}
	if got := objects(v); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if im := v.Images[0]; im.ID != 7 || im.Width != 600 || im.Height != 400 {
		t.Errorf("%+v", im)
	}
	kinds := strings.Join(v.Problems, " ")
	for kind, n := range map[annotations.Kind]int{annotations.ShapeWithoutBox: 2, annotations.ImageLabel: 1, annotations.UnreadableField: 1, annotations.NoCategory: 1} {
		if strings.Count(kinds, string(kind)) != n || len(v.Problems) != 5 {
			t.Errorf("problems %q, want %d of %s", v.Problems, n, string(kind))
		}
	}
	if c := v.Categories; len(c) != 6 || c[0].Name != "bus" || c[0].ID != 1 || c[5].Name != "wheel" {
		t.Errorf("%+v", c)
	}
}

// Label Studio's own converter makes the same of an export: testdata/make.py.
func TestSameAsItsConverter(t *testing.T) {
	want := visittest.COCO(t, "testdata/coco.json")
	text, err := os.ReadFile("testdata/export.json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := read(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := visittest.Same(v.Objects(), want, 0.01); diff != "" || len(v.Annotations) < 15 || len(v.Problems) > 0 {
		t.Errorf("%d annotations, problems %v:\n%s", len(v.Annotations), v.Problems, diff)
	}
	if v.Categories[0].Name != "bike" || v.Categories[2].Name != "car" { // its order, from 0
		t.Errorf("%+v", v.Categories)
	}
}

// Which of several annotations counts, and which tasks are none.
func TestAnnotationsOfATask(t *testing.T) {
	one := func(label, more string) string {
		return `{"result": [` + region(strings.Replace(car, "car", label, 1), "") + `]` + more + `}`
	}
	for name, c := range map[string]struct {
		annotations, want string
		problems          int
	}{
		"one":               {one("a", ""), "a", 0},
		"last created":      {one("a", `, "created_at": "2024-05-02T10:00:00.5Z"`) + "," + one("b", `, "created_at": "2024-05-01T10:00:00Z"`), "a", 1},
		"last in the file":  {one("a", "") + "," + one("b", ""), "b", 1},
		"ground truth":      {one("a", `, "ground_truth": true, "created_at": "2023"`) + "," + one("b", `, "created_at": "2024"`), "a", 1},
		"cancelled":         {one("a", "") + "," + one("b", `, "was_cancelled": true`), "a", 0},
		"all are cancelled": {one("b", `, "was_cancelled": true`), "left out", 1},
		"none":              {"", "left out", 1},
		"empty":             {`{"result": []}`, "", 0},
	} {
		v, err := read("[" + task(1, "s3://bucket/x/a.png", c.annotations) + "]")
		if err != nil {
			t.Fatal(err)
		}
		got := "left out"
		if len(v.Images) == 1 {
			got = ""
			for _, o := range v.Objects()["a.png"] {
				got += o.Class
			}
		}
		if got != c.want || len(v.Problems) != c.problems {
			t.Errorf("%s: %q, problems %q; want %q", name, got, v.Problems, c.want)
		}
	}
}

func TestMin(t *testing.T) {
	text := `[{"image": "/data/local-files/?d=cam%2F1/a.jpg", "id": 12, "label": [{"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["car"], "original_width": 600, "original_height": 400}],
"poly": [{"points": [[0, 0], [10, 10]], "polygonlabels": ["bus"], "original_width": 600, "original_height": 400}], "choice": "sunny", "annotator": 1, "annotation_id": 4, "created_at": "2024-05-01T10:00:00Z", "lead_time": 3.5},
{"image": "https://host/b.jpg?size=1", "id": 13, "annotator": 1, "annotation_id": 5}]`
	if !labelstudio.Is([]byte(text)) {
		t.Error("not recognised")
	}
	v, err := read(text)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := objects(v), []string{"a.jpg bus [0 0 60 40]", "a.jpg car [60 80 180 160]"}; !slices.Equal(got, want) || len(v.Images) != 2 {
		t.Errorf("%q, want %q", got, want)
	}
	if v.Images[0].FileName != "cam/1/a.jpg" || v.Images[1].FileName != "b.jpg" || v.Images[1].ID != 13 || len(v.Problems) > 0 {
		t.Errorf("%+v, problems %q", v.Images, v.Problems)
	}
}

func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		"[" + task(1, "a.jpg", ""):                                                true,
		` [{"id": 1, "completions": [{"result": []}]}]`:                           true,
		`[{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}]`: false,
		`{"images": [], "annotations": [{"result": 1}]}`:                          false,
		`[{"id": 1, "file_name": "a.jpg"}]`:                                       false,
		`[]`:                                                                      false,
		"":                                                                        false,
	} {
		if labelstudio.Is([]byte(text)) != want {
			t.Errorf("%.60s: not %v", text, want)
		}
	}
}

func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": 1}`:                  "test.json: line 1, column 1 (byte 0): no list of tasks",
		`[{"id": 1`:                 "truncated",
		`[{"id": 1}] x`:             "expected the end of the file",
		strings.Repeat("[", 100000): "more than 10000",
		`[{"annotations": [{"result": [` + strings.Repeat(`{"value": `, 100000): "more than 10000",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.50s: %v, want %s", text, err, want)
		}
	}
	v, err := read(`[5, {"id": 1, "data": {"image": "../../../etc/passwd"}, "annotations": [7, {"result": [8]}]}]`)
	if err != nil || len(v.Problems) != 2 || v.Images[0].FileName != "passwd" {
		t.Errorf("%+v, %v", v, err)
	}
	v, err = read(`[{"id": 1, "data": {"image": "/data/local-files/?d=../../../etc/passwd"}, "annotations": [{"result": []}]}]`)
	if err != nil || v.Images[0].FileName != "etc/passwd" {
		t.Errorf("%+v, %v", v, err)
	}
}

// Whatever the text, a scan ends with boxes that are numbers.
func FuzzScan(f *testing.F) {
	f.Add([]byte("[" + task(1, "a.jpg", `{"result": [`+region(car, "")+`]}`) + "]"))
	f.Add([]byte(`[{"image": "a", "label": [{"points": [[0, 0], [1e308]], "x": 1e400, "polygonlabels": ["bus", 5], "original_width": 1e300}], "annotator": 1}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := read(string(text))
		if err != nil && len(v.Images)+len(v.Annotations) > 0 {
			t.Errorf("%v after visits", err)
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
	})
}
