package dataset

import (
	"os"
	"path/filepath"
	"testing"

	"cocostat/annotations"
)

// Two splits of a YOLO dataset whose images have the same names, and have no ids but
// those that reading gives them: they are different images, and nothing is wrong with
// them.
func TestNumberedImages(t *testing.T) {
	const picture = "GIF89a\xc8\x00\x64\x00\x00\x00\x00;"
	dir := tree(t, map[string]string{
		"data.yaml":          "train: images/train\nval: images/val\nnames: [cat, dog]\n",
		"images/train/1.gif": picture, "labels/train/1.txt": "0 .5 .5 .2 .2\n1 .5 .5 .1 .1\n",
		"images/train/2.gif": picture, "labels/train/2.txt": "0 .5 .5 .2 .2\n",
		"images/val/1.gif": picture, "labels/val/1.txt": "1 .5 .5 .2 .2\n",
	})
	data := filepath.Join(dir, "data.yaml")
	check := func(c *annotations.Counts, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		checkClasses(t, "both", c, "cat 2 dog 2")
		if len(c.ImageRows) != 3 || c.AnnotatedImages != 3 || c.Images[1] != 2 || !c.ImagesRenumbered {
			t.Errorf("images %+v", c.ImageRows)
		}
		checkProblems(t, "both", c, map[annotations.Kind]int64{annotations.SharedImage: 0, annotations.ImageNames: 0, annotations.SharedAnnotation: 0, annotations.DuplicateID: 0})
	}
	check(Count(bg, []string{data + ":train", data + ":val"}, annotations.Options{}))
	check(Count(bg, []string{data + ":val", data + ":train"}, annotations.Options{}))
	// Beside a file with ids of its own, too.
	file := filepath.Join(dir, "a.json")
	text := `{"images": [{"id": 1, "file_name": "1.gif", "width": 200, "height": 100}], "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
		"annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5], "area": 25}]}`
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := Count(bg, []string{file, data + ":val"}, annotations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	checkClasses(t, "with COCO", c, "cat 1 dog 1")
	if len(c.ImageRows) != 2 {
		t.Errorf("images %+v", c.ImageRows)
	}
}
