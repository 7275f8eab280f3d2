package dataset

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"cocostat/annotations"
)

// oddDataset writes files of images, classes 1 to 4 and annotations with boxes
// of all kinds, of which some are in another file than their image or before it.
func oddDataset(t *testing.T, r *rand.Rand, dir string) (paths []string, all []oddAnnotation) {
	t.Helper()
	type object map[string]any
	files := make([]object, 1+r.IntN(2))
	var categories []object
	for id := 1; id <= 4; id++ {
		categories = append(categories, object{"id": id, "name": fmt.Sprint("c", id)})
	}
	const images = 6
	lists := make([][]object, len(files))
	objects := make([][]object, len(files))
	for id := range images {
		file := r.IntN(len(files))
		lists[file] = append(lists[file], object{"id": id, "file_name": fmt.Sprint(id), "width": 10, "height": 20})
	}
	for n := range 60 {
		a := oddAnnotation{image: r.IntN(images), class: 1 + r.IntN(4), crowd: r.IntN(4) == 0}
		o := object{"id": n + 1, "image_id": a.image, "category_id": a.class, "iscrowd": a.crowd}
		boxes := [][]float64{{1, 1, 5, 5}, {-2, 3, 4, 30}, {1, 1, 0, 5}, {1, 1, 5, -5}, {10, 1, 5, 5}, {1, -5, 5, 5}, {9.5, 19.5, 3, 3}, nil}
		trainable := []bool{true, true, false, false, false, false, true, false} // by hand: some area within 10×20
		kind := r.IntN(len(boxes))
		if a.trainable = trainable[kind]; boxes[kind] != nil {
			o["bbox"] = boxes[kind]
		}
		file := r.IntN(len(files))
		objects[file] = append(objects[file], o)
		all = append(all, a)
	}
	for i := range files {
		images, _ := json.Marshal(lists[i])
		kept, _ := json.Marshal(objects[i])
		classes, _ := json.Marshal(categories)
		if lists[i] == nil {
			images = []byte("[]")
		}
		if objects[i] == nil {
			kept = []byte("[]")
		}
		text := fmt.Sprintf(`{"images": %s, "annotations": %s, "categories": %s}`, images, kept, classes)
		if r.IntN(2) == 0 {
			text = fmt.Sprintf(`{"annotations": %s, "categories": %s, "images": %s}`, kept, classes, images)
		}
		path := filepath.Join(dir, fmt.Sprintf("%d.json", i))
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths, all
}

type oddAnnotation struct {
	image, class     int
	crowd, trainable bool
}

// What counts with Trainable is what a loop over the annotations finds, whatever
// the order of the lists, in one file and in several, with crowds and without.
func TestCountTrainable(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 60 {
		paths, all := oddDataset(t, r, t.TempDir())
		noCrowd := r.IntN(2) == 0
		instances, unusable := make([]int64, 4), make([]int64, 4)
		holds, annotated := map[[2]int]bool{}, map[int]bool{}
		for _, a := range all {
			switch {
			case a.crowd && noCrowd:
			case a.trainable:
				instances[a.class-1]++
				holds[[2]int{a.image, a.class}], annotated[a.image] = true, true
			default:
				unusable[a.class-1]++
			}
		}
		images := make([]int64, 4)
		for h := range holds {
			images[h[1]-1]++
		}
		c, err := Count(context.Background(), paths, annotations.Options{Trainable: true, NoCrowd: noCrowd})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(c.Instances, instances) || !reflect.DeepEqual(c.Images, images) || !reflect.DeepEqual(c.Unusable, unusable) {
			t.Fatalf("no crowds: %v: instances %v, images %v, unusable %v; want %v, %v, %v", noCrowd, c.Instances, c.Images, c.Unusable, instances, images, unusable)
		}
		if int(c.AnnotatedImages) != len(annotated) || len(c.Pairs) != len(holds) {
			t.Fatalf("%d annotated images and %d pairs, want %d and %d", c.AnnotatedImages, len(c.Pairs), len(annotated), len(holds))
		}
		whole, err := Count(context.Background(), paths, annotations.Options{NoCrowd: noCrowd})
		if err != nil || whole.Unusable != nil {
			t.Fatal(err, whole.Unusable)
		}
		for i, n := range whole.Instances {
			if n != instances[i]+unusable[i] {
				t.Fatalf("class %d: %d of all, want %d", i, n, instances[i]+unusable[i])
			}
		}
	}
}
