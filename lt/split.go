package lt

import (
	"cmp"
	"math"
	"slices"
)

// Names of the groups that a Split makes.
const (
	Tail = "tail"
	Head = "head"
)

// Names of the LVIS groups, see LVISGroup.
const (
	Rare     = "rare"
	Common   = "common"
	Frequent = "frequent"
)

// Frequencies returns f_j = images[j] / annotated for every class, where
// images[j] is the number of images that hold class j and annotated that of
// images with any annotation. All are 0 if annotated is 0.
func Frequencies(images []int64, annotated int64) []float64 {
	f := make([]float64, len(images))
	if annotated == 0 {
		return f
	}
	for j, n := range images {
		f[j] = float64(n) / float64(annotated)
	}
	return f
}

// Split divides the classes into a tail and a head.
type Split struct {
	// Tail tells for each class whether it belongs to the tail.
	Tail []bool
	// Lambda is the threshold: the tail is exactly the classes with a
	// frequency below it. It is the lowest frequency in the head; where the
	// head is empty, it is the smallest number above every frequency.
	Lambda float64
	// Reached is TR(Lambda), at most the target.
	Reached float64
	// TailClasses is the number of classes in the tail.
	TailClasses int
}

// Group returns Tail or Head for a class.
func (s Split) Group(class int) string {
	if s.Tail[class] {
		return Tail
	}
	return Head
}

// TailSplit makes the image-centric split: the tail is the largest set of the
// rarest classes whose tail ratio does not exceed target, a number in [0, 1].
// images[j] is the number of images that hold class j, annotated that of
// images with any annotation.
//
// Classes of equal frequency go to the same side. A class without images has
// frequency 0 and adds nothing to the ratio, so it is always in the tail.
func TailSplit(images []int64, annotated int64, target float64) Split {
	var total int64
	for _, n := range images {
		total += n
	}
	order := make([]int, len(images))
	for j := range order {
		order[j] = j
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(images[a], images[b]) })

	s := Split{Tail: make([]bool, len(images))}
	frequency := Frequencies(images, annotated)
	var sum int64
	for len(order) > 0 {
		ties := 1
		for ties < len(order) && images[order[ties]] == images[order[0]] {
			ties++
		}
		next := sum + int64(ties)*images[order[0]]
		if next > 0 && float64(next)/float64(total) > target {
			s.Lambda = frequency[order[0]]
			return s
		}
		for _, j := range order[:ties] {
			s.Tail[j] = true
		}
		s.TailClasses += ties
		s.Lambda = above(frequency[order[0]])
		if sum = next; total > 0 {
			s.Reached = float64(sum) / float64(total)
		}
		order = order[ties:]
	}
	return s
}

// LeastTarget returns the least tail ratio with which some class that has any of the
// counts is in the tail, and these classes: the rarest, of equal counts all. With
// less than two classes that have any it returns NaN, as nothing can be divided.
// Counts are images for [TailSplit], instances for [InstanceTailSplit].
func LeastTarget(counts []int64) (target float64, classes []int) {
	var total, least int64
	used := 0
	for _, n := range counts {
		if total += n; n == 0 {
			continue
		}
		if used++; used == 1 || n < least {
			least = n
		}
	}
	if used < 2 {
		return math.NaN(), nil
	}
	for j, n := range counts {
		if n == least {
			classes = append(classes, j)
		}
	}
	return float64(least*int64(len(classes))) / float64(total), classes
}

// above returns the smallest number above f.
func above(f float64) float64 { return math.Nextafter(f, math.Inf(1)) }

// InstanceTailSplit is TailSplit with instance counts in the place of image
// counts: the frequency of a class is its share of all instances, and the
// tail ratio is the tail's share of them.
func InstanceTailSplit(instances []int64, target float64) Split {
	var total int64
	for _, n := range instances {
		total += n
	}
	return TailSplit(instances, total, target)
}

// LVISGroup returns the LVIS group of a class that occurs in the given number
// of training images: Rare for 1 to 10, Common for 11 to 100, Frequent above.
// LVIS has no class without images; one is called Rare here, the group that
// its first image would bring it.
func LVISGroup(images int64) string {
	switch {
	case images <= 10:
		return Rare
	case images <= 100:
		return Common
	default:
		return Frequent
	}
}

// DeclaredGroup returns the LVIS group of a class whose annotation file may
// state it, as LVIS does ("r", "c" or "f"). What the file states, made from the
// whole training set, goes before the number of images; see LVISGroup.
func DeclaredGroup(frequency string, images int64) string {
	switch frequency {
	case "r":
		return Rare
	case "c":
		return Common
	case "f":
		return Frequent
	}
	return LVISGroup(images)
}

// RepeatFactors returns r_c = max(1, sqrt(t / f_c)) for every class, the
// number of times that repeat factor sampling shows an image of class c in an
// epoch. threshold is t ≥ 0; LVIS uses 0.001. A class of frequency 0 has no
// image to repeat and gets 1.
func RepeatFactors(frequency []float64, threshold float64) []float64 {
	r := make([]float64, len(frequency))
	for c, f := range frequency {
		r[c] = 1
		if f > 0 {
			r[c] = max(1, math.Sqrt(threshold/f))
		}
	}
	return r
}
