// Package tally is what the Go peers of the benchmark share: the fields that
// counting needs, the counting, and its output.
package tally

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"slices"
)

// File holds of an annotation file what counting needs.
type File struct {
	Images      []Image      `json:"images"`
	Annotations []Annotation `json:"annotations"`
	Categories  []Category   `json:"categories"`
}

// Image is an element of images.
type Image struct {
	ID int64 `json:"id"`
}

// Annotation is an element of annotations.
type Annotation struct {
	ImageID    int64 `json:"image_id"`
	CategoryID int64 `json:"category_id"`
}

// Category is an element of categories.
type Category struct {
	ID int64 `json:"id"`
}

// Row is what is known of a class: its instances and the images that hold it.
type Row struct {
	CategoryID, Instances, Images int64
}

// Count counts the annotations of the listed images and categories.
func (f *File) Count() []Row {
	images := make(map[int64]int, len(f.Images))
	for _, im := range f.Images {
		if _, known := images[im.ID]; !known {
			images[im.ID] = len(images)
		}
	}
	classes := make(map[int64]int, len(f.Categories))
	var rows []Row
	for _, c := range f.Categories {
		if _, known := classes[c.ID]; !known {
			classes[c.ID] = len(rows)
			rows = append(rows, Row{CategoryID: c.ID})
		}
	}
	seen := make([]bool, len(images)*len(rows))
	for _, a := range f.Annotations {
		image, known := images[a.ImageID]
		class, listed := classes[a.CategoryID]
		if !known || !listed {
			continue
		}
		rows[class].Instances++
		if pair := &seen[image*len(rows)+class]; !*pair {
			*pair = true
			rows[class].Images++
		}
	}
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.CategoryID, b.CategoryID) })
	return rows
}

// Main runs a peer: it reads the file that the command line names, lets read
// take what counting needs, and prints a line "category_id instances images"
// for each class. It does not return.
func Main(read func(data []byte, f *File) error) {
	if err := run(read); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(read func(data []byte, f *File) error) error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: %s FILE", os.Args[0])
	}
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	var f File
	if err := read(data, &f); err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	for _, r := range f.Count() {
		fmt.Fprintln(out, r.CategoryID, r.Instances, r.Images)
	}
	return out.Flush()
}
