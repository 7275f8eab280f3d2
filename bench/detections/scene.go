package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
)

// sceneSize says how much a made annotation file holds.
type sceneSize struct{ images, boxes, classes int }

// writeScene writes annotations of its own: as many boxes in each image, give or
// take one, in images of 640 to 1,280 pixels. Every class has a box, as far as
// there are enough of them; the numbers of the others fall off like 1/rank.
func writeScene(out *bufio.Writer, size sceneSize, seed uint64) error {
	if size.images < 1 || size.boxes < 0 || size.classes < 1 {
		return errors.New("scene: -images and -classes must be at least 1, -boxes at least 0")
	}
	rng := rand.New(rand.NewPCG(seed, 0x7363656e))
	f := annotationFile{Images: make([]image, size.images), Annotations: make([]annotation, 0, size.boxes)}
	ofBox := drawClasses(rng, size)
	for i := range f.Images {
		im := &f.Images[i]
		*im = image{ID: int64(i + 1), Width: 640 + rng.IntN(641), Height: 640 + rng.IntN(641)}
		for len(f.Annotations) < (i+1)*size.boxes/size.images {
			box := drawBox(rng, im)
			n := len(f.Annotations)
			f.Annotations = append(f.Annotations, annotation{ID: int64(n + 1), ImageID: im.ID, CategoryID: ofBox[n],
				BBox: box, Area: rounded(box[2]*box[3], 2, 0.01)})
		}
	}
	f.Categories = numbered(size.classes)
	return json.NewEncoder(out).Encode(f)
}

// drawClasses returns the class of each box.
func drawClasses(rng *rand.Rand, size sceneSize) []int64 {
	shares := newRankShares(size.classes)
	of := make([]int64, size.boxes)
	for i := range of {
		if of[i] = int64(i + 1); i >= size.classes {
			of[i] = shares.draw(rng)
		}
	}
	rng.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
	return of
}

// drawBox draws a box with two decimals inside an image; the logarithm of its
// side is normally distributed, so that there are small, medium and large ones.
func drawBox(rng *rand.Rand, im *image) (box [4]float64) {
	side := math.Exp(4.2 + 1.1*rng.NormFloat64())
	aspect := math.Exp(0.4 * rng.NormFloat64()) // the root of width / height
	for k, x := range [2]float64{side * aspect, side / aspect} {
		length := float64([2]int{im.Width, im.Height}[k])
		box[2+k] = rounded(min(x, length-1), 2, 2)
		box[k] = rounded(rng.Float64()*(length-box[2+k]), 2, 0)
	}
	return box
}

// rankShares draws classes 1, 2, … n; the k-th has a share that falls off like
// 1/k.
type rankShares []float64 // sums of the shares up to a class

func newRankShares(n int) rankShares {
	sums, total := make(rankShares, n), 0.0
	for k := range sums {
		total += 1 / float64(k+1)
		sums[k] = total
	}
	return sums
}

func (s rankShares) draw(rng *rand.Rand) int64 {
	return int64(min(sort.SearchFloat64s(s, rng.Float64()*s[len(s)-1]), len(s)-1)) + 1
}

// numbered are n categories with ids from 1 on.
func numbered(n int) []category {
	list := make([]category, n)
	for k := range list {
		list[k] = category{ID: int64(k + 1), Name: fmt.Sprintf("class %d", k+1)}
	}
	return list
}
