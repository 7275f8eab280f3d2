package voc_test

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/visittest"
	"cocostat/annotations/voc"
)

var bg = context.Background()

const data = "../../../shared/data/formats/"

func read(text string) (*visittest.Visits, error) {
	return visittest.Record(func(v annotations.Visitor) error { return voc.Scan(bg, strings.NewReader(text), "test.xml", v) })
}

func open(t *testing.T, path, split string) (annotations.Folder, *visittest.Visits) {
	t.Helper()
	f, err := voc.Open(bg, path, split, annotations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := visittest.Record(func(v annotations.Visitor) error { return f.Scan(bg, v) })
	if err != nil {
		t.Fatal(err)
	}
	return f, v
}

// CVAT made COCO JSON of the same VOC files, and Datumaro the XML that is called
// ImageNet's there. VOC's own say what is difficult: 38 objects, by grep.
func TestSameAsCOCO(t *testing.T) {
	want := visittest.COCO(t, data+"coco_format_v1/instances_default.json")
	for path, difficult := range map[string]int{"pascalvoc_format": 38, "imagenet_format": 0} {
		f, v := open(t, data+path, "")
		crowds := 0
		for i, a := range v.Annotations {
			if a.Crowd {
				crowds++
			}
			v.Annotations[i].Crowd = false
		}
		if diff := visittest.Same(v.Objects(), want, 0.01); diff != "" || len(v.Annotations) != 273 || crowds != difficult || len(v.Problems) > 0 {
			t.Errorf("%s: %d annotations, %d crowds, problems %v:\n%s", path, len(v.Annotations), crowds, v.Problems, diff)
		}
		if f.Source().Bytes < 1000 || len(f.Source().SHA256) != 64 {
			t.Errorf("%s: source %+v", path, f.Source())
		}
		for _, im := range v.Images {
			if im.Width == 0 || im.Height == 0 || !strings.HasSuffix(im.FileName, ".jpg") {
				t.Errorf("%s: %+v", path, im)
			}
		}
	}
}

// labelmap.txt has the order of CVAT's labels, so of its COCO ids.
func TestLabelMap(t *testing.T) {
	if _, err := os.Stat(data); err != nil {
		t.Skip(err)
	}
	_, v := open(t, data+"imagenet_format", "default")
	if c := v.Categories; len(c) != 20 || c[0].Name != "person" || c[16].Name != "bottle" || c[16].ID != 17 {
		t.Errorf("%+v", c)
	}
	if im := v.Images[0]; im.FileName != "2007_001585.jpg" || im.ID != 1 { // the first line of default.txt
		t.Errorf("first image %+v", im)
	}
}

const object = `<object><name>%s</name><difficult>%d</difficult><bndbox><xmin>%g</xmin><ymin>%g</ymin><xmax>%g</xmax><ymax>%g</ymax></bndbox></object>`

func TestObjects(t *testing.T) {
	v, err := read(`<annotation verified="no"><folder>x</folder><filename>C:\data\a.jpg</filename><size><width>64</width><height>48.0</height></size>
` + fmt.Sprintf(object, "dog", 1, 1.5, 2.0, 20.0, 30.0) + `
<object><name>person</name><part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part><bndbox><xmax>9</xmax><ymax>8</ymax><xmin>3</xmin><ymin>4</ymin></bndbox></object>
<object><name>cat</name><robndbox><cx>20</cx><cy>15</cy><w>20</w><h>10</h><angle>1.5707963267948966</angle></robndbox></object>
<object><name>cat</name><polygon><pt><x>5</x><y>6</y></pt><pt><x>15</x><y>3</y></pt><pt><x>9</x><y>30</y></pt><username>u</username></polygon></object>
<object><name>cat</name><polygon><x1>5</x1><y1>6</y1><x2>15</x2><y2>3</y2></polygon></object>
<object><name>cat</name><deleted>1</deleted></object>
<object><name>cat</name><bndbox><xmin>a</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object>
<object><name>cat</name></object><object><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object></annotation>`)
	if err != nil {
		t.Fatal(err)
	}
	if im := v.Images[0]; im.FileName != "a.jpg" || im.Width != 64 || im.Height != 48 || im.ID != 1 {
		t.Errorf("%+v", im)
	}
	var got []string
	names := []string{"", "cat", "dog", "person"} // sorted, from 1
	for i, a := range v.Annotations {
		if a.ID != int64(i+1) || a.ImageID != 1 {
			t.Errorf("%+v", a)
		}
		got = append(got, fmt.Sprintf("%s %.6v %v", names[a.CategoryID], a.BBox, a.Crowd))
	}
	want := []string{"dog [1.5 2 18.5 28] true", "person [3 4 6 4] false", "cat [15 5 10 20] false", "cat [5 3 10 27] false",
		"cat [5 3 10 3] false", "cat [0 0 0 0] false", "cat [0 0 0 0] false", " [1 1 1 1] false"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if has := v.Annotations[6].Has; has&(annotations.FieldBBox|annotations.FieldBoxTold) != 0 || len(v.Problems) != 2 ||
		!strings.HasPrefix(v.Problems[0], "unreadable-field 6") || !strings.HasPrefix(v.Problems[1], "no-category 8") {
		t.Errorf("problems %v, has %b", v.Problems, has)
	}
}

// write makes files below a new folder.
func write(t *testing.T, files map[string]string) string {
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

func file(name, class string) string {
	return "<annotation>\n<filename>" + name + "</filename>\n<size><width>9</width><height>9</height></size>\n" + fmt.Sprintf(object, class, 0, 1.0, 1.0, 5.0, 5.0) + "</annotation>"
}

func names(v *visittest.Visits) (list []string) {
	for _, im := range v.Images {
		list = append(list, im.FileName)
	}
	return list
}

func TestLayouts(t *testing.T) {
	devkit := map[string]string{
		"Annotations/1.xml": file("1.jpg", "dog"), "Annotations/2.xml": file("2.jpg", "cat"), "Annotations/3.xml": file("3.png", "bird"),
		"ImageSets/Main/train.txt": "2\n1\n", "ImageSets/Main/val.txt": "3\n\n", "ImageSets/Main/dog_train.txt": "2 -1\n1  1\n", "JPEGImages/1.jpg": "",
	}
	roboflow := map[string]string{"train/1.xml": file("1.jpg", "dog"), "train/1.jpg": "", "valid/2.xml": file("2.jpg", "cat"), "test/3.xml": file("3.jpg", "bird")}
	for name, c := range map[string]struct {
		files         map[string]string
		split, images string
		want          []string
	}{
		"train list":       {devkit, "", "JPEGImages", []string{"2.jpg", "1.jpg"}},
		"val list":         {devkit, "val", "JPEGImages", []string{"3.png"}},
		"list of a class":  {devkit, "dog_train", "JPEGImages", []string{"1.jpg"}},
		"folders":          {roboflow, "", ".", []string{"train/1.jpg"}},
		"folder valid":     {roboflow, "valid", ".", []string{"valid/2.jpg"}},
		"beside":           {map[string]string{"b.xml": file("b.JPG", "dog"), "a.xml": file("a.jpeg", "cat"), "a.jpeg": "", "readme.txt": "", "x/bird.xml": file("bird.jpg", "bird")}, "", ".", []string{"a.jpeg", "b.JPG", "x/bird.jpg"}},
		"other name":       {map[string]string{"a.xml": file("b.png", "dog"), "b.xml": file("", "cat"), "c.xml": file("c", "bird"), "c.JPEG": ""}, "", ".", []string{"a.png", "b.jpg", "c.JPEG"}},
		"nested, no lists": {map[string]string{"Annotations/train/n1/1.xml": file("1", "dog"), "Annotations/train/n2/2.xml": file("2", "cat"), "Annotations/val/3.xml": file("3", "bird")}, "", "", []string{"train/n1/1", "train/n2/2"}},
	} {
		dir := write(t, c.files)
		if !voc.IsFolder(dir) {
			t.Errorf("%s: not taken for VOC", name)
		}
		f, v := open(t, dir, c.split)
		images := ""
		if c.images != "" {
			images = filepath.Join(dir, c.images)
		}
		if got := names(v); !slices.Equal(got, c.want) || f.Images() != images {
			t.Errorf("%s: %q in %s, want %q in %s", name, got, f.Images(), c.want, images)
		}
		// All splits have the same ids: bird, cat, dog.
		if len(v.Categories) != 3 || v.Categories[0].Name != "bird" || v.Categories[2].Name != "dog" {
			t.Errorf("%s: %+v", name, v.Categories)
		}
	}
	_, v := open(t, write(t, map[string]string{"a.xml": file("b.png", "dog"), "b.xml": "<annotation>\n<object>", "c.xml": "<svg/>"}), "")
	if want := []string{"file-name-differs 0 a.xml:0", "unreadable-file 0 b.xml:0", "unreadable-file 0 c.xml:0"}; !slices.Equal(v.Problems, want) || len(v.Images) != 1 {
		t.Errorf("problems %q, want %q", v.Problems, want)
	}
}

// A size that the file lacks is the image's.
func TestSizeOfImage(t *testing.T) {
	dir := write(t, map[string]string{"Annotations/1.xml": "<annotation><filename>1.png</filename><size><width>0</width><height>0</height></size></annotation>", "images/x": ""})
	f, err := os.Create(filepath.Join(dir, "images", "1.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, image.NewGray(image.Rect(0, 0, 37, 21))); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, v := open(t, dir, ""); v.Images[0].Width != 37 || v.Images[0].Height != 21 {
		t.Errorf("%+v", v.Images)
	}
}

func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		"<svg/>":                   "test.xml: line 1, column 1 (byte 0): the root is <svg>, not <annotation>",
		"<annotation><object>":     "the text ends within <object>: it is truncated",
		"<annotation></annotation": "within a tag",
		`<!DOCTYPE annotation SYSTEM "http://localhost/x.dtd" [<!ENTITY e SYSTEM "file:///etc/passwd">]><annotation><filename>&e;</filename></annotation>`: "entities that a file declares are not read",
		"<annotation>" + strings.Repeat("<object>", 100000): "more than 10000 elements inside each other",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.50s: %v, want %s", text, err, want)
		}
	}
	dir := write(t, map[string]string{"Annotations/1.xml": file("1.jpg", "dog"), "ImageSets/Main/train.txt": "../../etc/passwd\n", "ImageSets/Main/val.txt": "1\n9\n"})
	if _, err := voc.Open(bg, dir, "", annotations.Options{}); err == nil || !strings.Contains(err.Error(), "train.txt: line 1: \"../../etc/passwd\" is not below the folder") {
		t.Error(err)
	}
	if _, err := voc.Open(bg, dir, "test", annotations.Options{}); err == nil || !strings.Contains(err.Error(), `no list of the split "test", but train, val`) {
		t.Error(err)
	}
	if _, v := open(t, dir, "val"); !slices.Equal(v.Problems, []string{"unreadable-file 0 9.xml:0"}) {
		t.Error(v.Problems)
	}
	for _, dir := range []string{dir + "/nothing", write(t, map[string]string{"annotations/x.json": "{}", "a.xml": "<svg/>"})} {
		if voc.IsFolder(dir) {
			t.Errorf("%s: taken for VOC", dir)
		}
	}
}

// A loop of links is listed once, and what is linked from outside is read.
func TestLinks(t *testing.T) {
	dir := write(t, map[string]string{"a/1.xml": file("1.jpg", "dog")})
	if err := os.Symlink(dir, filepath.Join(dir, "a", "loop")); err != nil {
		t.Skip(err)
	}
	other := write(t, map[string]string{"2.xml": file("2.jpg", "dog")})
	if err := os.Symlink(other, filepath.Join(dir, "other")); err != nil {
		t.Skip(err)
	}
	_, v := open(t, dir, "")
	if !slices.Equal(names(v), []string{"a/1.jpg", "other/2.jpg"}) || !slices.Equal(v.Problems, []string{"link-outside 0 other:0", "link-again 0 a/loop:0"}) {
		t.Error(names(v), v.Problems)
	}
}

// Whatever the text, a scan ends with boxes that are numbers, and categories that
// were visited.
func FuzzScan(f *testing.F) {
	f.Add([]byte(file("1.jpg", "dog")))
	f.Add([]byte(`<annotation><object><name>cat</name><robndbox><cx>20</cx><cy>15</cy><w>20</w><h>1e300</h><angle>1.5</angle></robndbox></object><object><polygon><pt><x>5</x><y>6</y></pt><x2>3</x2></polygon><bndbox/></object></annotation>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := read(string(text))
		if err == nil && len(v.Images) != 1 {
			t.Errorf("%d images", len(v.Images))
		}
		for i, a := range v.Annotations {
			if a.ID != int64(i+1) || a.ImageID != 1 || (a.Has&annotations.FieldCategoryID != 0) != (a.CategoryID > 0) || a.CategoryID > int64(len(v.Categories)) {
				t.Errorf("%+v of %+v", a, v.Categories)
			}
			for _, n := range a.BBox {
				if math.IsNaN(n) {
					t.Errorf("%+v", a)
				}
			}
		}
	})
}
