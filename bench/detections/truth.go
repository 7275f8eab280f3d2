package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
)

// annotationFile is what is read and written of annotations.
type annotationFile struct {
	Images      []image      `json:"images"`
	Annotations []annotation `json:"annotations"`
	Categories  []category   `json:"categories"`
}

// truth is an annotation file that was read.
type truth struct {
	annotationFile
	objects [][]annotation // by position of the image
}

type image struct {
	ID     int64 `json:"id"`
	Width  int   `json:"width"`
	Height int   `json:"height"`
}

type annotation struct {
	ID         int64      `json:"id"`
	ImageID    int64      `json:"image_id"`
	CategoryID int64      `json:"category_id"`
	BBox       [4]float64 `json:"bbox"` // x, y, width, height in pixels
	Area       float64    `json:"area"`
	Crowd      int        `json:"iscrowd"`
}

type category struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func readTruth(path string) (*truth, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t := &truth{}
	if err := json.Unmarshal(data, t); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(t.Images) == 0 || len(t.Annotations) == 0 || len(t.Categories) == 0 {
		return nil, fmt.Errorf("%s: no images, no annotations or no categories", path)
	}
	position := make(map[int64]int, len(t.Images))
	for i, im := range t.Images {
		position[im.ID] = i
	}
	t.objects = make([][]annotation, len(t.Images))
	for _, a := range t.Annotations {
		i, ok := position[a.ImageID]
		if !ok {
			return nil, fmt.Errorf("%s: annotation %d: unknown image %d", path, a.ID, a.ImageID)
		}
		t.objects[i] = append(t.objects[i], a)
	}
	return t, nil
}

// writeClasses writes the images and boxes with n classes in place of the
// file's. Objects of one class in one image stay together; the k-th class has a
// share of the clusters that falls off like 1/k.
func (t *truth) writeClasses(out *bufio.Writer, n int, seed uint64) error {
	if n < 1 {
		return errors.New("-classes: must be at least 1")
	}
	rng := rand.New(rand.NewPCG(seed, 0x74727574))
	shares := newRankShares(n)
	file := annotationFile{Images: t.Images, Categories: numbered(n)}
	for _, objects := range t.objects {
		classes := map[int64]int64{}
		for _, a := range objects {
			if _, ok := classes[a.CategoryID]; !ok {
				classes[a.CategoryID] = shares.draw(rng)
			}
			a.CategoryID = classes[a.CategoryID]
			file.Annotations = append(file.Annotations, a)
		}
	}
	return json.NewEncoder(out).Encode(file)
}

// rounded returns x with so many decimals, not below least.
func rounded(x float64, decimals int, least float64) float64 {
	power := math.Pow10(decimals)
	return max(math.Round(x*power)/power, least)
}
