package reshape_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"cocostat/dataset/reshape"
)

// idsOf are the ids of the images of a text.
func idsOf(t *testing.T, text string) (images []int64) {
	t.Helper()
	for _, im := range parse(t, text).Images {
		images = append(images, im.ID)
	}
	slices.Sort(images)
	return images
}

func copied(t *testing.T, sel *reshape.Selection) string {
	t.Helper()
	var out bytes.Buffer
	if err := sel.Copy(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Random files, dealt out: each image is in one part, with its annotations of known
// classes and no others; images of a group are in one; neither the order of the file
// nor another run changes it.
func TestDealProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		images, classes := 1+random.Int64N(30), 1+random.Int64N(5)
		objects := randomObjects(images, classes, random)
		text := file(images, objects, classes, random)
		d := reshape.Dealing{Shares: make([]float64, 1+random.IntN(4)), Seed: random.Uint64(), Uniform: random.IntN(3) == 0}
		for j := range d.Shares {
			d.Shares[j] = 0.1 + random.Float64()
		}
		groups := random.Int64N(images) + 1
		if random.IntN(2) == 0 {
			d.Group = func(im reshape.Image) string { return fmt.Sprint(im.ID % groups) }
		}
		opt := reshape.Options{NoCrowd: random.IntN(2) == 0}
		s := read(t, write(t, text), opt)
		parts := deal(t, s, d)
		checkParts(t, parse(t, text), parts, classes, d.Group != nil, groups)
		other := read(t, write(t, file(images, objects, classes, random)), opt)
		for j, part := range deal(t, other, d) {
			if !slices.Equal(idsOf(t, part), idsOf(t, parts[j])) {
				t.Fatalf("in another order of the file part %d has other images", j)
			}
		}
	}
}

// deal returns the texts of the parts.
func deal(t *testing.T, s *reshape.Source, d reshape.Dealing) (parts []string) {
	t.Helper()
	share, _, err := s.Deal(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := s.Deal(t.Context(), d)
	if err != nil || !slices.Equal(share, again) {
		t.Fatalf("the same seed gave another split (%v)", err)
	}
	for j := range d.Shares {
		parts = append(parts, copied(t, s.OfImages(func(row int) bool { return share[row] == int32(j) })))
	}
	return parts
}

func checkParts(t *testing.T, whole dataset, parts []string, classes int64, grouped bool, groups int64) {
	t.Helper()
	part := map[int64]int{}
	ofGroup := map[int64]int{}
	found := 0
	for j, text := range parts {
		d := parse(t, text)
		for _, im := range d.Images {
			if other, twice := part[im.ID]; twice {
				t.Fatalf("image %d is in the parts %d and %d", im.ID, other, j)
			}
			part[im.ID] = j
			if first, known := ofGroup[im.ID%groups]; grouped && known && first != j {
				t.Fatalf("group %d is in the parts %d and %d", im.ID%groups, first, j)
			}
			ofGroup[im.ID%groups] = j
		}
		for _, o := range d.Annotations {
			if at, known := part[o.ImageID]; !known || at != j || !slices.Contains(whole.Annotations, o) {
				t.Fatalf("annotation %d of image %d is in part %d", o.ID, o.ImageID, j)
			}
			found++
		}
		if len(d.Categories) != int(classes) || !bytes.Equal(d.Rest, whole.Rest) {
			t.Fatalf("part %d has lost categories or the rest: %s", j, text)
		}
	}
	want := 0
	for _, o := range whole.Annotations {
		if o.ImageID <= int64(len(whole.Images)) {
			want++
		}
	}
	if len(part) != len(whole.Images) || found != want {
		t.Fatalf("%d of %d images, %d of %d annotations are in a part", len(part), len(whole.Images), found, want)
	}
}

// By hand, on the file of the other tests: what each filter leaves.
func TestFilter(t *testing.T) {
	const text = `{"images": [{"id": 1}, {"id": 2}, {"id": 3}, {"file_name": "without an id"}, 5],
"annotations": [
 {"id": 1, "image_id": 1, "category_id": 7, "iscrowd": 0},
 {"id": 2, "image_id": 1, "category_id": 8, "iscrowd": 1},
 {"id": 3, "image_id": 2, "category_id": 8},
 {"id": 4, "image_id": 9, "category_id": 7},
 {"id": 5, "image_id": 2, "category_id": 99}],
"categories": [{"id": 7, "name": "a"}, {"id": 8, "name": "b"}, {"id": 9, "name": "c"}]}`
	s := read(t, write(t, text), reshape.Options{})
	for _, c := range []struct {
		filter                          reshape.Filter
		images, annotations, categories string
	}{
		{reshape.Filter{Images: "all"}, "1 2 3", "1 2 3", "7 8 9"},
		{reshape.Filter{Images: "with"}, "1 2", "1 2 3", "7 8 9"},
		{reshape.Filter{Images: "without"}, "3", "", "7 8 9"},
		{reshape.Filter{Images: "with", Classes: []int{0}, DropUnused: true}, "1", "1", "7"},
		{reshape.Filter{Images: "without", Classes: []int{0}}, "2 3", "", "7 8 9"},
		{reshape.Filter{Images: "all", Having: []int{0}, DropUnused: true}, "1", "1 2", "7 8"},
		{reshape.Filter{Images: "all", Having: []int{2}}, "", "", "7 8 9"},
		{reshape.Filter{Images: "all", Classes: []int{}}, "1 2 3", "", "7 8 9"},
	} {
		sel, err := s.Filter(c.filter)
		if err != nil {
			t.Fatal(err)
		}
		out := copied(t, sel)
		d := parse(t, strings.NewReplacer(", 5]", "]", "[5]", "[]").Replace(out)) // 5 is no image, and stays
		var annotations, images, categories []int64
		for _, im := range d.Images {
			images = append(images, im.ID)
		}
		for _, o := range d.Annotations {
			annotations = append(annotations, o.ID)
		}
		for _, k := range d.Categories {
			categories = append(categories, k.ID)
		}
		for _, got := range []struct {
			ids  []int64
			want string
		}{{images, c.images}, {annotations, c.annotations}, {categories, c.categories}} {
			if text := strings.Trim(fmt.Sprint(got.ids), "[]"); text != got.want {
				t.Errorf("%+v leaves %q, want %q", c.filter, text, got.want)
			}
		}
		if sel.KeptImages != int64(len(images)) || sel.KeptAnnotations != int64(len(annotations)) {
			t.Errorf("%+v: says %d images, %d annotations of %s", c.filter, sel.KeptImages, sel.KeptAnnotations, out)
		}
	}
	if _, err := s.Filter(reshape.Filter{Images: "some"}); err == nil {
		t.Error("images some are taken")
	}
}
