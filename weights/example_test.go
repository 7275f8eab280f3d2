package weights_test

import (
	"fmt"

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
