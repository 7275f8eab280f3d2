package evaluate

import (
	"fmt"
	"math"
	"slices"
)

// Result holds the arrays of an evaluation. They are dense, in row-major
// order, and hold −1 for classes without a truth that counts. Shapes are in
// the package's documentation.
type Result struct {
	// Params are the parameters with all defaults filled in; Images and
	// Classes ascend, and Classes[k] is the category id of class k, unless all
	// are taken for one.
	Params Params

	Precision []float64 // [T, R, K, A, M] in [0, 1], interpolated
	Recall    []float64 // [T, K, A, M] in [0, 1], the largest reached
	Scores    []float64 // [T, R, K, A, M], score at which the recall is reached, 0 where it is not

	// Elements left out because their image or class is not evaluated.
	SkippedTruths, SkippedDetections int

	// LVIS are those that Params.LVIS left out besides.
	LVIS LVISCounts
}

// APs are average precisions in [0, 1] over all areas at the largest limit on
// detections; NaN where no class has a truth that counts, or where the
// thresholds do not include the one in the name.
type APs struct {
	AP   float64 // over all IoU thresholds
	AP50 float64 // at IoU 0.5
	AP75 float64 // at IoU 0.75
}

// mostNumbers is the largest size of the array Precision: 1 GiB. COCO's has
// 970,000 numbers, that of LVIS 5 million.
const mostNumbers = 1 << 27

// allocate makes the arrays of the result.
func (e *evaluation) allocate() error {
	p := &e.result.Params
	n, product := 1, 1.0
	for _, size := range []int{len(p.IoUThresholds), p.classRows(), len(p.Areas), len(p.MaxDets)} {
		n, product = n*size, product*float64(size)
	}
	if product*float64(len(p.RecallThresholds)) > mostNumbers {
		return fmt.Errorf("evaluate: %d IoU thresholds, %d classes, %d areas and %d limits on detections make too large a result: take fewer of them",
			len(p.IoUThresholds), p.classRows(), len(p.Areas), len(p.MaxDets))
	}
	none := func(n int) []float64 { return slices.Repeat([]float64{-1}, n) }
	e.result.Recall = none(n)
	e.result.Precision, e.result.Scores = none(n*len(p.RecallThresholds)), none(n*len(p.RecallThresholds))
	return nil
}

// Dims returns the sizes of the arrays: IoU thresholds, recall thresholds,
// classes, area ranges and limits on detections.
func (r *Result) Dims() (t, rec, k, a, m int) {
	p := &r.Params
	return len(p.IoUThresholds), len(p.RecallThresholds), p.classRows(), len(p.Areas), len(p.MaxDets)
}

// recallAt returns the position of [t, k, a, m] in Recall.
func (r *Result) recallAt(t, k, a, m int) int {
	_, _, ks, as, ms := r.Dims()
	return ((t*ks+k)*as+a)*ms + m
}

// precisionAt returns the position of [t, rec, k, a, m] in Precision and
// Scores.
func (r *Result) precisionAt(t, rec, k, a, m int) int {
	_, rs, ks, as, ms := r.Dims()
	return (((t*rs+rec)*ks+k)*as+a)*ms + m
}

// ClassAP returns the average precisions of one class.
func (r *Result) ClassAP(categoryID int64) APs { return r.GroupAPs([]int64{categoryID}) }

// GroupAP returns the AP of a group of classes: the mean over those that have
// truths, each with the same weight. It is NaN if none has. The group of all
// classes has the AP of the summary.
func (r *Result) GroupAP(categoryIDs []int64) float64 { return r.GroupAPs(categoryIDs).AP }

// GroupAPs returns the average precisions of a group of classes. Order and
// repetitions do not matter, nor do classes that were not evaluated. All are
// NaN where classes were taken for one.
func (r *Result) GroupAPs(categoryIDs []int64) APs {
	classes := r.classNumbers(categoryIDs)
	area := r.area("all")
	last := len(r.Params.MaxDets) - 1
	return APs{
		AP:   r.meanPrecision(r.thresholds(0), classes, area, last),
		AP50: r.meanPrecision(r.thresholds(0.5), classes, area, last),
		AP75: r.meanPrecision(r.thresholds(0.75), classes, area, last),
	}
}

// classNumbers returns the numbers of those classes that were evaluated, each
// once; none where classes were taken for one.
func (r *Result) classNumbers(categoryIDs []int64) (classes []int) {
	if r.Params.ClassAgnostic {
		return nil
	}
	for _, id := range unique(categoryIDs) {
		if k, ok := slices.BinarySearch(r.Params.Classes, id); ok {
			classes = append(classes, k)
		}
	}
	return classes
}

// area returns the number of the area range with a name, −1 if there is none.
func (r *Result) area(name string) int {
	return slices.IndexFunc(r.Params.Areas, func(a AreaRange) bool { return a.Name == name })
}

// thresholds returns the numbers of the IoU thresholds that equal iou, or of
// all for iou 0.
func (r *Result) thresholds(iou float64) []int {
	var found []int
	for t, v := range r.Params.IoUThresholds {
		if iou == 0 || v == iou {
			found = append(found, t)
		}
	}
	return found
}

func (r *Result) allClasses() []int {
	classes := make([]int, r.Params.classRows())
	for k := range classes {
		classes[k] = k
	}
	return classes
}

// meanPrecision averages over the recall thresholds and the given IoU
// thresholds and classes, NaN if nothing is left.
func (r *Result) meanPrecision(thresholds, classes []int, area, limit int) float64 {
	if area < 0 || limit < 0 {
		return math.NaN()
	}
	values := make([]float64, 0, len(thresholds)*len(r.Params.RecallThresholds)*len(classes))
	for _, t := range thresholds {
		for rec := range r.Params.RecallThresholds {
			for _, k := range classes {
				values = append(values, r.Precision[r.precisionAt(t, rec, k, area, limit)])
			}
		}
	}
	return meanPresent(values)
}

// meanRecall averages over all IoU thresholds and classes, NaN if nothing is
// left.
func (r *Result) meanRecall(area, limit int) float64 {
	if area < 0 || limit < 0 {
		return math.NaN()
	}
	var values []float64
	for t := range r.Params.IoUThresholds {
		for _, k := range r.allClasses() {
			values = append(values, r.Recall[r.recallAt(t, k, area, limit)])
		}
	}
	return meanPresent(values)
}

// meanPresent returns the mean of the values above −1, NaN if there are none.
// It reorders values.
func meanPresent(values []float64) float64 {
	present := slices.DeleteFunc(values, func(v float64) bool { return v <= -1 })
	return pairwiseSum(present) / float64(len(present))
}

// pairwiseSum adds in the order of numpy's sum: halves are summed on their
// own, and blocks of up to 128 in eight interleaved parts.
func pairwiseSum(x []float64) float64 {
	n := len(x)
	switch {
	case n < 8:
		sum := 0.0
		for _, v := range x {
			sum += v
		}
		return sum
	case n <= 128:
		part := [8]float64(x[:8])
		i := 8
		for ; i+8 <= n; i += 8 {
			for j := range part {
				part[j] += x[i+j]
			}
		}
		sum := ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]))
		for ; i < n; i++ {
			sum += x[i]
		}
		return sum
	}
	half := n / 2
	half -= half % 8
	return pairwiseSum(x[:half]) + pairwiseSum(x[half:])
}
