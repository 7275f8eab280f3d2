package dataset

import (
	"os"
	"path/filepath"
	"testing"

	"cocostat/internal/source/sourcetest"
)

// tree writes files below a new folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Which annotations of a folder are for training and which for validation, whatever
// their format.
func TestTrainAndValidation(t *testing.T) {
	const xml = "<annotation><filename>%d.jpg</filename><object><name>dog</name></object></annotation>"
	const json = `{"version": "5", "shapes": [], "imagePath": "1.jpg"}`
	for name, c := range map[string]struct {
		files              map[string]string
		train, val, images string
	}{
		"coco": {map[string]string{"annotations/instances_train.json": "{}", "annotations/instances_val.json": "{}", "Annotations/1.xml": xml}, "/annotations/instances_train.json", "/annotations/instances_val.json", ""},
		"voc": {map[string]string{"Annotations/1.xml": xml, "Annotations/2.xml": xml, "ImageSets/Main/train.txt": "1\n", "ImageSets/Main/val.txt": "2\n", "JPEGImages/1.jpg": ""},
			"", ":val", "/JPEGImages"},
		"voc beside images": {map[string]string{"train/1.xml": xml, "train/1.jpg": "", "valid/2.xml": xml}, "", ":valid", "/."},
		"voc, one part":     {map[string]string{"1.xml": xml, "1.png": ""}, "", "", "/."},
		"labelme":           {map[string]string{"train/1.json": json, "train/2.json": json, "train/2.png": "", "val/3.json": json}, "", ":val", "/."},
		"yolo": {map[string]string{"data.yaml": "names: [dog]\ntrain: images/train\nval: images/val\n", "images/train/1.jpg": "", "images/val/2.jpg": "", "labels/train/1.txt": "0 .5 .5 .1 .1\n"},
			"", ":val", "*"},
		"yolo beside JSON": {map[string]string{"data.yaml": "names: [dog]\ntrain: images\n", "images/1.jpg": "", "labels/1.txt": "0 .5 .5 .1 .1\n", "detections.json": "[]", "train_log.json": "{}"},
			"", "", "/images"},
	} {
		dir := tree(t, c.files)
		train, err := Train(dir)
		if err != nil || train != dir+c.train {
			t.Errorf("%s: train %s, %v; want %s", name, train, err, dir+c.train)
		}
		want := c.val
		if want != "" {
			want = dir + want
		}
		if got := Validation(train); got != want {
			t.Errorf("%s: validation %q, want %q", name, got, want)
		}
		if got := Images(train); c.images != "*" && got != "" && got != filepath.Join(dir, c.images) || (got == "") != (c.images == "") {
			t.Errorf("%s: images in %q, want %q", name, got, c.images)
		}
		if c.val == ":val" && Validation(dir+":val") != "" {
			t.Errorf("%s: the validation of the validation is %q", name, Validation(dir+":val"))
		}
	}
	const boxes = "ImageID,LabelName,XMin,XMax,YMin,YMax\n"
	for want, files := range map[string]map[string]string{
		"annotations.xml":       {"annotations.xml": "<annotations/>", "images/1.jpg": "", "counts.csv": "class,instances\n"},
		"train-annotations.csv": {"train-annotations.csv": boxes, "validation-annotations.csv": boxes, "train/1.jpg": ""},
		"all.csv.gz":            {"all.csv.gz": sourcetest.Gzip(t, boxes), "class-descriptions-boxable.csv": "/m/01,dog\n"},
		"":                      {"a.csv": boxes, "b.csv": boxes},
	} {
		dir := tree(t, files)
		if train, err := Train(dir); (err == nil) != (want != "") || err == nil && train != filepath.Join(dir, want) {
			t.Errorf("train %s, %v; want %s", train, err, want)
		}
	}
	if train, err := Train("nothing.json"); err != nil || train != "nothing.json" {
		t.Error(train, err)
	}
	if _, err := Train(tree(t, map[string]string{"readme.txt": "no annotations"})); err == nil {
		t.Error("a folder without annotations has some")
	}
}
