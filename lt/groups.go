package lt

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// Thresholds of groups by number of instances that papers use, see Bins.
var (
	// SimCalBins are those of SimCal for COCO-LT, which puts 4, 24, 32 and 20
	// of its classes into them, from the rarest on.
	SimCalBins = []int64{20, 400, 8000}
	// SimCalLVISBins are those of SimCal for LVIS.
	SimCalLVISBins = []int64{10, 100, 1000}
)

// Bins are groups of classes by a count: group g holds the classes with a
// count of at least Thresholds[g−1] and below Thresholds[g].
type Bins struct {
	Thresholds []int64  // ascending, above 0
	Names      []string // one more than thresholds, from the rarest group on
}

// NewBins returns the bins between the thresholds. It fails unless these
// ascend from 1 or more.
func NewBins(thresholds []int64) (Bins, error) {
	if len(thresholds) == 0 {
		return Bins{}, fmt.Errorf("no thresholds")
	}
	b := Bins{Thresholds: slices.Clone(thresholds)}
	last := int64(0)
	for _, t := range thresholds {
		if t <= last {
			return Bins{}, fmt.Errorf("thresholds %d: must ascend from 1 or more", thresholds)
		}
		b.Names = append(b.Names, "["+strconv.FormatInt(last, 10)+","+strconv.FormatInt(t, 10)+")")
		last = t
	}
	b.Names = append(b.Names, "["+strconv.FormatInt(last, 10)+",inf)")
	return b, nil
}

// Groups returns the name of the group of each class.
func (b Bins) Groups(counts []int64) []string {
	out := make([]string, len(counts))
	for j, n := range counts {
		g, exact := slices.BinarySearch(b.Thresholds, n)
		if exact {
			g++ // the threshold belongs to the group above it
		}
		out[j] = b.Names[g]
	}
	return out
}

// TopSplit puts the k classes with the largest counts into the head. Of equal
// counts, the earlier classes go there first. Lambda, Reached and TailClasses
// are those of the tail that results; where classes of one count stand on both
// sides, no threshold makes the tail, and Lambda is the lowest frequency in the
// head. total is what counts are divided by to get frequencies.
func TopSplit(counts []int64, total int64, k int) Split {
	order := make([]int, len(counts))
	var sum, below int64
	for j, n := range counts {
		order[j] = j
		sum += n
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(counts[b], counts[a]) })
	k = min(max(k, 0), len(order))
	s := Split{Tail: make([]bool, len(counts)), TailClasses: len(order) - k}
	for _, j := range order[k:] {
		s.Tail[j] = true
		below += counts[j]
	}
	if sum > 0 {
		s.Reached = float64(below) / float64(sum)
	}
	frequency := Frequencies(counts, total)
	if k > 0 {
		s.Lambda = frequency[order[k-1]]
	} else if len(order) > 0 {
		s.Lambda = above(frequency[order[0]])
	}
	return s
}
