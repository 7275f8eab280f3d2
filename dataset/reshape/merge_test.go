package reshape_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/coco"
	"cocostat/dataset/reshape"
)

// merged unites texts, and returns the text of the union and what was said of it.
func merged(t *testing.T, u reshape.Union, texts ...string) (string, *reshape.Merged) {
	t.Helper()
	var sources []*reshape.Source
	for i, text := range texts {
		sources = append(sources, read(t, write(t, text), reshape.Options{Names: true}))
		u.Folders = append(u.Folders, fmt.Sprintf("set%d", i))
	}
	m, err := reshape.Merge(sources, u)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := m.Write(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(out.Bytes()) {
		t.Fatalf("no JSON: %s", out.String())
	}
	return out.String(), m
}

// By hand: ids that clash get new ones, classes are united by their names, and
// everything else in the elements stays to the byte.
func TestMergeByHand(t *testing.T) {
	const first = `{"info": {"year": 2020}, "images": [{"id": 1, "file_name": "a.jpg", "x":  [1]}],
"annotations": [{"id": 5, "image_id": 1, "category_id": 1}, {"id": 6, "image_id": 77, "category_id": 1}],
"categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]}
`
	const second = `{"images": [{"file_name":"a.jpg", "id":1 ,"x": {"id": 1}}, {"id": 4, "file_name": "b.jpg"}],
"annotations": [{"image_id":1,"id":5,"category_id":1,"y":"\"id\":1"},{"id": 9, "image_id": 4, "category_id": 2}],
"categories": [{"id": 1, "name": "dog", "z": 1}, {"id": 2, "name": "bird"}], "licenses": [1]}`
	apart := reshape.Union{By: reshape.ByName, Places: []string{"a", "b", "c", "d"}}
	text, m := merged(t, apart, first, second)
	const want = `{"info": {"year": 2020}, "images": [{"id": 1, "file_name": "a.jpg", "x":  [1]},
{"file_name":"set1/a.jpg", "id":5 ,"x": {"id": 1}},
{"id": 4, "file_name": "b.jpg"}],
"annotations": [{"id": 5, "image_id": 1, "category_id": 1},
{"image_id":5,"id":10,"category_id":2,"y":"\"id\":1"},
{"id": 11, "image_id": 4, "category_id": 3}],
"categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"},
{"id": 3, "name": "bird"}]}
`
	if text != want {
		t.Errorf("%swant\n%s", text, want)
	}
	if m.Images != 3 || m.Objects != 3 || m.Dangling != 1 || m.NewImageIDs != 1 || m.NewNames != 1 || m.NewClassIDs != 2 || m.NewObjectIDs != 2 {
		t.Errorf("it says %+v", m)
	}
	if n, name, ok := m.Origin("set1/a.jpg"); n != 1 || name != "a.jpg" || !ok {
		t.Errorf("set1/a.jpg comes from %d, %q, %v", n, name, ok)
	}
	text, m = merged(t, reshape.Union{By: reshape.ByName}, first, second)
	if d := parse(t, text); len(d.Images) != 2 || d.Annotations[1].ImageID != 1 || m.SharedImages != 1 {
		t.Errorf("one image for both: %s", text)
	}
	// In one folder the name alone tells that an image is the same.
	text, m = merged(t, reshape.Union{By: reshape.ByName, Places: []string{"a", "a"}}, first, strings.Replace(second, `"id":1 ,`, `"id":3 ,`, 1))
	if d := parse(t, text); len(d.Images) != 2 || m.SharedImages != 1 || len(d.Annotations) != 2 {
		t.Errorf("one image in one folder: %s", text)
	}
}

// By hand: lists that are empty, absent or twice there, and LVIS's lists of
// categories.
func TestMergeOddLists(t *testing.T) {
	const plain = `{"images": [{"id": 1}, 3], "annotations": [{"id": 1, "image_id": 1, "category_id": 1}], "categories": [{"id": 1, "name": "a"}]}`
	for _, first := range []string{
		`{"categories": [{"id": 7, "name": "b"}]}`,
		`{"images": [ ], "annotations": [], "categories": [{"id": 7, "name": "b"}], "z": {}}`,
		`{"images": [3], "annotations": [{"id": 1, "image_id": 4, "category_id": 7}], "categories": [{"id": 7, "name": "b"}]}`,
		`{"images": [], "images": [], "annotations": [{}], "categories": [{"id": 7, "name": "b"}]}`,
	} {
		text, _ := merged(t, reshape.Union{By: reshape.ByName}, first, plain)
		d := parse(t, strings.NewReplacer("[3,", "[", ",3", "").Replace(text))
		if len(d.Images) != 1 || len(d.Annotations) != 1 || len(d.Categories) != 2 {
			t.Errorf("%s became %s", first, text)
		}
	}
	text, _ := merged(t, reshape.Union{By: reshape.ByName}, `{"categories": [{"id": 1, "name": "b"}]}`,
		`{"images": [{"id": 1, "neg_category_ids": [1, 5], "not_exhaustive_category_ids": []}], "categories": [{"id": 1, "name": "a"}, {"id": 5, "name": "b"}]}`)
	if !strings.Contains(text, `{"id": 1, "neg_category_ids": [6,1], "not_exhaustive_category_ids": []}`) {
		t.Errorf("the lists of categories are %s", text)
	}
}

func TestMergeByID(t *testing.T) {
	a := read(t, write(t, `{"categories": [{"id": 1, "name": "a"}]}`), reshape.Options{Names: true})
	b := read(t, write(t, `{"categories": [{"id": 1, "name": "b"}]}`), reshape.Options{Names: true})
	_, err := reshape.Merge([]*reshape.Source{a, b}, reshape.Union{By: reshape.ByID, Folders: []string{"a", "b"}})
	if err == nil || !strings.Contains(err.Error(), `category 1 is "a" in one set and "b" in another: --by name`) {
		t.Errorf("error %v", err)
	}
}

// whole is an annotation with all that refers to others resolved, for comparison.
type whole struct{ image, annotation, class string }

// describe lists the annotations of a text by what they refer to, whatever the ids.
// Images and annotations tell in fields of their own which they are.
func describe(t *testing.T, text string) map[whole]int {
	t.Helper()
	var d struct {
		Images []struct {
			ID       int64
			FileName string `json:"file_name"`
			Is       string
		}
		Annotations []struct {
			ID         int64
			ImageID    int64 `json:"image_id"`
			CategoryID int64 `json:"category_id"`
			Is         string
		}
		Categories []struct {
			ID   int64
			Name string
		}
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	images, classes := map[int64]string{}, map[int64]string{}
	for _, im := range d.Images {
		if _, twice := images[im.ID]; twice {
			t.Fatalf("image %d is listed twice in %s", im.ID, text)
		}
		images[im.ID] = im.Is
	}
	for _, k := range d.Categories {
		if _, twice := classes[k.ID]; twice {
			t.Fatalf("category %d is listed twice in %s", k.ID, text)
		}
		classes[k.ID] = k.Name
	}
	ids, out := map[int64]bool{}, map[whole]int{}
	for _, a := range d.Annotations {
		if ids[a.ID] {
			t.Fatalf("annotation %d is there twice in %s", a.ID, text)
		}
		ids[a.ID] = true
		image, listed := images[a.ImageID]
		class, known := classes[a.CategoryID]
		if !listed || !known {
			t.Fatalf("annotation %d refers to nothing in %s", a.ID, text)
		}
		out[whole{image: image, annotation: a.Is, class: class}]++
	}
	return out
}

// Random sets with ids and names that clash, united: every annotation refers to the
// image and the class that it had. What Scan tells of the union is what the text has.
func TestMergeProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for range 100 {
		var texts []string
		want := map[whole]int{}
		for set := range 2 + random.IntN(3) {
			var images, objects, classes []string
			n, k := 1+random.IntN(6), 1+random.IntN(4)
			for i := range n {
				images = append(images, fmt.Sprintf(`{"id": %d, "file_name": "%d.jpg", "is": "%d-%d"}`, i+random.IntN(2)*10, i%3, set, i))
			}
			names := random.Perm(6)
			for i := range k {
				classes = append(classes, fmt.Sprintf(`{"id": %d, "name": "c%d"}`, i+1, names[i]))
			}
			ids := map[int]int{}
			for i, text := range images {
				var id int
				fmt.Sscanf(text, `{"id": %d`, &id)
				ids[i] = id
			}
			first := random.IntN(5)
			for i := range random.IntN(8) {
				of, class := random.IntN(n), random.IntN(k)
				objects = append(objects, fmt.Sprintf(`{"id": %d, "image_id": %d, "category_id": %d, "is": "%d-%d"}`, first+i, ids[of], class+1, set, i))
				want[whole{image: fmt.Sprintf("%d-%d", set, of), annotation: fmt.Sprintf("%d-%d", set, i), class: fmt.Sprintf("c%d", names[class])}]++
			}
			texts = append(texts, fmt.Sprintf(`{"annotations": [%s], "images": [%s], "categories": [%s]}`,
				strings.Join(objects, ", "), strings.Join(images, ",\n"), strings.Join(classes, ", ")))
		}
		text, m := merged(t, reshape.Union{By: reshape.ByName, Places: []string{"a", "b", "c", "d"}}, texts...)
		got := describe(t, text)
		if len(got) != len(want) {
			t.Fatalf("%d annotations, want %d, in %s", len(got), len(want), text)
		}
		for w := range want {
			if got[w] != 1 {
				t.Fatalf("%+v is not in %s", w, text)
			}
		}
		checkScan(t, m, text)
	}
}

// checkScan compares Scan of a union with a scan of its text.
func checkScan(t *testing.T, m *reshape.Merged, text string) {
	t.Helper()
	list := func(scan func(annotations.Visitor) error) (out []string) {
		add := func(v any) error { out = append(out, fmt.Sprint(v)); return nil }
		err := scan(annotations.Visitor{
			Image:      func(im *annotations.Image) error { return add([]any{im.ID, im.FileName}) },
			Annotation: func(a *annotations.Annotation) error { return add([]any{a.ID, a.ImageID, a.CategoryID}) },
			Category:   func(k *annotations.Category) error { return add([]any{k.ID, k.Name}) },
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	got := list(func(v annotations.Visitor) error { return m.Scan(t.Context(), v) })
	want := list(func(v annotations.Visitor) error { return coco.Scan(t.Context(), strings.NewReader(text), "text", v) })
	seen := map[string]int{}
	for _, e := range want {
		seen[e]++
	}
	for _, e := range got {
		seen[e]--
	}
	for e, n := range seen {
		if n != 0 {
			t.Fatalf("%s: Scan and text differ by %d in %s", e, n, text)
		}
	}
}
