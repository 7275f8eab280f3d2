package dataset

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cocostat/annotations"
	"cocostat/annotations/coco/cocotest"
)

func TestWhatItIsInstead(t *testing.T) {
	for text, words := range map[string]string{
		"":              "empty",
		" \n\t":         "nothing but spaces",
		"\xef\xbb\xbf":  "nothing but spaces",
		"\xff\xfe{\x00": "UTF-16",
		"PK\x03\x04abc": "zip archive",
		"version https://git-lfs.github.com/spec/v1\noid":               "git lfs pull",
		"<!DOCTYPE html><html>":                                         "HTML page",
		"\n<HTML><body>404":                                             "HTML page",
		"<?xml version=\"1.0\"?>\n<annotation><object>":                 "Pascal VOC",
		"<?xml version=\"1.0\"?><svg>":                                  "XML",
		`[{"image_id":1,"category_id":1,"bbox":[1,2,3,4],"score":0.5}]`: "detection results",
		"[]":                                 "JSON list",
		`[{"id":1,"file_name":"a.jpg"}]`:     "bare list",
		`[1, 2]`:                             "JSON list",
		"0 0.5 0.5 0.25 0.25\n1 0.1 0.1 1":   "YOLO",
		"3\t5e-05 0.5 .25 1.0E-3\r\n":        "YOLO",
		`"text"`:                             "does not start with an object",
		`{"loss": 1}` + "\n" + `{"loss": 2}`: "JSON lines",
		`{"images": {"1": {}}}`:              `"images" is no list`,
		`{"annotations": 5}`:                 `"annotations" is no list`,
	} {
		_, err := countText(strings.NewReader(text), false)
		if format := new(*annotations.FormatError); !errors.As(err, format) || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: error %v, want %q", text, err, words)
		}
	}
}

func TestNothingToCount(t *testing.T) {
	for text, words := range map[string]string{
		`{}`:               "no images, annotations and categories",
		`{"shapes": [{}]}`: "no images, annotations and categories",
		`{"images": null, "annotations": [], "categories": []}`:                                                                   "no images, annotations and categories",
		`{"images": [{"id": 1}], "annotations": []}`:                                                                              "no categories (1 images",
		`{"annotations": [], "categories": [{"id": 1}]}`:                                                                          "no images (1 categories",
		`{"images": [{"id": 1}], "annotations": [{"id": 1, "image_id": 1, "caption": "a"}]}`:                                      "captions",
		`{"images": [{"id": 1.5}], "annotations": [{"id": 1, "image_id": "img_a", "category_id": 1}], "categories": [{"id": 1}]}`: "no image has an id that can be read",
		strings.ReplaceAll(cocotest.Small, `"image_id": `, `"image_id": 7`):                                                       "none of the 3 annotations",
	} {
		_, err := countText(strings.NewReader(text), false)
		if empty := new(*annotations.EmptyError); !errors.As(err, empty) || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: error %v, want %q", text, err, words)
		}
	}
	c, err := countText(strings.NewReader(`{"images": [{"id": 1}], "annotations": [], "categories": [{"id": 4}]}`), false)
	if err != nil || c.TotalInstances != 0 || len(c.Instances) != 1 || c.AnnotatedImages != 0 {
		t.Errorf("a dataset without annotations: %+v, %v", c, err)
	}
	all := strings.ReplaceAll(cocotest.Small, `"category_id"`, `"iscrowd": 1, "category_id"`)
	if c, err := countText(strings.NewReader(all), true); err != nil || c.TotalInstances != 0 || c.Crowd[0] != 2 {
		t.Errorf("nothing but crowds, which are left out: %+v, %v", c, err)
	}
}

