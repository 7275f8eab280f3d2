package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

type file struct {
	Images []struct {
		ID            int64
		Width, Height float64
	}
	Annotations []struct {
		ID           int64
		ImageID      int64 `json:"image_id"`
		CategoryID   int64 `json:"category_id"`
		IsCrowd      int
		Area         float64
		BBox         []float64
		Segmentation json.RawMessage
	}
	Categories []struct {
		ID   int64
		Name string
	}
}

func made(t *testing.T, scale float64) []byte {
	t.Helper()
	var b bytes.Buffer
	out := bufio.NewWriter(&b)
	if err := generate(out, scale, 1); err != nil {
		t.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func parse(t *testing.T, data []byte) (f file) {
	t.Helper()
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestClasses compares with the published totals of COCO train2017.
func TestClasses(t *testing.T) {
	sum := 0
	for i, c := range classes {
		sum += c.instances
		if i > 0 && c.id <= classes[i-1].id {
			t.Errorf("category %d is out of order", c.id)
		}
	}
	if len(classes) != 80 || sum != 860001 {
		t.Errorf("%d classes with %d instances, want 80 with 860001", len(classes), sum)
	}
}

func TestGenerate(t *testing.T) {
	const scale = 0.02
	data := made(t, scale)
	if !bytes.Equal(data, made(t, scale)) {
		t.Error("equal seeds give different files")
	}
	f := parse(t, data)
	if len(f.Images) != 2366 { // 118287 × 0.02
		t.Errorf("%d images, want 2366", len(f.Images))
	}
	type size struct{ width, height float64 }
	images := map[int64]size{}
	for _, im := range f.Images {
		images[im.ID] = size{im.Width, im.Height}
	}
	if len(images) != len(f.Images) {
		t.Error("image ids are not distinct")
	}
	instances, ids, seen := map[int64]int{}, map[int64]bool{}, map[int64]bool{}
	polygon := 0
	for _, a := range f.Annotations {
		instances[a.CategoryID]++
		ids[a.ID], seen[a.ImageID] = true, true
		im, ok := images[a.ImageID]
		if !ok || len(a.BBox) != 4 || a.BBox[0] < 0 || a.BBox[1] < 0 ||
			a.BBox[0]+a.BBox[2] > im.width || a.BBox[1]+a.BBox[3] > im.height {
			t.Fatalf("annotation %d: box %v in image %v", a.ID, a.BBox, im)
		}
		if a.Area <= 0 || a.Area > a.BBox[2]*a.BBox[3] {
			t.Errorf("annotation %d: area %v of box %v", a.ID, a.Area, a.BBox)
		}
		if a.IsCrowd == 0 {
			polygon += len(a.Segmentation)
		}
	}
	if len(ids) != len(f.Annotations) {
		t.Error("annotation ids are not distinct")
	}
	if len(seen) != 2345 { // 117266 × 0.02
		t.Errorf("%d images with annotations, want 2345", len(seen))
	}
	// Person: 262465 × 0.02; toaster (id 80): 225 × 0.02.
	if instances[1] != 5249 || instances[80] != 5 {
		t.Errorf("person %d, toaster %d; want 5249 and 5", instances[1], instances[80])
	}
	// 448 MB of train2017 by 860,001 annotations.
	if mean := len(data) / len(f.Annotations); mean < 480 || mean > 580 {
		t.Errorf("%d bytes an annotation, want about 530", mean)
	}
}

func TestCopies(t *testing.T) {
	data := made(t, 0.001)
	one := parse(t, data)
	d, err := index(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		repeat              string
		images, annotations int // factors
		pairs               int
	}{{"all", 4, 4, 4}, {"images", 4, 1, 1}, {"annotations", 1, 4, 1}} {
		t.Run(c.repeat, func(t *testing.T) {
			var b bytes.Buffer
			out := bufio.NewWriter(&b)
			if err := d.copies(out, 0, 4, c.repeat); err != nil {
				t.Fatal(err)
			}
			if err := out.Flush(); err != nil {
				t.Fatal(err)
			}
			f := parse(t, b.Bytes())
			if images := distinctImages(f); images != c.images*len(one.Images) {
				t.Errorf("%d images, want %d × %d", images, c.images, len(one.Images))
			}
			ids := map[int64]bool{}
			for _, a := range f.Annotations {
				ids[a.ID] = true
			}
			if len(ids) != c.annotations*len(one.Annotations) {
				t.Errorf("%d annotation ids, want %d × %d", len(ids), c.annotations, len(one.Annotations))
			}
			if got, want := pairs(f), c.pairs*pairs(one); got != want {
				t.Errorf("%d pairs of image and class, want %d", got, want)
			}
		})
	}
}

func distinctImages(f file) int {
	ids := map[int64]bool{}
	for _, im := range f.Images {
		ids[im.ID] = true
	}
	return len(ids)
}

func pairs(f file) int {
	all := map[[2]int64]bool{}
	for _, a := range f.Annotations {
		all[[2]int64{a.ImageID, a.CategoryID}] = true
	}
	return len(all)
}

// TestCopiesOfOtherFiles has another order of keys, other spacing and unknown
// keys; the expected text is written by hand.
func TestCopiesOfOtherFiles(t *testing.T) {
	const in = "{\n \"categories\": [{\"id\": 1, \"name\": \"a\"}],\n \"x\": {\"id\": [1, \"]\\\"}\"]},\n" +
		" \"annotations\": [ {\"image_id\":3 , \"id\":7, \"x\": {\"id\": 5}, \"category_id\":1} ],\n \"images\": [{\"id\": 3}]\n}\n"
	const want = `{"x": {"id": [1, "]\"}"]},"images": [{"id": 7}],"annotations": [ {"image_id":7 , "id":15, "x": {"id": 5}, "category_id":1} ],` +
		`"categories": [{"id": 1, "name": "a"}]}`
	d, err := index([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	out := bufio.NewWriter(&b)
	if err := d.copies(out, 1, 1, "all"); err != nil {
		t.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
