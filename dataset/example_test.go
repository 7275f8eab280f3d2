package dataset_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"cocostat/annotations"
	"cocostat/annotations/coco/cocotest"
	"cocostat/dataset"
)

// writePets puts the dataset into a new folder and returns its path.
func writePets() (dir, path string) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	path = filepath.Join(dir, "pets.json")
	if err := os.WriteFile(path, []byte(cocotest.Pets), 0o644); err != nil {
		log.Fatal(err)
	}
	return dir, path
}

// The classes of a file, and what is wrong with it.
func ExampleCount() {
	dir, path := writePets()
	defer os.RemoveAll(dir)
	c, err := dataset.Count(context.Background(), []string{path}, annotations.Options{})
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
