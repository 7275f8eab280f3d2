package datasets

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/visittest"
	"cocostat/dataset"
)

// truth is a COCO file as encoding/json reads it: objects by the whole file name, and
// the sizes of the images.
type truth struct {
	objects map[string][]visittest.Object
	sizes   map[string][2]float64
}

func readTruth(t *testing.T, file string) truth {
	t.Helper()
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		t.Skipf("%s is not here", file)
	}
	var d struct {
		Images []struct {
			ID            int64
			FileName      string `json:"file_name"`
			Width, Height float64
		}
		Annotations []struct {
			ImageID    int64 `json:"image_id"`
			CategoryID int64 `json:"category_id"`
			BBox       []float64
			Crowd      int `json:"iscrowd"`
		}
		Categories []struct {
			ID   int64
			Name string
		}
	}
	if err != nil || json.Unmarshal(text, &d) != nil {
		t.Fatalf("%s: %v", file, err)
	}
	out := truth{map[string][]visittest.Object{}, map[string][2]float64{}}
	names, classes := map[int64]string{}, map[int64]string{}
	for _, im := range d.Images {
		names[im.ID] = im.FileName
		out.objects[im.FileName], out.sizes[im.FileName] = nil, [2]float64{im.Width, im.Height}
	}
	for _, k := range d.Categories {
		classes[k.ID] = k.Name
	}
	for _, a := range d.Annotations {
		name := names[a.ImageID]
		out.objects[name] = append(out.objects[name], visittest.Object{Class: classes[a.CategoryID], BBox: [4]float64(a.BBox), Crowd: a.Crowd != 0})
	}
	return out
}

// yolo is what YOLO's labels can hold of it: no crowds, and boxes within the image.
func (r truth) yolo() map[string][]visittest.Object {
	out := map[string][]visittest.Object{}
	for name, list := range r.objects {
		out[name] = nil
		for _, o := range list {
			x, y := max(o.BBox[0], 0), max(o.BBox[1], 0)
			w, h := min(o.BBox[0]+o.BBox[2], r.sizes[name][0])-x, min(o.BBox[1]+o.BBox[3], r.sizes[name][1])-y
			if w > 0 && h > 0 && !o.Crowd {
				o.BBox = [4]float64{x, y, w, h}
				out[name] = append(out[name], o)
			}
		}
	}
	return out
}

// byName is what the readers of the house read, by the whole file name.
func byName(t *testing.T, path string) map[string][]visittest.Object {
	t.Helper()
	v, err := visittest.Record(func(v annotations.Visitor) error {
		return dataset.Scan(context.Background(), path, annotations.Options{}, v)
	})
	if err != nil {
		t.Fatal(err)
	}
	names, classes, out := map[int64]string{}, map[int64]string{}, map[string][]visittest.Object{}
	for _, im := range v.Images {
		names[im.ID] = im.FileName
		out[im.FileName] = nil
	}
	for _, k := range v.Categories {
		classes[k.ID] = k.Name
	}
	for _, a := range v.Annotations {
		name := names[a.ImageID]
		out[name] = append(out[name], visittest.Object{Class: classes[a.CategoryID], BBox: a.BBox, Crowd: a.Crowd})
	}
	return out
}

// Real sets through YOLO and VOC and back: what comes back is what encoding/json reads
// of the first file, less what the format cannot hold, to a hundredth of a pixel.
func TestRealRoundTrips(t *testing.T) {
	data, err := filepath.Abs("../../../../shared/data")
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"aquarium": "aquarium/annotations/instances_train.json",
		"bccd":     "bccd/annotations/instances_train.json",
		"coco128":  "coco128/annotations/instances_train2017.json",
		"taco":     "taco/annotations.json",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(data, file)
			want := readTruth(t, file)
			t.Chdir(t.TempDir())
			run(t, "convert", "train="+file, "-o", "voc", "--to", "voc")
			run(t, "convert", "voc", "-o", "voc.json")
			if differ := visittest.Same(byName(t, "voc.json"), want.objects, 0.01); differ != "" {
				t.Errorf("VOC: %s", differ)
			}
			if name == "taco" { // YOLO's sizes are those of the images, which are not here
				return
			}
			run(t, "convert", "train="+file, "-o", "yolo", "--to", "yolo")
			run(t, "convert", "yolo", "-o", "yolo.json")
			if differ := visittest.Same(byName(t, "yolo.json"), want.yolo(), 0.01); differ != "" {
				t.Errorf("YOLO: %s", differ)
			}
		})
	}
}

