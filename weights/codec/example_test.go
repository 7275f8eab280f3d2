package codec_test

import (
	"fmt"
	"os"
	"path/filepath"

	"cocostat/annotations"
	"cocostat/weights"
	"cocostat/weights/codec"
)

// counts are those of 1,000 instances of three classes in 500 images.
var counts = weights.ClassCounts{
	Categories: []annotations.Category{{ID: 1, Name: "car"}, {ID: 2, Name: "bus"}, {ID: 3, Name: "tram"}},
	Instances:  []int64{600, 300, 100}, Images: []int64{400, 200, 20},
	AnnotatedImages: 500, TotalImages: 500,
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
		err = codec.WriteFile(filepath.Join(dir, "weights.json"), table)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	back, err := codec.ReadFile(filepath.Join(dir, "weights.json"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d classes, %s, η %v\n", len(back.Rows), back.Meta.Alpha.Method, back.Meta.Eta.Value)
	// Output: 3 classes, inverse, η 0.8
}
