package weights_test

import (
	"fmt"
	"os"
	"path/filepath"

	"cocostat/annotations"
	"cocostat/weights"
)

// counts are those of 1,000 instances of three classes in 500 images.
var counts = weights.ClassCounts{
	Categories: []annotations.Category{{ID: 1, Name: "car"}, {ID: 2, Name: "bus"}, {ID: 3, Name: "tram"}},
	Instances:  []int64{600, 300, 100}, Images: []int64{400, 200, 20},
	AnnotatedImages: 500, TotalImages: 500,
}

// α is n / (C·n_y), eq. (5): 1000 / (3·600) for cars.
func ExampleBuildFromCounts() {
	table, err := weights.BuildFromCounts(counts, weights.DefaultOptions())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range table.Rows {
		fmt.Printf("%-4s α %.4f, %s\n", r.Name, r.Alpha, r.Group)
	}
	// Output:
	// car  α 0.5556, head
	// bus  α 1.1111, head
	// tram α 3.3333, tail
}

// The file is in the format of its extension, and is read from any of them.
func ExampleReadFile() {
	dir, err := os.MkdirTemp("", "weights")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	table, err := weights.BuildFromCounts(counts, weights.DefaultOptions())
	if err == nil {
		err = table.WriteFile(filepath.Join(dir, "weights.json"))
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	back, err := weights.ReadFile(filepath.Join(dir, "weights.json"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d classes, %s, η %v\n", len(back.Rows), back.Meta.Alpha.Method, back.Meta.Eta.Value)
	// Output: 3 classes, inverse, η 0.8
}
