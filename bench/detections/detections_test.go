package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

const small = `{"images": [{"id": 9, "width": 640, "height": 480}, {"id": 4, "width": 100, "height": 200}],
"annotations": [{"id": 1, "image_id": 9, "category_id": 7, "bbox": [10, 20, 30, 40], "area": 1200, "iscrowd": 0},
{"id": 2, "image_id": 9, "category_id": 5, "bbox": [100, 20, 30.5, 40], "area": 1220, "iscrowd": 1}],
"categories": [{"id": 5, "name": "a"}, {"id": 7, "name": "b"}]}`

func output(t *testing.T, args ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	out := bufio.NewWriter(&b)
	if err := run(args, out); err != nil {
		t.Fatal(err)
	}
	out.Flush()
	return b.Bytes()
}

func TestMake(t *testing.T) {
	path := filepath.Join(t.TempDir(), "truth.json")
	if err := os.WriteFile(path, []byte(small), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"0", "1", "100", "777"} {
		text := output(t, "make", "-n", n, path)
		if !bytes.Equal(text, output(t, "make", "-n", n, path)) {
			t.Errorf("%s detections: two runs differ", n)
		}
		var list []struct {
			ImageID    int64 `json:"image_id"`
			CategoryID int64 `json:"category_id"`
			BBox       [4]float64
			Score      float64
		}
		if err := json.Unmarshal(text, &list); err != nil {
			t.Fatalf("%s detections: %v", n, err)
		}
		var want int
		json.Unmarshal([]byte(n), &want)
		if len(list) != want {
			t.Errorf("%d detections, want %s", len(list), n)
		}
		for i, d := range list {
			if d.ImageID != 9 && d.ImageID != 4 || d.CategoryID != 5 && d.CategoryID != 7 ||
				d.BBox[2] <= 0 || d.BBox[3] <= 0 || d.Score <= 0 || d.Score > 1 {
				t.Fatalf("detection %d: %+v", i, d)
			}
			if i > 0 && d.ImageID == list[i-1].ImageID && d.Score > list[i-1].Score {
				t.Fatalf("detection %d: a higher score than the one before", i)
			}
		}
	}
}

func TestTruth(t *testing.T) {
	path := filepath.Join(t.TempDir(), "truth.json")
	if err := os.WriteFile(path, []byte(small), 0o644); err != nil {
		t.Fatal(err)
	}
	var got truth
	if err := json.Unmarshal(output(t, "truth", "-classes", "1203", path), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Images) != 2 || len(got.Categories) != 1203 || len(got.Annotations) != 2 || got.Categories[1202].ID != 1203 {
		t.Fatalf("%d images, %d categories, %d annotations", len(got.Images), len(got.Categories), len(got.Annotations))
	}
	if a := got.Annotations[1]; a.ImageID != 9 || a.BBox != [4]float64{100, 20, 30.5, 40} || a.Crowd != 1 || a.CategoryID < 1 || a.CategoryID > 1203 {
		t.Errorf("annotation %+v", a)
	}
}

// The size that is asked for, a box of every class, ids from 1 on, boxes inside
// their images, and the same bytes twice.
func TestScene(t *testing.T) {
	args := []string{"scene", "-images", "20", "-boxes", "130", "-classes", "50"}
	text := output(t, args...)
	if !bytes.Equal(text, output(t, args...)) {
		t.Error("two runs differ")
	}
	path := filepath.Join(t.TempDir(), "scene.json")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := readTruth(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Images) != 20 || len(got.Annotations) != 130 || len(got.Categories) != 50 {
		t.Fatalf("%d images, %d annotations, %d categories", len(got.Images), len(got.Annotations), len(got.Categories))
	}
	of := map[int64]int{}
	for i, a := range got.Annotations {
		im := got.Images[a.ImageID-1]
		if b := a.BBox; a.ID != int64(i+1) || b[0] < 0 || b[1] < 0 || b[2] < 2 || b[3] < 2 || b[0]+b[2] > float64(im.Width) || b[1]+b[3] > float64(im.Height) {
			t.Fatalf("annotation %+v in image %+v", a, im)
		}
		of[a.CategoryID]++
	}
	if len(of) != 50 || of[1] < 10 { // 80 boxes are drawn; the first of 50 classes has 22 % of them
		t.Errorf("%d classes have boxes, the first %d", len(of), of[1])
	}
}
