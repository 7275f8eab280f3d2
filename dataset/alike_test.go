package dataset

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/visittest"
)

const formatsData = "../../shared/data/formats"

// objectsOf are what Load returns, by the names of images, and how many crowds there
// are, which are no crowds in what is returned: VOC's own files say what is difficult,
// and none of the others do.
func objectsOf(d *annotations.Dataset) (objects map[string][]visittest.Object, crowds int) {
	objects = map[string][]visittest.Object{}
	names := map[int64]string{}
	for _, c := range d.Categories {
		names[c.ID] = c.Name
	}
	for i, im := range d.Images {
		base := path.Base(im.FileName)
		objects[base] = nil
		for _, a := range d.Objects[i] {
			if a.Crowd {
				crowds++
			}
			objects[base] = append(objects[base], visittest.Object{Class: names[a.CategoryID], BBox: a.BBox})
		}
	}
	return objects, crowds
}

// yoloFolder lays out darknet's labels with the images, whose paths are those of the
// machine that they were exported on.
func yoloFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, link := range [][2]string{{"yolo_format/obj_train_data", "labels"}, {"images", "images"}} {
		from, err := filepath.Abs(filepath.Join(formatsData, link[0]))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(from, filepath.Join(dir, link[1])); err != nil {
			t.Skip(err)
		}
	}
	names, err := os.ReadFile(filepath.Join(formatsData, "yolo_format/obj.names"))
	if err != nil {
		t.Skip(err)
	}
	text := "train: images\nnames: [" + strings.Join(strings.Fields(string(names)), ", ") + "]\n"
	if err := os.WriteFile(filepath.Join(dir, "data.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "data.yaml")
}

// One set of 100 images in eight formats, each by its own exporter: the same images,
// classes and boxes, to 0.01 pixels; of LabelMe there are 20. The truth is CVAT's COCO
// file, read by encoding/json.
func TestOneSetInAllFormats(t *testing.T) {
	truth := visittest.COCO(t, formatsData+"/coco_format_v1/instances_default.json")
	for name, c := range map[string]struct {
		path           string
		images, crowds int
	}{
		"COCO":             {formatsData + "/coco_format_v1/instances_default.json", 100, 0},
		"COCO, other ids":  {formatsData + "/coco_format_v2/instances_v2.json", 100, 0},
		"CVAT":             {formatsData + "/cvat_format/annotations.xml", 100, 0},
		"VOC":              {formatsData + "/pascalvoc_format", 100, 38},
		"VOC of Datumaro":  {formatsData + "/imagenet_format", 100, 0},
		"VOC, by the list": {formatsData + "/imagenet_format:default", 100, 0},
		"Open Images":      {formatsData + "/openimages_format/all_bounding_boxes.csv", 100, 0},
		"YOLO":             {yoloFolder(t), 100, 0},
		"LabelMe":          {formatsData + "/labelme_format", 20, 0},
	} {
		d, err := Load(bg, c.path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, crowds := objectsOf(d)
		want := map[string][]visittest.Object{}
		for image := range got {
			want[image] = truth[image]
		}
		if diff := visittest.Same(got, want, 0.01); diff != "" || len(got) != c.images || crowds != c.crowds {
			t.Errorf("%s: %d images, %d crowds:\n%s", name, len(got), crowds, diff)
		}
		for _, im := range d.Images {
			if im.Width == 0 || im.Height == 0 {
				t.Errorf("%s: %+v has no size", name, im)
				break
			}
		}
	}
}

// The counts of the same layouts, as a user sees them.
func TestCountsInAllFormats(t *testing.T) {
	byName := func(path string) map[string]int64 {
		c, err := Count(bg, []string{path}, annotations.Options{NoHash: true})
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int64{}
		for i, k := range c.Categories {
			counts[k.Name] = c.Instances[i]
		}
		return counts
	}
	// By python3: collections.Counter over the <name> of the <object>s of all files.
	want := map[string]int64{"person": 91, "aeroplane": 15, "chair": 15, "bicycle": 14, "motorbike": 5}
	yolo := yoloFolder(t)
	for _, path := range []string{"/coco_format_v1/instances_default.json", "/cvat_format/annotations.xml", "/pascalvoc_format", "/imagenet_format", "/openimages_format/all_bounding_boxes.csv", yolo} {
		if path != yolo {
			path = formatsData + path
		}
		counts := byName(path)
		for name, n := range want {
			if counts[name] != n {
				t.Errorf("%s: %d of %s, want %d", path, counts[name], name, n)
			}
		}
		if len(counts) != 20 {
			t.Errorf("%s: %d classes", path, len(counts))
		}
	}
}
