// Package visittest helps to test readers of annotations: it keeps what a scan
// visits, and reads COCO's JSON by encoding/json alone, as the other opinion.
package visittest

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
)

// Visits are what a scan visited.
type Visits struct {
	Images      []annotations.Image
	Categories  []annotations.Category
	Annotations []annotations.Annotation
	Problems    []string // kind, id and place
	Texts       map[int64]string
	Files       []string
}

// Record keeps what scan visits.
func Record(scan func(annotations.Visitor) error) (*Visits, error) {
	v := &Visits{Texts: map[int64]string{}}
	err := scan(annotations.Visitor{
		Image:      func(im *annotations.Image) error { v.Images = append(v.Images, *im); return nil },
		Category:   func(c *annotations.Category) error { v.Categories = append(v.Categories, *c); return nil },
		Annotation: func(a *annotations.Annotation) error { v.Annotations = append(v.Annotations, *a); return nil },
		Problem: func(kind annotations.Kind, id, at int64) {
			place := fmt.Sprint(at)
			if file := at >> 32; v.Files != nil && at >= 0 && file < int64(len(v.Files)) {
				place = fmt.Sprintf("%s:%d", v.Files[file], at&(1<<32-1))
			}
			v.Problems = append(v.Problems, fmt.Sprintf("%s %d %s", string(kind), id, place))
		},
		Text:  func(id int64, text string) { v.Texts[id] = text },
		Files: func(paths []string) { v.Files = paths },
	})
	return v, err
}

// Object is a box of a class, x, y, width, height in pixels.
type Object struct {
	Class string
	BBox  [4]float64
	Crowd bool
}

// Objects are the annotations by the base name of their image, those without a
// box with zeros; an unknown class is what its text says.
func (v *Visits) Objects() map[string][]Object {
	images, classes := map[int64]string{}, map[int64]string{}
	for _, im := range v.Images {
		images[im.ID] = path.Base(filepath.ToSlash(im.FileName))
	}
	for id, text := range v.Texts {
		classes[id] = text
	}
	for _, c := range v.Categories {
		classes[c.ID] = c.Name
	}
	objects := map[string][]Object{}
	for _, name := range images {
		objects[name] = nil
	}
	for _, a := range v.Annotations {
		objects[images[a.ImageID]] = append(objects[images[a.ImageID]], Object{classes[a.CategoryID], a.BBox, a.Crowd})
	}
	return objects
}

// COCO reads a file by encoding/json. The test is skipped where it is missing.
func COCO(t testing.TB, file string) map[string][]Object {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Skip(err)
	}
	var d struct {
		Images []struct {
			ID   int64
			Name string `json:"file_name"`
		}
		Categories []struct {
			ID   int64
			Name string
		}
		Annotations []struct {
			Image    int64 `json:"image_id"`
			Category int64 `json:"category_id"`
			BBox     [4]float64
			Crowd    int `json:"iscrowd"`
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	images, classes, objects := map[int64]string{}, map[int64]string{}, map[string][]Object{}
	for _, im := range d.Images {
		images[im.ID] = path.Base(im.Name)
		objects[images[im.ID]] = nil
	}
	for _, c := range d.Categories {
		classes[c.ID] = c.Name
	}
	for _, a := range d.Annotations {
		objects[images[a.Image]] = append(objects[images[a.Image]], Object{classes[a.Category], a.BBox, a.Crowd == 1})
	}
	return objects
}

// Same says how two sets of objects differ, boxes by more than the tolerance in
// pixels; "" if they do not. The order of the objects of an image makes no
// difference.
func Same(got, want map[string][]Object, tolerance float64) string {
	var differ []string
	for name := range want {
		if _, ok := got[name]; !ok {
			differ = append(differ, "no image "+name)
		}
	}
	for name, objects := range got {
		truth, ok := want[name]
		if !ok {
			differ = append(differ, "image "+name+" is not wanted")
		}
		if !alike(objects, truth, tolerance) {
			differ = append(differ, fmt.Sprintf("%s: %v, want %v", name, objects, truth))
		}
	}
	slices.Sort(differ)
	return strings.Join(differ[:min(len(differ), 5)], "\n")
}

func alike(a, b []Object, tolerance float64) bool {
	if len(a) != len(b) {
		return false
	}
	left := slices.Clone(b)
	for _, o := range a {
		i := slices.IndexFunc(left, func(p Object) bool {
			return o.Class == p.Class && o.Crowd == p.Crowd && apart(o.BBox, p.BBox) <= tolerance
		})
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return true
}

// apart is the largest distance of two numbers.
func apart(a, b [4]float64) (d float64) {
	for i := range a {
		d = max(d, math.Abs(a[i]-b[i]))
	}
	return d
}
