package yolo_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cocostat/annotations"
	"cocostat/annotations/yolo"
)

// results reads a folder of detections in two images of 200×100 pixels.
func results(t *testing.T, dir string) (list []annotations.Result, told []string, err error) {
	t.Helper()
	d := yolo.Detections{
		Dir: dir, Categories: []int64{1, 2, 5},
		Images: []annotations.Image{{ID: 7, FileName: "a.jpg", Width: 200, Height: 100}, {ID: 8, FileName: "x/b.c.png", Width: 200, Height: 100}, {ID: 9, FileName: "y/b.c.png", Width: 200, Height: 100}},
	}
	var files []string
	_, err = d.ScanResults(bg, yolo.ResultVisitor{
		Files:   func(paths []string) { files = paths },
		Results: func(r []annotations.Result) error { list = append(list, r...); return nil },
		Problem: func(kind annotations.Kind, id, at int64) {
			e := annotations.Example{Offset: at}
			e.PlaceIn(files)
			told = append(told, string(kind)+" "+e.Where())
		},
		Text: func(id int64, text string) { told = append(told, text) },
	})
	return list, told, err
}

func TestDetections(t *testing.T) {
	dir := write(t, map[string]string{
		"labels/a.txt": "0 0.5 0.5 0.25 0.5 0.9\n\n2 0.5 0.5 0.25 0.5 0.8 17\n1 0.1 0.2 0.4 0.2 0.3 0.6 0.7\n0 0.1 0.5 0.2 0.4 0.3 0.5 0.2 0.6 0.25\n" +
			"1 0.5 0.5 0.25 0.5\n3 0.5 0.5 0.25 0.5 0.5\n0 0.5 0.5\ncat 0.5 0.5 0.25 0.5 0.5\n-1 .5 .5 .2 .2 .5\n",
		"labels/x/b.c.txt": "1 0.5 0.5 1 1 1\n",
		"labels/none.txt":  "1 0.5 0.5 1 1 1\n",
		"labels/empty.txt": "",
	})
	if !yolo.IsDetections(dir) || !yolo.IsDetections(filepath.Join(dir, "labels")) {
		t.Error("not taken for detections")
	}
	got, told, err := results(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	const scored = annotations.FieldImageID | annotations.FieldCategoryID | annotations.FieldBBox | annotations.FieldScore
	none := annotations.NumberOfText("none")
	at := func(file, line int) int64 { return annotations.Line(file, line) }
	want := []annotations.Result{
		// 0.5·200 − 0.25·200/2, 0.5·100 − 0.5·100/2
		{ImageID: 7, CategoryID: 1, BBox: [4]float64{75, 25, 50, 50}, Score: 0.9, FileName: "a.jpg", Offset: at(0, 1), Has: scored},
		{ImageID: 7, CategoryID: 5, BBox: [4]float64{75, 25, 50, 50}, Score: 0.8, FileName: "a.jpg", Offset: at(0, 3), Has: scored},
		{ImageID: 7, CategoryID: 2, BBox: [4]float64{20, 20, 60, 40}, Score: 0.7, FileName: "a.jpg", Offset: at(0, 4), Has: scored},
		{ImageID: 7, CategoryID: 1, BBox: [4]float64{20, 40, 40, 20}, Score: 0.25, FileName: "a.jpg", Offset: at(0, 5), Has: scored},
		{ImageID: 7, CategoryID: 2, BBox: [4]float64{75, 25, 50, 50}, FileName: "a.jpg", Offset: at(0, 6), Has: scored &^ annotations.FieldScore},
		{ImageID: 7, CategoryID: -4, BBox: [4]float64{75, 25, 50, 50}, Score: 0.5, FileName: "a.jpg", Offset: at(0, 7), Has: scored}, // there is no class 3
		{ImageID: none, CategoryID: 2, Score: 1, FileName: "none", Offset: at(2, 1), Has: scored &^ annotations.FieldBBox},
		{ImageID: 8, CategoryID: 2, BBox: [4]float64{0, 0, 200, 100}, Score: 1, FileName: "x/b.c.png", Offset: at(3, 1), Has: scored},
	}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Errorf("detections (-want +got):\n%s", diff)
	}
	wantTold := []string{"empty", "none", "unreadable-line a.txt:8", "unreadable-line a.txt:9", "unreadable-line a.txt:10"}
	if diff := cmp.Diff(wantTold, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// A name that fits two images is an error: any choice would be a guess.
func TestAmbiguousDetections(t *testing.T) {
	dir := write(t, map[string]string{"b.c.txt": "1 0.5 0.5 1 1 1\n"})
	if _, _, err := results(t, dir); err == nil || !strings.Contains(err.Error(), "b.c.txt: its name fits 2 images") {
		t.Errorf("error %v", err)
	}
}
