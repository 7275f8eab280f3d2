package yolo_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cocostat/annotations"
	"cocostat/annotations/coco"
	"cocostat/annotations/yolo"
)

var bg = context.Background()

// seen is what a dataset holds, by the elements that a visitor gets.
type seen struct {
	Images     []annotations.Image
	Objects    []annotations.Annotation
	Categories []annotations.Category
	Problems   []string
	files      []string
}

func (s *seen) visitor() annotations.Visitor {
	return annotations.Visitor{
		Image:      func(im *annotations.Image) error { s.Images = append(s.Images, *im); return nil },
		Annotation: func(a *annotations.Annotation) error { s.Objects = append(s.Objects, *a); return nil },
		Category:   func(c *annotations.Category) error { s.Categories = append(s.Categories, *c); return nil },
		Files:      func(paths []string) { s.files = paths },
		Problem: func(kind annotations.Kind, id, at int64) {
			e := annotations.Example{Part: s.files[at>>32], Line: at & (1<<32 - 1), Offset: -1}
			s.Problems = append(s.Problems, string(kind)+" "+e.Where())
		},
	}
}

// look opens a dataset and reads it.
func look(t *testing.T, path, split string) *seen {
	t.Helper()
	f, err := yolo.Open(bg, path, split, annotations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &seen{}
	if err := f.Scan(bg, s.visitor()); err != nil {
		t.Fatal(err)
	}
	return s
}

// images lists the names of the images.
func (s *seen) images() (list []string) {
	for _, im := range s.Images {
		list = append(list, im.FileName)
	}
	return list
}

// write makes the files of a dataset below a new folder: contents by path.
func write(t testing.TB, files map[string]string) string {
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

// picture is a GIF file of 200×100 pixels, as far as its header goes.
const picture = "GIF89a\xc8\x00\x64\x00\x00\x00\x00;"

// The layouts, with what is in them: images in order, objects by class.
func TestLayouts(t *testing.T) {
	const two, one = "0 .5 .5 .2 .2\n1 .5 .5 .1 .1\n", "1 .5 .5 .2 .2\n"
	type files = map[string]string
	for name, c := range map[string]struct {
		files  files
		path   string
		split  string
		images string
		labels int
	}{
		"Ultralytics": {files{"data.yaml": "path: .\ntrain: images/train\nval: images/val\nnames: {0: a, 1: b}", "images/train/1.jpg": picture,
			"images/train/sub/2.JPG": picture, "images/train/3.png": picture, "labels/train/1.txt": two, "labels/train/sub/2.txt": one}, "data.yaml", "", "1.jpg 3.png sub/2.JPG", 3},
		"by its folder": {files{"data.yaml": "train: images/train\nval: images/val\nnames: [a, b]", "images/val/1.jpg": picture, "labels/val/1.txt": two}, ".", "val", "1.jpg", 2},
		"Roboflow": {files{"data.yaml": "train: ../train/images\nval: ../valid/images\nnc: 2\nnames: ['a', 'b']",
			"valid/images/1.jpg": picture, "valid/labels/1.txt": two}, "data.yaml", "valid", "1.jpg", 2},
		"Roboflow's folder": {files{"train/images/1.jpg": picture, "train/labels/1.txt": two, "valid/images/2.jpg": picture, "valid/labels/2.txt": one}, ".", "", "1.jpg", 2},
		"folders of splits": {files{"images/val/1.jpg": picture, "labels/val/1.txt": two, "images/train/2.jpg": picture, "labels/train/2.txt": one}, ".", "val", "1.jpg", 2},
		"one part":          {files{"images/1.jpg": picture, "labels/1.txt": two, "labels/classes.txt": "a\nb\n"}, ".", "", "1.jpg", 2},
		"beside":            {files{"1.jpg": picture, "1.txt": two, "notes.txt": "nothing", "2.jpg": picture}, ".", "", "1.jpg 2.jpg", 2},
		"beside in a folder images": {files{"data.yaml": "train: images/set\nnames: [a, b]", "images/set/1.jpg": picture, "images/set/1.txt": two},
			"data.yaml", "", "1.jpg", 2},
		"darknet": {files{"obj.data": "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\nbackup = backup/\n", "obj.names": "a\nb\n",
			"train.txt": "data/obj_train_data/2.jpg\r\ndata/obj_train_data/1.jpg\r\n", "obj_train_data/1.jpg": picture, "obj_train_data/1.txt": two, "obj_train_data/2.jpg": picture}, "obj.data", "", "1.jpg 2.jpg", 2},
		"darknet's folder": {files{"obj.data": "train = train.txt\nnames = obj.names", "obj.names": "a\nb", "train.txt": "./x/1.jpg\n", "x/1.jpg": picture, "x/1.txt": one}, ".", "", "1.jpg", 1},
		"several folders": {files{"d/data.yaml": "path: ..\ntrain: [images/a, images/b]\nnames: [a, b]", "images/a/1.jpg": picture, "images/b/1.jpg": picture,
			"labels/a/1.txt": two, "labels/b/1.txt": one}, "d/data.yaml", "train", "a/1.jpg b/1.jpg", 3},
		"a list": {files{"data.yaml": "train: lists/train.txt\nnames: [a, b]", "lists/train.txt": "./../images/2.jpg\nimages/1.jpg\n\n", "images/1.jpg": picture,
			"images/2.jpg": picture, "images/3.jpg": picture, "labels/1.txt": two, "labels/3.txt": one}, "data.yaml", "", "1.jpg 2.jpg", 2},
		"the root": {files{"data.yaml": "train: .\nnames: [a, b]", "train/images/1.jpg": picture, "train/labels/1.txt": two, "README.txt": "0 1 2"}, "data.yaml", "", "1.jpg", 2},
		"no training set": {files{"data.yaml": "val: images/a\ntest: images/b\nnames: [a, b]", "images/a/1.jpg": picture, "labels/a/1.txt": one, "images/b/2.jpg": picture,
			"labels/b/2.txt": one}, "data.yaml", "", "a/1.jpg b/2.jpg", 2},
		"two images of a stem": {files{"data.yaml": "train: images\nnames: [a, b]", "images/1.jpg": picture, "images/1.png": picture, "labels/1.txt": two}, "data.yaml", "", "1.jpg 1.png", 4},
		"copies beside images": {files{"data.yaml": "train: images\nnames: [a, b]", "images/1.jpg": picture, "images/1.txt": two, "labels/1.txt": one}, "data.yaml", "", "1.jpg", 1},
		"copies in the root":   {files{"data.yaml": "train: .\nnames: [a, b]", "images/1.jpg": picture, "images/1.txt": two, "labels/1.txt": one}, "data.yaml", "", "1.jpg", 1},
		"labels alone":         {files{"data.yaml": "train: images/train\nnames: [a, b]", "labels/train/1.txt": two}, "data.yaml", "", "1.txt", 2},
	} {
		dir := write(t, c.files)
		s := look(t, filepath.Join(dir, c.path), c.split)
		if got := strings.Join(s.images(), " "); got != c.images || len(s.Objects) != c.labels {
			t.Errorf("%s: images %s and %d objects, want %s and %d", name, got, len(s.Objects), c.images, c.labels)
		}
		if len(s.Categories) != 2 && name != "no training set" {
			t.Errorf("%s: categories %+v", name, s.Categories)
		}
		if name != "labels alone" && len(s.Problems) > 0 {
			t.Errorf("%s: problems %q", name, s.Problems)
		}
		if !yolo.Is(filepath.Join(dir, c.path)) {
			t.Errorf("%s is not taken for YOLO", name)
		}
	}
}

// Boxes by hand, in an image of 200×100 pixels.
func TestBoxes(t *testing.T) {
	dir := write(t, map[string]string{
		"data.yaml": "train: images\nnames: [a, b, c]\n", "images/1.gif": picture,
		"labels/1.txt": "\ufeff0 0.5 0.5 0.25 0.5\r\n\r\n 1.0\t.5 5e-1 +0.1 0.10000000000000000000001 \n2 0.1 0.2 0.4 0.2 0.3 0.6\n1 0.1 0.5 0.2 0.4 0.3 0.5 0.2 0.6",
	})
	s := look(t, filepath.Join(dir, "data.yaml"), "")
	want := []struct {
		class int64
		box   [4]float64
		line  int64
	}{
		{1, [4]float64{75, 25, 50, 50}, 1}, // 0.5·200 − 0.25·200/2, 0.5·100 − 0.5·100/2
		{2, [4]float64{90, 45, 20, 10}, 3},
		{3, [4]float64{20, 20, 60, 40}, 4}, // x from 0.1 to 0.4, y from 0.2 to 0.6
		{2, [4]float64{20, 40, 40, 20}, 5},
	}
	if len(s.Objects) != len(want) || s.Images[0].Width != 200 || s.Images[0].Height != 100 {
		t.Fatalf("%+v", s)
	}
	for i, w := range want {
		a := s.Objects[i]
		for k := range 4 {
			if d := a.BBox[k] - w.box[k]; d > 1e-9 || d < -1e-9 {
				t.Errorf("object %d: box %v, want %v", i, a.BBox, w.box)
			}
		}
		if a.ID != int64(i+1) || a.ImageID != 1 || a.CategoryID != w.class || a.Offset&(1<<32-1) != w.line || a.Has&annotations.FieldBBox == 0 {
			t.Errorf("object %d: %+v", i, a)
		}
	}
	if diff := cmp.Diff([]string{"four-points labels/1.txt:5", "mixed-labels labels/1.txt"}, s.Problems); diff != "" {
		t.Errorf("problems:\n%s", diff)
	}
}

// Keypoints stand behind the box, and only as many as the description says.
func TestKeypoints(t *testing.T) {
	dir := write(t, map[string]string{
		"data.yaml": "train: images\nnames: [a]\nkpt_shape: [2, 3]\n", "images/1.gif": picture,
		"labels/1.txt": "0 .5 .5 .2 .2 .1 .1 2 .2 .2 0\n0 .5 .5 .2 .2\n0 .5 .5 .2 .2 .1 .1 2\n",
	})
	s := look(t, filepath.Join(dir, "data.yaml"), "")
	for i := range 2 {
		if got := s.Objects[i].BBox; got != [4]float64{80, 40, 40, 20} {
			t.Errorf("box %v", got)
		}
	}
	if diff := cmp.Diff([]string{"coordinate-range labels/1.txt:3", "unreadable-line labels/1.txt:3"}, s.Problems); diff != "" {
		t.Errorf("problems:\n%s", diff)
	}
}

// What is wrong is told, with its place, and the rest is read.
func TestProblems(t *testing.T) {
	dir := write(t, map[string]string{
		"data.yaml": "train: images\nnames: [a, b]\n", "images/1.gif": picture, "images/2.jpg": "no image", "images/3.gif": picture,
		"labels/1.txt": "0 .5 .5 .2\n0 .5 .5 .2 .2 .9\ncat .5 .5 .2 .2\n0,.5,.5,.2,.2\n0 .5 nan .2 .2\n0 .5 inf .2 .2\n0 0x1p-1 .5 .2 .2\n0 .5 .5 .2 .2\x00\n0.5 .5 .5 .2 .2\n" +
			"0 320 240 50 40\n0 -.2 .5 .2 .2\n7 .5 .5 .2 .2\n-1 .5 .5 .2 .2\n0 .1 .1 .2 .2 .3\n0\n1 .5 .5 .2 .2",
		"labels/2.txt": "0 .5 .5 .2 .2\n", "labels/lost.txt": "1 .5 .5 .2 .2\n1 .5 .5 .2 .2\n",
	})
	s := look(t, filepath.Join(dir, "data.yaml"), "")
	want := []string{"coordinate-range labels/1.txt:10", "coordinate-range labels/1.txt:11", "label-without-image labels/lost.txt"}
	for _, line := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "14", "15"} {
		want = append(want, "unreadable-line labels/1.txt:"+line)
	}
	want = append(want, "unreadable-image images/2.jpg")
	slices.Sort(want)
	slices.Sort(s.Problems)
	if diff := cmp.Diff(want, s.Problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	classes := map[int64]int{}
	for _, a := range s.Objects {
		if a.Has&annotations.FieldCategoryID != 0 {
			classes[a.CategoryID]++
		}
	}
	// Lines 3, 4 and 9 name no class; 12 is class 7, and 13 is class -1.
	if diff := cmp.Diff(map[int64]int{1: 11, 2: 3, 8: 1, 0: 1}, classes); diff != "" {
		t.Errorf("classes differ:\n%s", diff)
	}
	if got := strings.Join(s.images(), " "); got != "1.gif 2.jpg 3.gif lost.txt" {
		t.Errorf("images %s", got)
	}
}

// The boxes of a YOLO dataset are those of the same in COCO, made by a separate
// script: aquarium's README.
func TestAquarium(t *testing.T) {
	const dir = "../../../shared/data/aquarium"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("needs ../shared/data/aquarium, which is not there")
	}
	for _, split := range []string{"train", "valid", "test"} {
		s := look(t, filepath.Join(dir, "data.yaml"), split)
		var want seen
		f, err := os.Open(filepath.Join(dir, "annotations/instances_"+split+".json"))
		if err != nil {
			t.Fatal(err)
		}
		v := want.visitor()
		v.Files, v.Problem = nil, nil
		if err := coco.Scan(bg, f, split, v); err != nil {
			t.Fatal(err)
		}
		f.Close()
		names := map[int64]string{}
		for _, im := range want.Images {
			names[im.ID] = im.FileName
		}
		if len(s.Images) != len(want.Images) || len(s.Objects) != len(want.Objects) || len(s.Categories) != len(want.Categories) {
			t.Fatalf("%s: %d images, %d objects; want %d, %d", split, len(s.Images), len(s.Objects), len(want.Images), len(want.Objects))
		}
		for i, im := range s.Images {
			if names[im.ID] != im.FileName || im.Width != want.Images[i].Width || im.Height != want.Images[i].Height {
				t.Fatalf("%s: image %+v, want %+v", split, im, want.Images[i])
			}
		}
		for i, c := range s.Categories {
			if c.ID != want.Categories[i].ID || c.Name != want.Categories[i].Name {
				t.Errorf("%s: category %+v, want %+v", split, c, want.Categories[i])
			}
		}
		for i := range s.Objects {
			a, w := s.Objects[i], want.Objects[i]
			for k := range 4 {
				if d := a.BBox[k] - w.BBox[k]; d > 0.01 || d < -0.01 {
					t.Errorf("%s: object %d: box %v, want %v", split, a.ID, a.BBox, w.BBox)
				}
			}
			if a.ImageID != w.ImageID || a.CategoryID != w.CategoryID {
				t.Errorf("%s: object %+v, want %+v", split, a, w)
			}
		}
	}
}
