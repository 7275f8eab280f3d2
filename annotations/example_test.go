package annotations_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"cocostat/annotations"
)

// A dataset of three images, one of them without annotations.
const pets = `{
  "images": [
    {"id": 1, "file_name": "garden.jpg", "width": 640, "height": 480},
    {"id": 2, "file_name": "sofa.jpg", "width": 640, "height": 480},
    {"id": 3, "file_name": "empty.jpg", "width": 640, "height": 480}],
  "categories": [{"id": 17, "name": "cat"}, {"id": 18, "name": "dog"}],
  "annotations": [
    {"id": 1, "image_id": 1, "category_id": 17, "bbox": [10, 20, 30, 30], "area": 700, "iscrowd": 0},
    {"id": 2, "image_id": 1, "category_id": 18, "bbox": [50, 60, 200, 100], "area": 15000, "iscrowd": 0},
    {"id": 3, "image_id": 2, "category_id": 18, "bbox": [500, 60, 180, 120], "area": 9500, "iscrowd": 0},
    {"id": 4, "image_id": 7, "category_id": 18, "bbox": [0, 0, 20, 10], "area": 150, "iscrowd": 0}]}`

// writePets puts the dataset into a new folder and returns its path.
func writePets() (dir, path string) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	path = filepath.Join(dir, "pets.json")
	if err := os.WriteFile(path, []byte(pets), 0o644); err != nil {
		log.Fatal(err)
	}
	return dir, path
}

// The classes of a file, and what is wrong with it.
func ExampleCount() {
	dir, path := writePets()
	defer os.RemoveAll(dir)
	c, err := annotations.Count(context.Background(), []string{path}, annotations.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d images, %d of them with annotations\n", len(c.ImageRows), c.AnnotatedImages)
	for i, k := range c.Categories {
		fmt.Printf("%s: %d in %d images; %+v; median width %.0f\n",
			k.Name, c.Instances[i], c.Images[i], c.Sizes[i], c.Boxes[i].Width.Quantile(0.5))
	}
	for _, p := range c.Problems {
		fmt.Printf("%s: %d %s, first: id %d at byte %d\n", p.Kind.Severity(), p.Count, p.Kind, p.Examples[0].ID, p.Examples[0].Offset)
	}
	// Output:
	// 3 images, 2 of them with annotations
	// cat: 1 in 1 images; {Small:1 Medium:0 Large:0}; median width 30
	// dog: 2 in 2 images; {Small:0 Medium:0 Large:2}; median width 180
	// error: 1 annotations of an unknown image, not counted, first: id 4 at byte 636
	// warning: 1 boxes that reach beyond their image, first: id 3 at byte 530
	// note: 1 images without annotations, first: id 3 at byte 160
}

// Which classes stand in images together.
func ExampleCounts_Cooccurrence() {
	dir, path := writePets()
	defer os.RemoveAll(dir)
	c, err := annotations.Count(context.Background(), []string{path}, annotations.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range c.Cooccurrence() {
		fmt.Printf("%s and %s: %d\n", c.Categories[p.A].Name, c.Categories[p.B].Name, p.Images)
	}
	// Output: cat and dog: 1
}

// Statistics of one's own: the largest box of each image, while the text
// streams by.
func ExampleScan() {
	largest := map[int64]annotations.Annotation{}
	v := annotations.Visitor{
		Annotation: func(a *annotations.Annotation) error {
			if a.Area > largest[a.ImageID].Area {
				largest[a.ImageID] = *a // the pointer is valid during the call only
			}
			return nil
		},
		Image: func(im *annotations.Image) error {
			if im.Has&annotations.FieldName == 0 {
				return fmt.Errorf("image %d has no file name", im.ID)
			}
			return nil
		},
	}
	if err := annotations.Scan(context.Background(), strings.NewReader(pets), "pets.json", v); err != nil {
		log.Fatal(err)
	}
	for _, id := range []int64{1, 2} {
		fmt.Println(id, largest[id].BBox)
	}
	// Output:
	// 1 [50 60 200 100]
	// 2 [500 60 180 120]
}

// What is not JSON is refused, with the place.
func ExampleScan_truncated() {
	err := annotations.Scan(context.Background(), strings.NewReader(pets[:len(pets)-1]), "pets.json", annotations.Visitor{})
	if e := new(annotations.SyntaxError); errors.As(err, &e) {
		fmt.Printf("%s ends too early: line %d, column %d, byte %d\n", e.File, e.Line, e.Column, e.Offset)
	}
	// Output: pets.json ends too early: line 11, column 100, byte 731
}

// Summaries made apart, of shards say, merge to that of the whole.
func ExampleDistribution() {
	var even, odd annotations.Distribution
	for i := 1; i <= 1000; i += 2 {
		odd.Add(float64(i))
		even.Add(float64(i + 1))
	}
	even.Merge(&odd)
	fmt.Println(even.Count(), even.Min(), even.Max())
	fmt.Println(even.Quantile(0.1), even.Quantile(0.5))
	fmt.Printf("%.0f, at most 0.4 %% below 900\n", even.Quantile(0.9))
	// Output:
	// 1000 1 1000
	// 100 500
	// 900, at most 0.4 % below 900
}

// Tables for pandas, DuckDB or Spark.
func ExampleWriteTables() {
	dir, path := writePets()
	defer os.RemoveAll(dir)
	c, err := annotations.Count(context.Background(), []string{path}, annotations.Options{})
	if err != nil {
		log.Fatal(err)
	}
	groups := annotations.Groups{Tail: []string{"tail", "head"}, LVIS: []string{"rare", "rare"}}
	if err := annotations.WriteTables(filepath.Join(dir, "tables"), c, groups, annotations.Parquet); err != nil {
		log.Fatal(err)
	}
	files, err := os.ReadDir(filepath.Join(dir, "tables"))
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(f.Name())
	}
	// Output:
	// classes.parquet
	// cooccurrence.parquet
	// images.parquet
	// objects.parquet
	// problems.parquet
}