// Real sets, split: every image with all its annotations in one part, and of every
// class that is in ten images or more some in each.
func TestRealSplits(t *testing.T) {
	data, err := filepath.Abs("../../../../shared/data")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"taco/annotations.json", "bccd/annotations/instances_train.json", "otonom/train/_annotations.coco.json"} {
		t.Run(file, func(t *testing.T) {
			file := filepath.Join(data, file)
			want := readTruth(t, file)
			t.Chdir(t.TempDir())
			run(t, "split", file, "-o", "out", "--shares", "train=60,val=20,test=20", "--images", "none", "--group", "none")
			images := map[string]map[string]bool{} // by class
			for name, list := range want.objects {
				for _, o := range list {
					if images[o.Class] == nil {
						images[o.Class] = map[string]bool{}
					}
					images[o.Class][name] = true
				}
			}
			found := map[string][]visittest.Object{}
			for _, part := range []string{"train", "val", "test"} {
				in := map[string]bool{}
				for name, list := range byName(t, "out/annotations/instances_"+part+".json") {
					if _, twice := found[name]; twice {
						t.Errorf("%s is in two parts", name)
					}
					found[name] = list
					for _, o := range list {
						in[o.Class] = true
					}
				}
				for class, of := range images {
					if len(of) >= 10 && !in[class] {
						t.Errorf("%s has none of %d images of %s", part, len(of), class)
					}
				}
			}
			if differ := visittest.Same(found, want.objects, 0); differ != "" {
				t.Error(differ)
			}
		})
	}
}

// Files that are odd or hostile are converted or refused with a reason; whatever
// comes of them is read again without errors that it was written with.
func TestOddSets(t *testing.T) {
	data, err := filepath.Abs("../../../../shared/data")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, pattern := range []string{"odd/*.json", "field/*.json"} {
		found, _ := filepath.Glob(filepath.Join(data, pattern))
		files = append(files, found...)
	}
	if len(files) == 0 {
		t.Skip("../shared/data is missing")
	}
	t.Chdir(t.TempDir())
	converted := 0
	for _, file := range files {
		for _, to := range []string{"coco", "yolo", "voc"} {
			out := filepath.Base(file) + "-" + to
			args := []string{"dataset", "convert", "train=" + file, "-o", out, "--to", to, "--images", "none"}
			if to != "coco" {
				args = append(args, "--flat")
			}
			_, notes, code := cocostat(t.Context(), "", args...)
			if code != 0 {
				if code > 2 || !strings.Contains(notes, "cocostat: ") {
					t.Errorf("%s to %s: exit code %d, %s", file, to, code, notes)
				}
				if _, err := os.Stat(out); err == nil {
					t.Errorf("%s to %s failed and left something", file, to)
				}
				continue
			}
			converted++
			if to == "coco" {
				checkReferences(t, filepath.Join(out, "annotations/instances_train.json"))
			}
		}
	}
	if converted < len(files) {
		t.Errorf("%d conversions of %d files", converted, len(files))
	}
}

// checkReferences sees to it that no annotation refers to what is not there.
func checkReferences(t *testing.T, file string) {
	t.Helper()
	c, err := dataset.Count(context.Background(), []string{file}, annotations.Options{Part: true})
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return
	}
	for _, p := range c.Problems {
		if slices.Contains([]annotations.Kind{annotations.UnknownImage, annotations.UnknownCategory, annotations.CategoryNameAsID, annotations.FileNameAsID}, p.Kind) {
			t.Errorf("%s has %d annotations of %s", file, p.Count, p.Kind)
		}
	}
}
