package layout_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/layout"
)

// tree makes empty files below a new folder.
func tree(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		path := filepath.Join(dir, f)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTrain(t *testing.T) {
	for _, c := range []struct {
		want string
		rest []string
	}{
		{"train/_annotations.coco.json", []string{"valid/_annotations.coco.json", "test/_annotations.coco.json"}},
		{"_annotations.coco.json", []string{"train/_annotations.coco.json"}},
		{"annotations/instances_train2017.json", []string{"annotations/captions_train2017.json", "annotations/instances_val2017.json"}},
		{"annotations/instances_train.json.zst", []string{"annotations/instances_train_clean.json", "notes.txt"}},
		{"lvis_v1_train.json.gz", []string{"lvis_v1_val.json.gz"}},
		{"train/labels.json", []string{"validation/labels.json", "data.json"}},
		{"train/labels.json", []string{"validation/labels.json", "train/metadata.json", "info.json"}}, // of FiftyOne
		{"labels.json", []string{"data/1.jpg", "metadata.json"}},
		{"annotations.json", []string{"batch_1/000.jpg"}},
	} {
		dir := tree(t, append(c.rest, c.want)...)
		if got, err := layout.Train(dir); err != nil || got != filepath.Join(dir, c.want) {
			t.Errorf("%q and %q: found %q, %v", c.want, c.rest, got, err)
		}
	}
}

func TestTrainErrors(t *testing.T) {
	for _, c := range []struct {
		files []string
		want  string
	}{
		{nil, "looked for _annotations.coco.json, train/_annotations.coco.json, annotations/instances_train*.json"},
		{[]string{"annotations/instances_train2014.json", "annotations/instances_train2017.json"},
			"several annotation files that may be meant (annotations/instances_train2014.json, annotations/instances_train2017.json): name one"},
		{[]string{"a.json", "b.json", "c.json", "d.json", "e.json", "f.json", "g.json", "h.json"}, "(a.json, b.json, c.json, d.json, e.json, f.json and 2 more)"},
		{[]string{"test/_annotations.coco.json", "valid/deep/x.json.gz", "a/b/c/too-deep.json"}, "but test/_annotations.coco.json, valid/deep/x.json.gz: name"},
	} {
		dir := tree(t, c.files...)
		if got, err := layout.Train(dir); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%q: %q, error %v; want %q", c.files, got, err, c.want)
		}
	}
}

func TestValidation(t *testing.T) {
	for _, c := range []struct{ train, val string }{
		{"annotations/instances_train2017.json", "annotations/instances_val2017.json"},
		{"train/_annotations.coco.json", "valid/_annotations.coco.json"},
		{"train/labels.json", "validation/labels.json"},
		{"train/train/train.json", "train/train/val.json"},
	} {
		dir := tree(t, c.train, c.val, "other.json")
		if got := layout.Validation(filepath.Join(dir, c.train)); got != filepath.Join(dir, c.val) {
			t.Errorf("%s: %q, want %s", c.train, got, c.val)
		}
	}
	if got := layout.Validation(filepath.Join(tree(t, "annotations.json"), "annotations.json")); got != "" {
		t.Errorf("validation part of a single file: %q", got)
	}
}

func TestStem(t *testing.T) {
	for path, want := range map[string]string{"a/instances_train.json.gz": "instances_train", "x.json.zst": "x", "y.json": "y", "z": "z"} {
		if got := layout.Stem(path); got != want {
			t.Errorf("Stem(%q) = %q, want %q", path, got, want)
		}
	}
}
