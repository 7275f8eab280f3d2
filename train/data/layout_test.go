package data

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/source/sourcetest"
)

// tree writes files below a new folder: annotation files name the images that
// follow the colon, others are empty.
func tree(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		name, images, isJSON := strings.Cut(f, ":")
		var content []byte
		if isJSON {
			content = cocoJSON(t, strings.Fields(images)...)
		}
		writeFile(t, filepath.Join(dir, name), content)
	}
	return dir
}

func TestFindLayouts(t *testing.T) {
	for name, c := range map[string]struct {
		files []string
		path  string // below the folder
		want  Layout // likewise
	}{
		"sample": {
			[]string{"annotations/instances_train.json:a.jpg", "annotations/instances_val.json:b.jpg", "annotations/instances_test.json:", "train/a.jpg", "val/b.jpg"},
			"", Layout{"annotations/instances_train.json", "train", "annotations/instances_val.json", "val"},
		},
		"coco": {
			[]string{"annotations/instances_train2017.json:a.jpg", "annotations/captions_train2017.json:a.jpg",
				"annotations/person_keypoints_train2017.json:a.jpg", "annotations/instances_val2017.json:b.jpg", "train2017/a.jpg", "val2017/b.jpg"},
			"", Layout{"annotations/instances_train2017.json", "train2017", "annotations/instances_val2017.json", "val2017"},
		},
		"coco from the file": {
			[]string{"annotations/instances_train2017.json:a.jpg", "annotations/instances_val2017.json:b.jpg", "train2017/a.jpg", "val2017/b.jpg"},
			"annotations/instances_train2017.json", Layout{"annotations/instances_train2017.json", "train2017", "annotations/instances_val2017.json", "val2017"},
		},
		"images folder": {
			[]string{"annotations/instances_train.json:a.jpg", "images/train/a.jpg", "images/val/a.jpg"},
			"annotations", Layout{"annotations/instances_train.json", "images/train", "", ""},
		},
		"lvis names with folders": {
			[]string{"lvis_v1_train.json:train2017/a.jpg", "lvis_v1_val.json:val2017/b.jpg", "train2017/a.jpg", "val2017/b.jpg"},
			"", Layout{"lvis_v1_train.json", "", "lvis_v1_val.json", ""},
		},
		"roboflow": {
			[]string{"train/_annotations.coco.json:a.jpg", "valid/_annotations.coco.json:b.jpg", "test/_annotations.coco.json:c.jpg",
				"train/a.jpg", "valid/b.jpg", "test/c.jpg"},
			"", Layout{"train/_annotations.coco.json", "train", "valid/_annotations.coco.json", "valid"},
		},
		"roboflow from the folder": {
			[]string{"train/_annotations.coco.json:a.jpg", "valid/_annotations.coco.json:b.jpg", "train/a.jpg", "valid/b.jpg"},
			"train", Layout{"train/_annotations.coco.json", "train", "valid/_annotations.coco.json", "valid"},
		},
		"one folder alone": {
			[]string{"_annotations.coco.json:a.jpg", "a.jpg"},
			"", Layout{"_annotations.coco.json", "", "", ""},
		},
		"taco": {
			[]string{"annotations.json:batch_1/a.jpg", "batch_1/a.jpg"},
			"", Layout{"annotations.json", "", "", ""},
		},
		"fiftyone": {
			[]string{"labels.json:a.jpg", "metadata.json:", "data/a.jpg"},
			"", Layout{"labels.json", "data", "", ""},
		},
		"fiftyone in parts": {
			[]string{"train/labels.json:a.jpg", "validation/labels.json:b.jpg", "train/data/a.jpg", "validation/data/b.jpg", "info.json:"},
			"", Layout{"train/labels.json", "train/data", "validation/labels.json", "validation/data"},
		},
		"the best of several": {
			[]string{"annotations/instances_train.json:a.jpg b.jpg", "annotations/instances_train_clean.json:a.jpg", "images/train/a.jpg", "train/a.jpg", "train/b.jpg"},
			"", Layout{"annotations/instances_train.json", "train", "", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tree(t, c.files...)
			got, err := find(filepath.Join(dir, c.path))
			if err != nil {
				t.Fatal(err)
			}
			want := Layout{TrainJSON: filepath.Join(dir, c.want.TrainJSON), TrainImages: filepath.Join(dir, c.want.TrainImages)}
			if c.want.ValJSON != "" {
				want.ValJSON, want.ValImages = filepath.Join(dir, c.want.ValJSON), filepath.Join(dir, c.want.ValImages)
			}
			if got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

// From within the folder, whose name then does not show in the path.
func TestFindHere(t *testing.T) {
	dir := tree(t, "train/_annotations.coco.json:a.jpg", "valid/_annotations.coco.json:b.jpg", "train/a.jpg", "valid/b.jpg")
	t.Chdir(filepath.Join(dir, "train"))
	got, err := find("_annotations.coco.json")
	if err != nil || got.TrainImages != "." || filepath.Base(filepath.Dir(got.ValJSON)) != "valid" {
		t.Errorf("%+v, %v", got, err)
	}
	t.Chdir(dir)
	want := Layout{"train/_annotations.coco.json", "train", "valid/_annotations.coco.json", "valid"}
	if got, err = find("."); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestCompleteKeepsWhatIsSet(t *testing.T) {
	dir := tree(t, "annotations/instances_train.json:a.jpg", "annotations/instances_val.json:b.jpg", "train/a.jpg", "val/b.jpg", "other/x.json:c.jpg", "other/c.jpg")
	train, other := filepath.Join(dir, "annotations/instances_train.json"), filepath.Join(dir, "other")
	got, err := Layout{TrainJSON: train, TrainImages: other, ValJSON: filepath.Join(other, "x.json")}.Complete()
	if want := (Layout{train, other, filepath.Join(other, "x.json"), other}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

func TestFindErrors(t *testing.T) {
	for name, c := range map[string]struct {
		files []string
		path  string
		want  []string
	}{
		"nothing there": {nil, "none", []string{"no dataset", "none"}},
		"empty folder":  {nil, "", []string{"no training annotations", "train/_annotations.coco.json", "annotations/instances_train*.json", "name the annotation file"}},
		"ambiguous": {[]string{"annotations/instances_train2014.json:a", "annotations/instances_train2017.json:a"}, "",
			[]string{"annotations/instances_train2014.json, annotations/instances_train2017.json", "name one"}},
		"no image": {[]string{"annotations/instances_train.json:a.jpg", "train/b.jpg"}, "",
			[]string{"instances_train.json", `"a.jpg"`, "/train,", "name their folder (--train-images)"}},
		"no image for validation": {[]string{"annotations/instances_train.json:a.jpg", "annotations/instances_val.json:b.jpg", "train/a.jpg"}, "",
			[]string{"instances_val.json", "name their folder (--val-images)"}},
		"no images listed": {[]string{"x.json:"}, "x.json", []string{"x.json: no images"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := find(filepath.Join(tree(t, c.files...), c.path))
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not say %q", err, w)
				}
			}
		})
	}
}

// The image counts are those of the folders' description.
func TestFindRealLayouts(t *testing.T) {
	root := "../../../shared/data"
	if !isDir(root) {
		t.Skip("no ../shared/data beside the repository")
	}
	for name, c := range map[string]struct{ train, val, classes int }{
		"bccd": {205, 87, 3}, "coco128": {128, 0, 80}, "otonom": {1821, 187, 13},
	} {
		l, err := find(filepath.Join(root, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		count := func(annotations, images string) int {
			if annotations == "" {
				return 0
			}
			s, err := OpenSet(context.Background(), annotations, images)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return -1
			}
			if len(s.Categories) != c.classes {
				t.Errorf("%s: %d classes, want %d", name, len(s.Categories), c.classes)
			}
			return len(s.Items)
		}
		if train, val := count(l.TrainJSON, l.TrainImages), count(l.ValJSON, l.ValImages); train != c.train || val != c.val {
			t.Errorf("%s: %d and %d images, want %d and %d", name, train, val, c.train, c.val)
		}
	}
}

func TestFindImagesOfCompressedAnnotations(t *testing.T) {
	dir := tree(t, "train/a.jpg")
	text := string(cocoJSON(t, "a.jpg"))
	for ext, content := range map[string]string{".gz": sourcetest.Gzip(t, text), ".zst": sourcetest.Zstandard(t, text)} {
		path := filepath.Join(dir, "annotations", "instances_train.json"+ext)
		writeFile(t, path, []byte(content))
		if got, err := FindImages(path); err != nil || got != filepath.Join(dir, "train") {
			t.Errorf("%s: %q, %v", ext, got, err)
		}
	}
	path := filepath.Join(dir, "broken.json.gz")
	writeFile(t, path, []byte("{}"))
	if _, err := FindImages(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v does not name the file", err)
	}
}

// The images may be named elsewhere, so that finding the annotations must not
// look for them.
func TestFindTrainNeedsNoImages(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "boxes.json")
	writeFile(t, path, cocoJSON(t, "a.jpg"))
	if got, err := FindTrain(path); got != path || err != nil {
		t.Errorf("found %q, error %v; want the file itself", got, err)
	}
	if _, err := find(path); err == nil || !strings.Contains(err.Error(), "name their folder") {
		t.Errorf("error %v, want that the images are not found", err)
	}
	if _, err := FindTrain(filepath.Join(dir, "gone")); err == nil || !strings.Contains(err.Error(), "no dataset") {
		t.Errorf("error %v, want that there is no dataset", err)
	}
}

// Which flag names the folder is said of images that are not there, and of nothing
// else.
func TestByFlag(t *testing.T) {
	dir := tree(t, "labels.json:a.jpg b.jpg", "data/a.jpg")
	_, err := OpenSet(context.Background(), filepath.Join(dir, "labels.json"), "")
	if err = ByFlag(err, "--images"); err == nil || !strings.Contains(err.Error(), "1 of 2 images are missing") || !strings.HasSuffix(err.Error(), "(--images)") {
		t.Errorf("an image is missing: %v", err)
	}
	_, err = find(filepath.Join(dir, "none"))
	if got := ByFlag(err, "--images"); got != err || err == nil || ByFlag(nil, "--images") != nil {
		t.Errorf("another error: %v", got)
	}
}

// find locates a dataset as train does, from the path of its folder or of its training
// annotations.
func find(path string) (Layout, error) {
	annotations, err := FindTrain(path)
	if err != nil {
		return Layout{}, err
	}
	return Layout{TrainJSON: annotations}.Complete()
}
