package evaluate

import (
	"cmp"
	"math"
	"slices"
)

// Group is some classes of a result, whose numbers are means over those with
// truths that count.
type Group struct {
	result  *Result
	classes []int // their numbers
}

// All returns the group of all classes.
func (r *Result) All() Group {
	g := Group{r, make([]int, len(r.classes))}
	for k := range g.classes {
		g.classes[k] = k
	}
	return g
}

// Group returns a group of classes. Order and repetitions do not matter, nor do
// classes that were not evaluated; where classes were taken for one, it is empty.
func (r *Result) Group(categoryIDs ...int64) Group {
	return Group{r, r.Params.classNumbers(categoryIDs)}
}

// Part says of which part of a group's arrays a mean is. The zero value means all
// IoU thresholds, the area range "all" and the largest limit on detections.
type Part struct {
	IoU     float64 // one of the thresholds; 0: all
	Area    string  // name of an area range; "": "all"
	MaxDets int     // one of the limits; 0: the largest
}

// Precision is the mean over IoU thresholds, recall thresholds and classes: AP in
// [0, 1]. Like all means it is that of numpy of the same part of the arrays, in
// their order; it is NaN where there is no class with truths that count, or
// nothing like the part.
func (g Group) Precision(p Part) float64 { return g.result.meanPrecision(g.part(p)) }

// Recall is the mean over IoU thresholds and classes of the largest recall: AR in
// [0, 1], or NaN.
func (g Group) Recall(p Part) float64 { return g.result.meanRecall(g.part(p)) }

// PrecisionByRecall is the mean over IoU thresholds and classes of the precision
// at each recall threshold, in [0, 1], or NaN.
func (g Group) PrecisionByRecall(p Part) []float64 { return g.result.meanCurve(g.part(p)) }

// part is a Part of a group in numbers.
type part struct {
	thresholds []int
	classes    []int // those with truths that count
	area       int
	limit      int
}

func (g Group) part(p Part) part {
	limit := len(g.result.Params.MaxDets) - 1
	if p.MaxDets != 0 {
		limit = slices.Index(g.result.Params.MaxDets, p.MaxDets)
	}
	return g.partOf(p.IoU, cmp.Or(p.Area, "all"), limit)
}

// partOf is part for a limit's number, below 0 for none.
func (g Group) partOf(iou float64, area string, limit int) part {
	p := part{thresholds: g.result.Params.thresholds(iou), area: g.result.Params.area(area), limit: limit}
	if p.area < 0 || p.limit < 0 {
		return p
	}
	p.classes = make([]int, 0, len(g.classes))
	for _, k := range g.classes {
		if g.result.classes[k].positives[p.area] > 0 {
			p.classes = append(p.classes, k)
		}
	}
	return p
}

// classNumbers returns the numbers of those classes that were evaluated, each
// once; none where classes were taken for one.
func (p *Params) classNumbers(categoryIDs []int64) (classes []int) {
	if p.ClassAgnostic {
		return nil
	}
	for _, id := range unique(categoryIDs) {
		if k, ok := slices.BinarySearch(p.Classes, id); ok {
			classes = append(classes, k)
		}
	}
	return classes
}

// area returns the number of the area range with a name, −1 if there is none.
func (p *Params) area(name string) int {
	return slices.IndexFunc(p.Areas, func(a AreaRange) bool { return a.Name == name })
}

// thresholds returns the numbers of the IoU thresholds that equal iou, or of
// all for iou 0.
func (p *Params) thresholds(iou float64) []int {
	found := make([]int, 0, len(p.IoUThresholds))
	for t, v := range p.IoUThresholds {
		if iou == 0 || v == iou {
			found = append(found, t)
		}
	}
	return found
}

// meanPrecision adds the precisions in the order of the array [T, R, K].
func (r *Result) meanPrecision(p part) float64 {
	n := len(p.thresholds) * len(r.Params.RecallThresholds) * len(p.classes)
	if n == 0 {
		return math.NaN()
	}
	values := buffers.Get().(*precisions)
	values.begin(r, p)
	mean := values.sum(n) / float64(n)
	values.begin(nil, part{})
	buffers.Put(values)
	return mean
}

// meanCurve is meanPrecision for each recall threshold.
func (r *Result) meanCurve(p part) []float64 {
	var of rows
	of.begin(r, p, p.thresholds)
	n, means := float64(len(of.values)), make([]float64, len(r.Params.RecallThresholds))
	for i := range means {
		means[i] = pairwiseSum(of.next()) / n
	}
	return means
}

// meanRecall adds the recalls in the order of the array [T, K].
func (r *Result) meanRecall(p part) float64 {
	values := make([]float64, 0, len(p.thresholds)*len(p.classes))
	for _, t := range p.thresholds {
		for _, k := range p.classes {
			values = append(values, r.curve(k, p.area, p.limit, t).recall)
		}
	}
	return pairwiseSum(values) / float64(len(values))
}
