package data

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"cocostat/annotations"
)

// testImage returns a smooth picture, different for each seed.
func testImage(width, height, seed int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{byte(40 + 3*x + 7*seed), byte(20 + 5*y), byte(90 + x + y + 11*seed), 255})
		}
	}
	return img
}

func writeFile(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func jpegBytes(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngBytes(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// cocoJSON returns an annotation file of the named images, 32×24 pixels each,
// with one box of category 1.
func cocoJSON(t testing.TB, names ...string) []byte {
	t.Helper()
	type object = map[string]any
	var images, objects []object
	for i, name := range names {
		images = append(images, object{"id": i + 1, "file_name": name, "width": 32, "height": 24})
		objects = append(objects, object{"id": i + 1, "image_id": i + 1, "category_id": 1, "bbox": []int{4, 6, 10, 8}})
	}
	raw, err := json.Marshal(object{
		"images": images, "annotations": objects,
		"categories": []object{{"id": 1, "name": "thing"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// testSet writes n JPEG files of 48×40 pixels and returns a set of them, each
// with two boxes, of classes 0 and i mod 3.
func testSet(t testing.TB, n int) *Set {
	t.Helper()
	dir := t.TempDir()
	d := &annotations.Dataset{Path: "test.json"}
	for id := range int64(3) {
		d.Categories = append(d.Categories, annotations.Category{ID: 10 + id, Name: "c"})
	}
	for i := range n {
		id := int64(100 + i)
		name := string(rune('a'+i/26)) + string(rune('a'+i%26)) + ".jpg"
		writeFile(t, filepath.Join(dir, name), jpegBytes(t, testImage(48, 40, i)))
		d.Images = append(d.Images, annotations.Image{ID: id, FileName: name, Width: 48, Height: 40})
		d.Objects = append(d.Objects, []annotations.Annotation{
			{ImageID: id, CategoryID: 10, BBox: [4]float64{5, 6, 20, 12}},
			{ImageID: id, CategoryID: 10 + int64(i%3), BBox: [4]float64{float64(i % 20), 10, 16, 24}},
		})
	}
	s, err := NewSet(d, dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
