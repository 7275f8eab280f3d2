package commands

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// sameSet writes one set in each format: a.png with a dog at [10, 20, 30, 40] and a
// cat at [5, 5, 20, 10], b.png with a cat over all of it. It returns the paths, and
// that of perfect detections by the names of images.
func sameSet(t *testing.T) (paths map[string]string, detections string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pictures := func(folder string) {
		for name, size := range map[string]image.Rectangle{"a.png": image.Rect(0, 0, 100, 80), "b.png": image.Rect(0, 0, 50, 40)} {
			f, err := os.Create(write(filepath.Join(folder, name), ""))
			if err != nil {
				t.Fatal(err)
			}
			if err := png.Encode(f, image.NewGray(size)); err != nil {
				t.Fatal(err)
			}
			f.Close()
		}
	}
	voc := func(name, size string, objects ...string) string {
		return "<annotation><filename>" + name + "</filename><size>" + size + "</size><object>" + strings.Join(objects, "</object><object>") + "</object></annotation>"
	}
	object := func(class, x1, y1, x2, y2 string) string {
		return "<name>" + class + "</name><bndbox><xmin>" + x1 + "</xmin><ymin>" + y1 + "</ymin><xmax>" + x2 + "</xmax><ymax>" + y2 + "</ymax></bndbox>"
	}
	paths = map[string]string{
		"coco": write("coco/train.json", `{"images": [{"id": 1, "file_name": "a.png", "width": 100, "height": 80}, {"id": 2, "file_name": "b.png", "width": 50, "height": 40}],
"categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}], "annotations": [{"id": 1, "image_id": 1, "category_id": 2, "bbox": [10, 20, 30, 40], "area": 1200},
{"id": 2, "image_id": 1, "category_id": 1, "bbox": [5, 5, 20, 10], "area": 200}, {"id": 3, "image_id": 2, "category_id": 1, "bbox": [0, 0, 50, 40], "area": 2000}]}`),
		"cvat": write("cvat/annotations.xml", `<annotations><meta><task><labels><label><name>cat</name></label><label><name>dog</name></label></labels></task></meta>
<image id="1" name="a.png" width="100" height="80"><box label="dog" xtl="10" ytl="20" xbr="40" ybr="60"/><box label="cat" xtl="5" ytl="5" xbr="25" ybr="15"/></image>
<image id="2" name="b.png" width="50" height="40"><box label="cat" xtl="0" ytl="0" xbr="50" ybr="40"/></image></annotations>`),
		"labelstudio": write("labelstudio/export.json", `[{"id": 1, "data": {"image": "/data/upload/a.png"}, "annotations": [{"result": [
{"original_width": 100, "original_height": 80, "value": {"x": 10, "y": 25, "width": 30, "height": 50, "rotation": 0, "rectanglelabels": ["dog"]}},
{"original_width": 100, "original_height": 80, "value": {"x": 5, "y": 6.25, "width": 20, "height": 12.5, "rotation": 0, "rectanglelabels": ["cat"]}}]}]},
{"id": 2, "data": {"image": "/data/upload/b.png"}, "annotations": [{"result": [{"original_width": 50, "original_height": 40, "value": {"x": 0, "y": 0, "width": 100, "height": 100, "rectanglelabels": ["cat"]}}]}]}]`),
		"openimages": write("openimages/train-annotations-bbox.csv", "ImageID,LabelName,XMin,XMax,YMin,YMax,IsGroupOf\na.png,dog,0.1,0.4,0.25,0.75,0\na.png,cat,0.05,0.25,0.0625,0.1875,0\nb.png,cat,0,1,0,1,0\n"),
	}
	pictures("openimages/train")
	write("voc/Annotations/a.xml", voc("a.png", "<width>100</width><height>80</height>", object("dog", "10", "20", "40", "60"), object("cat", "5", "5", "25", "15")))
	write("voc/Annotations/b.xml", voc("b.png", "<width>50</width><height>40</height>", object("cat", "0", "0", "50", "40")))
	paths["voc"] = filepath.Join(dir, "voc")
	write("labelme/a.json", `{"shapes": [{"label": "dog", "points": [[10, 20], [40, 60]], "shape_type": "rectangle"}, {"label": "cat", "points": [[25, 15], [5, 5]], "shape_type": "rectangle"}], "imagePath": "a.png", "imageWidth": 100, "imageHeight": 80}`)
	write("labelme/b.json", `{"shapes": [{"label": "cat", "points": [[0, 0], [50, 40]], "shape_type": "rectangle"}], "imagePath": "b.png", "imageWidth": 50, "imageHeight": 40}`)
	paths["labelme"] = filepath.Join(dir, "labelme")
	pictures("yolo/images")
	write("yolo/labels/a.txt", "1 0.25 0.5 0.3 0.5\n0 0.15 0.125 0.2 0.125\n")
	write("yolo/labels/b.txt", "0 0.5 0.5 1 1\n")
	paths["yolo"] = write("yolo/data.yaml", "train: images\nnames: [cat, dog]\n")
	detections = write("detections.json", `[{"image_id": 1, "category_id": 2, "bbox": [10, 20, 30, 40], "score": 0.9}, {"image_id": 1, "category_id": 1, "bbox": [5, 5, 20, 10], "score": 0.8}, {"image_id": 2, "category_id": 1, "bbox": [0, 0, 50, 30], "score": 0.7}]`)
	return paths, detections
}

// Every command says the same of one set in whatever format it is, but for its
// paths, bytes and hashes.
func TestSameSetInEveryFormat(t *testing.T) {
	paths, detections := sameSet(t)
	sources := regexp.MustCompile(`"(sha256|path|bytes|source|sources|file|truth)": ?("[^"]*"|\d+)`)
	long := regexp.MustCompile(`\d+\.\d{9,}`) // what is 0.4 − 0.1 of 100 pixels
	for _, args := range [][]string{
		{"analyze", "PATH"}, {"analyze", "--format", "json", "PATH"}, {"validate", "--format", "csv", "PATH"},
		{"weights", "PATH", "--format", "json"}, {"weights", "--count", "all", "--format", "csv", "PATH"},
		{"eval", "PATH", detections, "--format", "json"}, {"eval", "--match", "id", "PATH", detections},
	} {
		run := func(path string) string {
			var given []string
			for _, arg := range args {
				given = append(given, strings.ReplaceAll(arg, "PATH", path))
			}
			out, notes, code := cocostat(t.Context(), "", given...)
			if code != 0 {
				t.Errorf("%q: exit code %d: %s", given, code, notes)
			}
			return long.ReplaceAllStringFunc(sources.ReplaceAllString(strings.ReplaceAll(out, path, "PATH"), "$1"), func(number string) string {
				f, _ := strconv.ParseFloat(number, 64)
				return strconv.FormatFloat(f, 'g', 9, 64)
			})
		}
		want := run(paths["coco"])
		for format, path := range paths {
			if got := run(path); got != want {
				t.Errorf("%q of %s:\n%s\nof COCO:\n%s", args, format, got, want)
			}
		}
	}
	// Against itself in another format nothing differs.
	for format, path := range paths {
		if out, notes, code := cocostat(t.Context(), "", "compare", "--format", "json", paths["coco"], path); code != 0 || !strings.Contains(out, `"total_variation":0`) && !strings.Contains(out, `"total_variation": 0`) {
			t.Errorf("compare with %s: exit code %d, %.300s %s", format, code, out, notes)
		}
	}
}