func TestProblems(t *testing.T) {
	text := `{"images": [{"id": 1}, {"id": 1}, {"id": 1.5}, {"id": 2, "width": 5, "height": 5}, 7], "images": [],
"categories": [{"id": 1, "name": "a"}, {"id": 1, "name": "a"}, {"id": 2, "name": "a"}],
"annotations": [{"id": 0, "image_id": 1, "category_id": 1, "bbox": [0, 0, 0, 5]},
{"id": 3, "image_id": 1, "category_id": 1, "bbox": [0, 0, -1, 5], "area": {}},
{"id": 3, "id": 3, "image_id": "1", "category_id": 1, "bbox": ["0", 0, 1, 1]},
{"id": 4, "image_id": 9, "category_id": 9, "bbox": [0, 0, 1]}, null]}`
	c, err := countText(strings.NewReader(text), false)
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) int64 { return int64(strings.Index(text, s)) }
	one := func(kind annotations.Kind, id, offset int64) annotations.Problem {
		return annotations.Problem{Kind: kind, Count: 1, Examples: []annotations.Example{{File: "test.json", ID: id, Offset: offset}}}
	}
	want := []annotations.Problem{
		one(annotations.UnknownImage, 4, at(`{"id": 4`)),
		one(annotations.UnknownCategory, 4, at(`{"id": 4`)),
		one(annotations.UnreadableID, 0, at(`{"id": 1.5`)),
		{Kind: annotations.NotAnObject, Count: 2, Examples: []annotations.Example{{File: "test.json", ID: 0, Offset: at("7]")}, {File: "test.json", ID: 0, Offset: at("null]")}}},
		one(annotations.UnreadableArea, 3, at("{}}")),
		one(annotations.UnreadableField, 4, at("[0, 0, 1]")),
		one(annotations.DuplicateID, 3, at(`{"id": 3, "id"`)),
		one(annotations.DuplicateImage, 1, at(`{"id": 1}, {"id": 1.5`)),
		one(annotations.DuplicateList, 0, at(`: [],`)),
		one(annotations.DuplicateCategory, 1, at(`{"id": 1, "name": "a"}, {"id": 2`)),
		one(annotations.SameCategoryName, 2, at(`{"id": 2, "name"`)),
		one(annotations.DuplicateKey, 3, at(`3, "image_id": "1"`)),
		one(annotations.NormalisedBox, 3, at(`{"id": 3, "id"`)),
		one(annotations.NoBox, 4, at(`{"id": 4`)),
		one(annotations.EmptyBox, 0, at(`{"id": 0`)),
		one(annotations.NegativeBox, 3, at(`{"id": 3, "image_id"`)),
		one(annotations.NoSize, 1, at(`{"id": 1}`)),
		one(annotations.AnnotationIDZero, 0, at(`{"id": 0`)),
		one(annotations.StringNumber, 3, at(`["0"`)),
		one(annotations.StringID, 1, at(`"1", "category_id"`)),
		{Kind: annotations.NoArea, Count: 2, Examples: []annotations.Example{{File: "test.json", ID: 0, Offset: at(`{"id": 0`)}, {File: "test.json", ID: 3, Offset: at(`{"id": 3, "id"`)}}},
		one(annotations.EmptyCategory, 2, at(`{"id": 2, "name"`)),
		one(annotations.UnannotatedImage, 2, at(`{"id": 2, "width"`)),
	}
	if diff := cmp.Diff(want, c.Problems); diff != "" {
		t.Errorf("problems differ (-want +got):\n%s", diff)
	}
	for _, p := range c.Problems {
		if p.Kind.String() == string(p.Kind) {
			t.Errorf("%s is not described", p.Kind)
		}
	}
}

