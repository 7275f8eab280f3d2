package train_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"cocostat/train"
	"cocostat/train/data"
)

// A bad image of either set is told once in a run, however often it is met. The
// one of the validation set has no detections, no other image counts in its
// place, and its objects are not found. A run that is stopped ends alike.
func TestBadImagesOfARun(t *testing.T) {
	set := smallSet(t)
	var bad []string
	for _, name := range []string{"train/000003.jpg", "val/000002.jpg"} {
		path := filepath.Join(set, name)
		ok(t, os.WriteFile(path, []byte("no image"), 0o644))
		bad = append(bad, path)
	}
	c := tiny(set)
	c.OnBadImage, c.EvalEvery, c.Epochs = data.SkipBadImage, 1, 3
	var told []string
	var badID int64
	w := quiet
	w.Skipped = func(e *data.ImageError) {
		told = append(told, e.Path)
		if e.Path == bad[1] {
			badID = e.ID
		}
	}
	run := filepath.Join(t.TempDir(), "run")
	e, err := open(t, c).Run(context.Background(), run, w)
	ok(t, err)
	if !slices.Equal(slices.Sorted(slices.Values(told)), bad) {
		t.Errorf("told of %v, want each of %v once", told, bad)
	}
	images := map[int64]int{}
	for _, d := range e.Detections {
		images[d.ImageID]++
	}
	if len(images) != 7 || images[badID] != 0 || badID == 0 {
		t.Errorf("detections by image: %v, want some on 7 of 8, and none on %d", images, badID)
	}
	for id, n := range images {
		if n > 100 {
			t.Errorf("image %d has %d detections, at most 100 are kept of one", id, n)
		}
	}
	unharmed := smallSet(t) // the same pictures
	o := train.EvalOptions{Annotations: filepath.Join(unharmed, "annotations", "instances_val.json"), Threads: 1}
	last, err := train.LoadCheckpoint(filepath.Join(run, train.LastFile))
	ok(t, err)
	all, err := train.EvaluateCheckpoint(context.Background(), last, o)
	ok(t, err)
	for i, class := range all.Classes {
		if e.Classes[i].Truths != class.Truths {
			t.Errorf("%s: %d objects, %d with the bad image", class.Name, e.Classes[i].Truths, class.Truths)
		}
	}
	again := stopped(t, c, 2, 2)
	ok(t, goOn(t, again))
	sameRuns(t, run, again)
}
