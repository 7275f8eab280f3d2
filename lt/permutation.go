package lt

import (
	"context"
	"math/rand/v2"
	"slices"
)

// ImageObjects says what the annotated images of a set hold: image i has
// Objects[k] objects of class Class[k], for Start[i] ≤ k < Start[i+1]. Every
// image holds at least one object.
type ImageObjects struct {
	Start   []int   // one element more than there are images
	Class   []int32 // in [0, C)
	Objects []int32
}

// Permutation says how far apart two sets of images are, compared with random
// splits of the same images into sets of the same sizes.
type Permutation struct {
	Distance float64 // total variation of the two sets, in [0, 1]
	Expected float64 // mean total variation of the random splits
	Highest  float64 // that 95 % of the random splits do not exceed
	P        float64 // (1 + random splits at least as far apart) / (1 + Splits)
	Splits   int
}

// EnoughSplits is how many random splits to make where the smaller side has so many
// pairs of image and class: 999, or as many, at least 99, as take a second or two.
func EnoughSplits(pairs int) int {
	const most, least, budget = 999, 99, 60_000_000
	return min(most, max(least, budget/(1+pairs)))
}

// PermutationTest compares the split of the images into the first n and the others
// with random ones. Objects of one image are not independent (an image of a
// crowd holds a hundred persons), so the images are shuffled, and not the
// objects as a chi-square test of the counts would have it.
//
// classes is C. splits is the number of random splits; the same seed gives the
// same splits. ok is false if one side has no image, or if ctx ends before the
// test does.
//
// Source: R. A. Fisher, "The Design of Experiments", 1935, section 21; the
// addition of 1 in P counts the split at hand among the random ones.
func PermutationTest(ctx context.Context, all ImageObjects, n, classes, splits int, seed uint64) (t Permutation, ok bool) {
	images := len(all.Start) - 1
	if n <= 0 || n >= images {
		return Permutation{}, false
	}
	order := make([]int, images)
	for i := range order {
		order[i] = i
	}
	s := splitter{all: all, total: make([]int64, classes), part: make([]int64, classes), rest: make([]int64, classes)}
	s.sum(s.total, order)
	t = Permutation{Distance: s.distance(order[:n]), Splits: splits}

	// The distance is symmetric: the smaller side is summed.
	size := min(n, images-n)
	rng := rand.New(rand.NewPCG(seed, 0))
	found := make([]float64, splits)
	atLeast := 0
	for k := range found {
		if ctx.Err() != nil {
			return Permutation{}, false
		}
		for i := range size {
			j := i + rng.IntN(images-i)
			order[i], order[j] = order[j], order[i]
		}
		found[k] = s.distance(order[:size])
		t.Expected += found[k] / float64(splits)
		if found[k] >= t.Distance {
			atLeast++
		}
	}
	t.P = float64(1+atLeast) / float64(1+splits)
	if splits > 0 {
		slices.Sort(found)
		t.Highest = found[(95*splits+99)/100-1]
	}
	return t, true
}

// splitter knows the counts of all images, and has room for those of a part.
type splitter struct {
	all               ImageObjects
	total, part, rest []int64
}

// distance returns the total variation of the images and all others.
func (s *splitter) distance(images []int) float64 {
	clear(s.part)
	s.sum(s.part, images)
	for c := range s.rest {
		s.rest[c] = s.total[c] - s.part[c]
	}
	return TotalVariation(s.part, s.rest)
}

func (s *splitter) sum(counts []int64, images []int) {
	for _, i := range images {
		for k := s.all.Start[i]; k < s.all.Start[i+1]; k++ {
			counts[s.all.Class[k]] += int64(s.all.Objects[k])
		}
	}
}
