package data

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"cocostat/annotations"
	"cocostat/dataset"
)

// boxesOf counts the boxes that training takes of an annotation file, by class.
func boxesOf(t *testing.T, path string) []int64 {
	t.Helper()
	d, err := dataset.Load(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	channel := map[int64]int{}
	for i, k := range d.Categories {
		channel[k.ID] = i
	}
	trained := make([]int64, len(d.Categories))
	var r Report
	for i, im := range d.Images {
		for _, b := range r.usable(&Item{Width: im.Width, Height: im.Height}, d.Objects[i], channel) {
			trained[b.Class]++
		}
	}
	return trained
}

// Training takes as many boxes of every class as the weights count, of real
// files, and of what people make of them.
func TestTrainedAsCounted(t *testing.T) {
	made := filepath.Join(t.TempDir(), "made.json")
	if err := os.WriteFile(made, []byte(`{"images": [{"id": 1, "file_name": "1.jpg", "width": 100, "height": 80}],
"annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}, {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 1, 0, 5]},
 {"id": 3, "image_id": 1, "category_id": 2, "bbox": [100, 1, 5, 5]}, {"id": 4, "image_id": 1, "category_id": 2}, {"id": 5, "image_id": 1, "category_id": 2, "bbox": [99.5, 70, 20, 20], "iscrowd": 1}],
"categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	paths := []string{made}
	for _, pattern := range []string{"bccd/annotations/*.json", "aquarium/annotations/*.json", "otonom/*/_annotations.coco.json", "coco128/annotations/*.json", "odd/*.json", "field/*.json", "lvis/lvis_val_100.json"} {
		found, err := filepath.Glob("../../../shared/data/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	files, left := 0, int64(0)
	for _, path := range paths {
		c, err := dataset.Count(context.Background(), []string{path}, annotations.Options{Trainable: true})
		if err != nil {
			var empty *annotations.EmptyError
			var format *annotations.FormatError
			var syntax *annotations.SyntaxError
			if path != made && (errors.As(err, &empty) || errors.As(err, &format) || errors.As(err, &syntax)) {
				continue // no dataset
			}
			t.Errorf("%s: %v", path, err)
			continue
		}
		files++
		for _, n := range c.Unusable {
			left += n
		}
		if trained := boxesOf(t, path); !slices.Equal(trained, c.Instances) {
			t.Errorf("%s: training takes %v boxes, the weights count %v", path, trained, c.Instances)
		}
	}
	if got := boxesOf(t, made); !slices.Equal(got, []int64{1, 1}) {
		t.Errorf("made: %v", got)
	}
	if len(paths) == 1 {
		t.Log("no shared data: only the file that this test makes")
	}
	t.Logf("%d files, %d annotations left out of both", files, left)
}
