// Package cocotest has annotation files for tests, random ones among them.
package cocotest

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"cocostat/annotations"
)

// Write puts texts into files of a new folder: a.json, b.json, …
func Write(t *testing.T, texts ...string) []string {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for i, text := range texts {
		path := filepath.Join(dir, string(rune('a'+i))+".json")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// Small is a small annotation file.
const Small = `{"images": [{"id": 1, "file_name": "1.jpg"}, {"id": 2, "file_name": "2.jpg"}],
"categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
"annotations": [{"id": 1, "image_id": 1, "category_id": 1}, {"id": 2, "image_id": 1, "category_id": 1}, {"id": 3, "image_id": 2, "category_id": 2}]}`

// ProblemCount returns how often a kind of problem was found.
func ProblemCount(problems []annotations.Problem, kind annotations.Kind) int64 {
	for _, p := range problems {
		if p.Kind == kind {
			return p.Count
		}
	}
	return 0
}

// Comparable strips what follows from places in files, and the statistics of
// boxes.
func Comparable(c *annotations.Counts) *annotations.Counts {
	d := *c
	d.Sources, d.Problems = nil, nil
	d.Sizes, d.Boxes, d.AllBoxes, d.BoxGrid = nil, nil, annotations.BoxSummary{}, annotations.BoxGrid{}
	d.Categories = slices.Clone(c.Categories)
	for i := range d.Categories {
		k := &d.Categories[i]
		k.Offset, k.Has, k.DeclaredInstances, k.DeclaredImages = 0, 0, 0, 0
	}
	return &d
}

// Pets is a dataset of three images, one of them without annotations.
const Pets = `{
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