func TestExamplesAreTheFirst(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"images":[{"id":1}],"categories":[{"id":1}],"annotations":[`)
	for range 9 {
		b.WriteString(`{"id":1,"image_id":1,"category_id":1},`)
	}
	b.WriteString(`{"id":2,"image_id":1,"category_id":1}]}`)
	c, err := countText(strings.NewReader(b.String()), false)
	if err != nil {
		t.Fatal(err)
	}
	const first, size = 60, 38
	for _, p := range c.Problems {
		if p.Kind != annotations.NoBox {
			continue
		}
		want := []annotations.Example{{File: "test.json", ID: 1, Offset: first}, {File: "test.json", ID: 1, Offset: first + size}, {File: "test.json", ID: 1, Offset: first + 2*size}}
		if diff := cmp.Diff(want, p.Examples); p.Count != 10 || diff != "" {
			t.Errorf("%d found; examples differ (-want +got):\n%s", p.Count, diff)
		}
		return
	}
	t.Error("annotations without a box were not reported")
}

// Shards: the images listed in one, the categories in another, annotations of
// the same image in two of them.
func TestCountShards(t *testing.T) {
	paths := cocotest.Write(t,
		`{"images": [{"id": 1, "file_name": "1.jpg"}, {"id": 2, "file_name": "2.jpg"}], "categories": [{"id": 1, "name": "cat"}],
		  "annotations": [{"id": 1, "image_id": 1, "category_id": 1}, {"id": 2, "image_id": 2, "category_id": 2, "iscrowd": 1}]}`,
		`{"images": [{"id": 2, "file_name": "2.jpg", "width": 5, "height": 6}], "categories": [{"id": 2, "name": "dog"}, {"id": 1, "name": "cat"}],
		  "annotations": [{"id": 3, "image_id": 2, "category_id": 2}, {"id": 1, "image_id": 1, "category_id": 1}, {"id": 5, "image_id": 3, "category_id": 1}]}`,
		`{"annotations": [{"id": 4, "image_id": 2, "category_id": 1}, {"id": 9, "image_id": 2, "category_id": 3}]}`)
	want := &annotations.Counts{
		Categories: []annotations.Category{{ID: 1, Name: "cat"}, {ID: 2, Name: "dog"}},
		Instances:  []int64{3, 2}, Images: []int64{2, 1}, Crowd: []int64{0, 1},
		ImageRows: []annotations.ImageCount{{ID: 1, FileName: "1.jpg", Width: 0, Height: 0, Objects: 2, Classes: 1}, {ID: 2, FileName: "2.jpg", Width: 5, Height: 6, Objects: 3, Classes: 2}},
		Pairs:     []annotations.Pair{{Image: 0, Class: 0, Objects: 2}, {Image: 1, Class: 0, Objects: 1}, {Image: 1, Class: 1, Objects: 2}}, AnnotatedImages: 2, TotalInstances: 5, Annotations: 7, Crowds: true,
	}
	var problems []annotations.Problem
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}} {
		c, err := Count(bg, []string{paths[order[0]], paths[order[1]], paths[order[2]]}, annotations.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, cocotest.Comparable(c)); diff != "" {
			t.Errorf("order %v differs (-want +got):\n%s", order, diff)
		}
		if cocotest.ProblemCount(c.Problems, annotations.UnknownImage) != 1 || cocotest.ProblemCount(c.Problems, annotations.UnknownCategory) != 1 {
			t.Errorf("problems %v", c.Problems)
		}
		if problems == nil {
			problems = c.Problems
		}
		if diff := cmp.Diff(problems, c.Problems); diff != "" {
			t.Errorf("order %v: problems differ (-want +got):\n%s", order, diff)
		}
	}
}

// The annotations of a random dataset, dealt to shards that all list the
// images and categories, count as in one file.
func TestCountRandomShards(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	frame := `{"images":[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5}],"categories":[{"id":1},{"id":2},{"id":3}],"annotations":[%]}`
	var all []string
	shards := make([][]string, 4)
	for i := range 200 {
		a := fmt.Sprintf(`{"id":%d,"image_id":%d,"category_id":%d,"iscrowd":%d}`, i, 1+r.IntN(6), 1+r.IntN(4), r.IntN(2))
		all = append(all, a)
		to := r.IntN(len(shards))
		shards[to] = append(shards[to], a)
	}
	texts := []string{strings.Replace(frame, "%", strings.Join(all, ","), 1)}
	for _, s := range shards {
		texts = append(texts, strings.Replace(frame, "%", strings.Join(s, ","), 1))
	}
	paths := cocotest.Write(t, texts...)
	for _, noCrowd := range []bool{false, true} {
		whole, err := Count(bg, paths[:1], annotations.Options{NoCrowd: noCrowd})
		if err != nil {
			t.Fatal(err)
		}
		parts, err := Count(bg, paths[1:], annotations.Options{NoCrowd: noCrowd})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(cocotest.Comparable(whole), cocotest.Comparable(parts)); diff != "" {
			t.Errorf("shards differ (-whole +shards):\n%s", diff)
		}
	}
}

func TestCategoryConflicts(t *testing.T) {
	paths := cocotest.Write(t, cocotest.Small, strings.Replace(cocotest.Small, `"dog"`, `"wolf"`, 1))
	_, err := Count(bg, paths, annotations.Options{})
	if err == nil || !strings.Contains(err.Error(), paths[0]) || !strings.Contains(err.Error(), paths[1]) || !strings.Contains(err.Error(), "wolf") {
		t.Errorf("error %v does not name both files and the names", err)
	}
	twice := strings.Replace(cocotest.Small, `{"id": 2, "name": "dog"}`, `{"id": 1, "name": "dog"}`, 1)
	if _, err := countText(strings.NewReader(twice), false); err == nil || !strings.Contains(err.Error(), `"cat"`) || !strings.Contains(err.Error(), `"dog"`) {
		t.Errorf("error %v of one id with two names in a file", err)
	}
}

// Exports that number each part from 1 hold different images under one id.
func TestSameIDsDifferentImages(t *testing.T) {
	paths := cocotest.Write(t, cocotest.Small, strings.NewReplacer("1.jpg", "x.jpg", "2.jpg", "y.jpg").Replace(cocotest.Small))
	c, err := Count(bg, paths, annotations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantRows := []annotations.ImageCount{{ID: 1, FileName: "1.jpg", Width: 0, Height: 0, Objects: 2, Classes: 1}, {ID: 1, FileName: "x.jpg", Width: 0, Height: 0, Objects: 2, Classes: 1}, {ID: 2, FileName: "2.jpg", Width: 0, Height: 0, Objects: 1, Classes: 1}, {ID: 2, FileName: "y.jpg", Width: 0, Height: 0, Objects: 1, Classes: 1}}
	if diff := cmp.Diff(wantRows, c.ImageRows); diff != "" {
		t.Errorf("image rows differ (-want +got):\n%s", diff)
	}
	if cocotest.ProblemCount(c.Problems, annotations.ImageNames) != 2 || c.Instances[0] != 4 || c.Images[0] != 2 {
		t.Errorf("counts %+v", c)
	}
}

// A file without an image list cannot say which of two images with one id it
// means.
func TestAmbiguousImage(t *testing.T) {
	paths := cocotest.Write(t, cocotest.Small, strings.Replace(cocotest.Small, "1.jpg", "x.jpg", 1),
		`{"annotations": [{"id": 1, "image_id": 1, "category_id": 1}, {"id": 2, "image_id": 2, "category_id": 1}]}`)
	c, err := Count(bg, paths, annotations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if cocotest.ProblemCount(c.Problems, annotations.UnknownImage) != 1 || c.Instances[0] != 5 {
		t.Errorf("%d instances, problems %v", c.Instances[0], c.Problems)
	}
}

func TestLoadLeavesOutUnknown(t *testing.T) {
	text := strings.Replace(cocotest.Small, `"annotations": [`, `"annotations": [{"id": 8, "image_id": 1, "category_id": 8}, {"id": 9, "image_id": 9, "category_id": 1}, {"id": 10, "image_id": "a", "category_id": 1},`, 1)
	d, err := Load(bg, cocotest.Write(t, text)[0])
	if err != nil {
		t.Fatal(err)
	}
	var ids [][]int64
	for _, objects := range d.Objects {
		var row []int64
		for _, a := range objects {
			row = append(row, a.ID)
		}
		ids = append(ids, row)
	}
	if diff := cmp.Diff([][]int64{{1, 2}, {3}}, ids); diff != "" {
		t.Errorf("objects differ (-want +got):\n%s", diff)
	}
	if cocotest.ProblemCount(d.Problems, annotations.UnknownImage) != 2 || cocotest.ProblemCount(d.Problems, annotations.UnknownCategory) != 1 {
		t.Errorf("problems %v", d.Problems)
	}
	if _, err := Load(bg, cocotest.Write(t, `{"images": []}`)[0]); err == nil {
		t.Error("an empty dataset was loaded")
	}
}
