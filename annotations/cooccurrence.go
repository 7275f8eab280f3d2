package annotations

import (
	"cmp"
	"iter"
	"math"
	"slices"
)

// Cooccurrence is two classes that images hold together.
type Cooccurrence struct {
	A, B   int32 // indices in Counts.Categories, A < B
	Images int64 // images that hold at least one object of each, at least 1
}

// MaxCooccurrence is the most that Cooccurrence returns: enough for every pair
// of 1,448 classes. The number of pairs grows with the square of the classes,
// and one image with 20,000 classes has 200 million of them.
const MaxCooccurrence = 1 << 20

// Cooccurrence returns the classes that occur together, ascending by A, then
// B. An image with k classes adds to k(k−1)/2 of them. Of more than
// MaxCooccurrence, it returns those that most images hold, and where they are
// even, those that come first. Images beyond CooccurrenceLimit are left out.
func (c *Counts) Cooccurrence() []Cooccurrence { return c.cooccurrence(MaxCooccurrence, maxVisits) }

// maxVisits is how many pairs of classes of images are counted at least: those
// of one image with 23,000 classes.
const maxVisits = 1 << 28

// CooccurrenceLimit returns how many classes an image may hold to be among those
// that Cooccurrence counts, and how many hold more. That no image does is the
// rule: the pairs of all must exceed 2²⁸, and 256 times the length of
// Counts.Pairs, so that the time grows with the pairs and not with their square.
func (c *Counts) CooccurrenceLimit() (classes int32, left int) { return c.cooccurrenceLimit(maxVisits) }

func (c *Counts) cooccurrenceLimit(visits int64) (classes int32, left int) {
	visits = max(visits, maxMatrix/2*int64(len(c.Pairs)))
	of := func(k int32) int64 { return int64(k) * int64(k-1) / 2 }
	all := int64(0)
	for i := range c.ImageRows {
		all += of(c.ImageRows[i].Classes)
	}
	if all <= visits {
		return math.MaxInt32, 0
	}
	sorted := make([]int32, len(c.ImageRows)) // classes of the images
	for i := range c.ImageRows {
		sorted[i] = c.ImageRows[i].Classes
	}
	slices.Sort(sorted)
	for i, k := range sorted {
		if visits -= of(k); visits < 0 {
			first, _ := slices.BinarySearch(sorted[:i], k) // all that hold as many are left out
			return k - 1, len(sorted) - first
		}
	}
	return math.MaxInt32, 0
}

func (c *Counts) cooccurrence(most int, visits int64) []Cooccurrence {
	var kept []Cooccurrence
	least := int64(1) // images that a pair must have to be kept
	limit, _ := c.cooccurrenceLimit(visits)
	for p := range c.together(limit) {
		if p.Images < least {
			continue
		}
		if kept = append(kept, p); len(kept) >= 2*most {
			kept = mostImages(kept, most)
			least = kept[most-1].Images + 1 // what comes later loses a draw
		}
	}
	kept = mostImages(kept, most)
	slices.SortFunc(kept, compareCooccurrences)
	return kept
}

// mostImages returns the n pairs with the most images, those first.
func mostImages(pairs []Cooccurrence, n int) []Cooccurrence {
	if len(pairs) <= n {
		return pairs
	}
	slices.SortFunc(pairs, func(a, b Cooccurrence) int {
		return cmp.Or(cmp.Compare(b.Images, a.Images), compareCooccurrences(a, b))
	})
	return pairs[:n]
}

func compareCooccurrences(a, b Cooccurrence) int {
	return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
}

// together yields the classes that occur together, ascending by A, then B, in
// images with up to limit classes.
func (c *Counts) together(limit int32) iter.Seq[Cooccurrence] {
	if len(c.Categories) <= maxMatrix {
		return c.togetherOfFew() // whose pairs are below any limit
	}
	return c.togetherOfMany(limit)
}

// maxMatrix is up to how many classes a count for each two of them is kept.
const maxMatrix = 512

// togetherOfFew is together with a matrix of the counts.
func (c *Counts) togetherOfFew() iter.Seq[Cooccurrence] {
	k := len(c.Categories)
	images := make([]int32, k*k)
	for of := range c.pairsOfImages() {
		for i, a := range of {
			row := images[int(a.Class)*k : (int(a.Class)+1)*k]
			for _, b := range of[i+1:] {
				row[b.Class]++
			}
		}
	}
	return func(yield func(Cooccurrence) bool) {
		for i, n := range images {
			if n > 0 && !yield(Cooccurrence{int32(i / k), int32(i % k), int64(n)}) {
				return
			}
		}
	}
}

// pairsOfImages yields the pairs of each image that has any.
func (c *Counts) pairsOfImages() iter.Seq[[]Pair] {
	return func(yield func([]Pair) bool) {
		for from := 0; from < len(c.Pairs); {
			to := from + 1
			for to < len(c.Pairs) && c.Pairs[to].Image == c.Pairs[from].Image {
				to++
			}
			if !yield(c.Pairs[from:to]) {
				return
			}
			from = to
		}
	}
}

// togetherOfMany is together with the counts of one class at a time.
func (c *Counts) togetherOfMany(limit int32) iter.Seq[Cooccurrence] {
	return func(yield func(Cooccurrence) bool) {
		images := make([]int64, len(c.Categories)) // with class a and the class of the index
		var met []int32                            // the classes that have any
		for a, at := range c.pairsOfClasses() {
			met = met[:0]
			for _, i := range at {
				if c.ImageRows[c.Pairs[i].Image].Classes > limit {
					continue
				}
				for _, p := range c.Pairs[i+1:] {
					if p.Image != c.Pairs[i].Image {
						break
					}
					if images[p.Class]++; images[p.Class] == 1 {
						met = append(met, p.Class)
					}
				}
			}
			slices.Sort(met)
			for _, b := range met {
				if !yield(Cooccurrence{int32(a), b, images[b]}) {
					return
				}
				images[b] = 0
			}
		}
	}
}

// pairsOfClasses returns, for each class, the places of its pairs.
func (c *Counts) pairsOfClasses() [][]int32 {
	out := make([][]int32, len(c.Categories))
	places := make([]int32, len(c.Pairs))
	from := int64(0)
	for i := range out {
		n := c.Images[i]
		out[i] = places[from : from : from+n]
		from += n
	}
	for i, p := range c.Pairs {
		out[p.Class] = append(out[p.Class], int32(i))
	}
	return out
}
