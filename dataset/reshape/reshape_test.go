package reshape_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/dataset/reshape"
)

type object struct {
	ID         int64 `json:"id"`
	ImageID    int64 `json:"image_id"`
	CategoryID int64 `json:"category_id"`
	Crowd      int   `json:"iscrowd"`
}

// dataset is an annotation file as encoding/json reads it.
type dataset struct {
	Images      []struct{ ID int64 }
	Annotations []object
	Categories  []struct{ ID int64 }
	Rest        json.RawMessage
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.json")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string, opt reshape.Options) *reshape.Source {
	t.Helper()
	s, err := reshape.Read(t.Context(), path, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func thin(t *testing.T, s *reshape.Source, c reshape.Choice) (*reshape.Selection, string) {
	t.Helper()
	sel, err := s.Select(c)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := sel.Write(t.Context(), &out, nil); err != nil {
		t.Fatal(err)
	}
	return sel, out.String()
}

func parse(t *testing.T, text string) dataset {
	t.Helper()
	var d dataset
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return d
}

func ids(objects []object) []int64 {
	var out []int64
	for _, o := range objects {
		out = append(out, o.ID)
	}
	slices.Sort(out)
	return out
}

// The choice of a seed never changes. The expected ids are those of the
// algorithm in the package comment, carried out in Python with an implementation
// of PCG-DXSM of its own: class 7 has 3, 1, 2, 1, 4 and 1 annotations in six
// images, whose order is then 1, 2, 5, 4, 6, 3.
func TestChoiceOfASeed(t *testing.T) {
	var objects []object
	id := int64(0)
	for image, n := range []int64{3, 1, 2, 1, 4, 1} {
		for range n {
			id++
			objects = append(objects, object{id, int64(image) + 1, 7, 0})
		}
	}
	random := rand.New(rand.NewPCG(7, 8))
	s := read(t, write(t, file(6, objects, 7, random)), reshape.Options{})
	for want, kept := range map[int64][]int64{3: {1, 2, 3}, 5: {1, 2, 3, 4, 7}, 8: {1, 2, 3, 4, 8, 9, 10, 11}} {
		_, out := thin(t, s, reshape.Choice{Asked: []int64{0, 0, 0, 0, 0, 0, want}, Thin: reshape.ByImages, Seed: 5})
		if got := ids(parse(t, out).Annotations); !slices.Equal(got, kept) {
			t.Errorf("%d annotations: %v, want %v", want, got, kept)
		}
	}
	// Images of 5, 4 and 6, none of which fits: three of the first, 1, 2, 5.
	objects = nil
	for i, image := range []int64{1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3} {
		objects = append(objects, object{int64(i) + 1, image, 7, 0})
	}
	s = read(t, write(t, file(3, objects, 7, random)), reshape.Options{})
	_, out := thin(t, s, reshape.Choice{Asked: []int64{0, 0, 0, 0, 0, 0, 3}, Thin: reshape.ByImages, Seed: 5})
	if got := ids(parse(t, out).Annotations); !slices.Equal(got, []int64{1, 2, 5}) {
		t.Errorf("a part of an image: %v, want [1 2 5]", got)
	}
}

// With everything asked for, what comes out is what went in, of the most
// unusual files too.
func TestWholeFilesAreCopied(t *testing.T) {
	files, err := filepath.Glob("../../../shared/data/*/*.json")
	if err != nil || len(files) == 0 {
		t.Skip("the data sets are not here: ../shared/data is missing")
	}
	more, _ := filepath.Glob("../../../shared/data/*/*/*.json")
	copied := 0
	for _, path := range append(files, more...) {
		s, err := reshape.Read(t.Context(), path, reshape.Options{})
		if err != nil || s.Dangling > 0 {
			continue // not an annotation file, or one that changes
		}
		_, out := thin(t, s, reshape.Choice{Asked: s.Instances, Thin: reshape.ByImages})
		if want, err := os.ReadFile(path); err != nil || out != string(want) {
			t.Errorf("%s: the copy differs (%v)", path, err)
		}
		copied++
	}
	if copied < 10 {
		t.Errorf("%d of %d files were copied", copied, len(files)+len(more))
	}
}

func TestWriteNoticesChanges(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	text := file(4, randomObjects(4, 2, random), 2, random)
	for what, other := range map[string]string{
		"longer":  text + " ",
		"shorter": text[:len(text)-2],
		"moved":   " " + text,
		"edited":  strings.Replace(text, "2.5", "3.5", 1),
	} {
		path := write(t, text)
		sel, err := read(t, path, reshape.Options{}).Select(reshape.Choice{Asked: []int64{3, 3}, Thin: reshape.ByImages})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(other), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := sel.Write(t.Context(), new(bytes.Buffer), nil); err == nil || !strings.Contains(err.Error(), "changed while it was read") {
			t.Errorf("%s: error %v", what, err)
		}
	}
}

func TestInterrupted(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	path := write(t, file(4, randomObjects(4, 2, random), 2, random))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := reshape.Read(ctx, path, reshape.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Read: error %v", err)
	}
	sel, err := read(t, path, reshape.Options{}).Select(reshape.Choice{Asked: []int64{3, 3}, Thin: reshape.ByImages})
	if err != nil {
		t.Fatal(err)
	}
	if err := sel.Write(ctx, new(bytes.Buffer), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Write: error %v", err)
	}
}

func TestSelectRefuses(t *testing.T) {
	s := read(t, write(t, `{"images": [], "annotations": [], "categories": [{"id": 1, "name": "a"}]}`), reshape.Options{})
	for _, c := range []struct {
		choice reshape.Choice
		want   string
	}{
		{reshape.Choice{Thin: reshape.ByImages}, "0 numbers for 1 classes"},
		{reshape.Choice{Thin: "classes", Asked: []int64{1}}, `"classes" is not images or annotations`},
		{reshape.Choice{Thin: reshape.ByImages, Asked: []int64{-1}}, `-1 annotations asked for of class "a"`},
	} {
		if _, err := s.Select(c.choice); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	for text, want := range map[string]string{
		`{"images": [], "annotations": []}`:                                       "no categories",
		`{"images": [], "categories": [{"id":1,"name":"a"},{"id":1,"name":"b"}]}`: "give one of them another id",
		`{"images": [`: "a.json",
	} {
		if _, err := reshape.Read(t.Context(), write(t, text), reshape.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

// By hand: of what is merged one category is left, with the new name, the annotations
// refer to it, and what is left out is gone; all else stays byte by byte.
func TestSelectionOfClasses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	text := `{"images": [{"id": 1, "x": 1}, {"id": 2}, {"id": 3}],
"annotations": [
 {"id": 1, "image_id": 1, "category_id": 7, "segmentation": [[1, 2]]},
 {"category_id" : 8, "id": 2, "image_id": 1},
 {"id": 3, "image_id": 2, "category_id": 9},
 {"id": 4, "image_id": 3, "category_id": 5}],
"categories": [{"id": 9, "name": "sky"}, {"id": 8, "name": "dog", "supercategory": "animal"}, {"id": 7, "name": "cat", "supercategory": "animal", "y": 2}, {"id": 5, "name": "car", "z": 3}]}`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := reshape.Read(t.Context(), path, reshape.Options{Selection: annotations.Selection{
		Merge: []annotations.Union{{Name: "pet", Of: []string{"cat", "dog"}}}, Drop: []string{"sky"}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Categories) != 2 || s.Categories[1].Name != "pet" || s.Categories[1].ID != 7 || s.Instances[0] != 1 || s.Instances[1] != 2 || s.EmptyImages != 1 || s.Left != 1 {
		t.Errorf("%+v, instances %v, %d images without, %d left out", s.Categories, s.Instances, s.EmptyImages, s.Left)
	}
	sel, err := s.Select(reshape.Choice{Asked: s.Instances, Thin: reshape.ByImages})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := sel.Write(t.Context(), &b, nil); err != nil {
		t.Fatal(err)
	}
	if want := `{"images": [{"id": 1, "x": 1}, {"id": 2}, {"id": 3}],
"annotations": [
 {"id": 1, "image_id": 1, "category_id": 7, "segmentation": [[1, 2]]},
 {"category_id" : 7, "id": 2, "image_id": 1},
 {"id": 4, "image_id": 3, "category_id": 5}],
"categories": [{"id":7,"name":"pet","supercategory":"animal"}, {"id": 5, "name": "car", "z": 3}]}`; b.String() != want {
		t.Errorf("wrote\n%s\nwant\n%s", b.String(), want)
	}
	if left := s.Selected().LeftOut; len(left) != 1 || left[0].ID != 9 || left[0].Instances != 1 {
		t.Errorf("left out %+v", left)
	}
}
