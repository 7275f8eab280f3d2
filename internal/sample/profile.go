package sample

import (
	"math"
	"math/rand/v2"
)

const (
	meanObjects  = 3.5 // per image with objects
	floorObjects = 4.5 // the same, at most, when the floor below lifts rare classes
	minVal       = 8   // instances of a class in the validation split, if there is room
	maxObjects   = 8   // in one image
	emptyShare   = 0.02
)

// objectShares are the probabilities of 1, 2, … 8 objects in an image that
// has any; their mean is 3.51.
var objectShares = [maxObjects]float64{0.12, 0.20, 0.23, 0.19, 0.12, 0.07, 0.04, 0.03}

// emptyImages returns how many of the images hold no object.
func emptyImages(images int) int { return int(emptyShare * float64(images)) }

// trainCounts returns the instances of each class in the training split, most
// frequent first.
func trainCounts(o Options) []int {
	return profile(o.Classes, o.Images, o.Imbalance, 1)
}

// valCounts returns the instances of each class in the validation split.
func valCounts(o Options) []int {
	room := floorObjects * float64(o.ValImages-emptyImages(o.ValImages))
	least := max(1, min(minVal, int(room/float64(o.Classes))))
	return profile(o.Classes, o.ValImages, math.Sqrt(o.Imbalance), least)
}

// profile returns counts that fall exponentially from the first class to the
// last by the given ratio, none below least, and that sum to meanObjects for
// each image with objects, up to rounding and to what least adds.
func profile(classes, images int, ratio float64, least int) []int {
	total := meanObjects * float64(images-emptyImages(images))
	share := make([]float64, classes)
	sum := 0.0
	for c := range share {
		share[c] = math.Pow(ratio, -float64(c)/float64(max(1, classes-1)))
		sum += share[c]
	}
	counts := make([]int, classes)
	for c := range counts {
		counts[c] = max(least, int(math.Round(total*share[c]/sum)))
	}
	return counts
}

// deal spreads the instances over the images and returns the classes of the
// objects of each image, in the order in which they are drawn. An image with
// objects has 1 to maxObjects of them.
func deal(rng *rand.Rand, counts []int, images int) [][]int {
	var pool []int
	for c, n := range counts {
		for range n {
			pool = append(pool, c)
		}
	}
	rng.Shuffle(len(pool), func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
	hands := make([][]int, images)
	for i, n := range handSizes(rng, len(pool), images) {
		hands[i], pool = pool[:n:n], pool[n:]
	}
	return hands
}

// handSizes draws the number of objects of each image and moves single images
// by one until they sum to objects. Fewer objects than images leave more
// images empty.
func handSizes(rng *rand.Rand, objects, images int) []int {
	sizes := make([]int, images)
	used := min(images-emptyImages(images), objects)
	sum := 0
	for i := range used {
		sizes[i] = drawSize(rng)
		sum += sizes[i]
	}
	for sum != objects {
		i := rng.IntN(used)
		switch {
		case sum < objects && sizes[i] < maxObjects:
			sizes[i]++
			sum++
		case sum > objects && sizes[i] > 1:
			sizes[i]--
			sum--
		}
	}
	rng.Shuffle(images, func(i, j int) { sizes[i], sizes[j] = sizes[j], sizes[i] })
	return sizes
}

func drawSize(rng *rand.Rand) int {
	u := rng.Float64()
	for i, p := range objectShares {
		if u -= p; u < 0 {
			return i + 1
		}
	}
	return maxObjects
}
