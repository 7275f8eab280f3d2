package evaluate

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"cocostat/internal/parallel"
)

// APs are average precisions in [0, 1] over all areas at the largest limit on
// detections; NaN where no class has a truth that counts, or where the
// thresholds do not include the one in the name.
type APs struct {
	AP   float64 // over all IoU thresholds
	AP50 float64 // at IoU 0.5
	AP75 float64 // at IoU 0.75
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
	g := r.Group(categoryIDs...)
	return APs{g.Precision(Part{}), g.Precision(Part{IoU: 0.5}), g.Precision(Part{IoU: 0.75})}
}

// Positions in [Result.Stats].
const (
	AP       = iota // mean over the IoU thresholds
	AP50            // at IoU 0.5
	AP75            // at IoU 0.75
	APSmall         // area up to 32²
	APMedium        // 32² to 96²
	APLarge         // from 96²
	AR1             // recall with 1 detection per image and class
	AR10            // with 10
	AR100           // with 100
	ARSmall         // with 100, area up to 32²
	ARMedium        // 32² to 96²
	ARLarge         // from 96²
)

// summaryLine is one of COCO's twelve numbers.
type summaryLine struct {
	recall bool
	iou    float64 // 0 for all thresholds
	area   string
	limit  int // 0 first, 1 second, 2 largest
}

var summaryLines = [12]summaryLine{
	AP:       {false, 0, "all", 2},
	AP50:     {false, 0.5, "all", 2},
	AP75:     {false, 0.75, "all", 2},
	APSmall:  {false, 0, "small", 2},
	APMedium: {false, 0, "medium", 2},
	APLarge:  {false, 0, "large", 2},
	AR1:      {true, 0, "all", 0},
	AR10:     {true, 0, "all", 1},
	AR100:    {true, 0, "all", 2},
	ARSmall:  {true, 0, "small", 2},
	ARMedium: {true, 0, "medium", 2},
	ARLarge:  {true, 0, "large", 2},
}

// Stats returns COCO's twelve numbers, each in [0, 1], or −1 where no class
// has a truth that counts or the parameters lack the threshold or area range.
// With other limits on detections than COCO's three, the places of AR1 and
// AR10 hold the recall at the first and the second (or only) limit, and all
// others use the largest. With Params.Compat it is as in pycocotools: AP is
// −1 unless 100 is one of the limits, and the others use the third limit, even
// if there are more; where there are fewer, pycocotools fails and this gives −1.
func (r *Result) Stats() [12]float64 {
	var stats [12]float64
	parallel.Each(len(stats), func() func(i int) {
		return func(i int) { stats[i] = orMinusOne(r.value(summaryLines[i])) }
	})
	return stats
}

// orMinusOne returns pycocotools' −1 for NaN.
func orMinusOne(v float64) float64 {
	if math.IsNaN(v) {
		return -1
	}
	return v
}

func (r *Result) value(line summaryLine) float64 {
	p := r.All().partOf(line.iou, line.area, r.limit(line))
	if line.recall {
		return r.meanRecall(p)
	}
	return r.meanPrecision(p)
}

// limit returns the number of the limit on detections that a line uses, −1 if
// there is no such limit.
func (r *Result) limit(line summaryLine) int {
	if r.Params.Compat {
		return r.compatLimit(line)
	}
	last := len(r.Params.MaxDets) - 1
	if line.limit == 2 {
		return last
	}
	return min(line.limit, last)
}

// compatLimit is limit as in pycocotools.
func (r *Result) compatLimit(line summaryLine) int {
	if line == summaryLines[AP] {
		return slices.Index(r.Params.MaxDets, 100)
	}
	if line.limit >= len(r.Params.MaxDets) {
		return -1
	}
	return line.limit
}

// WriteSummary writes the twelve numbers in COCO's usual words, a line each.
func (r *Result) WriteSummary(w io.Writer) error {
	var b strings.Builder
	thresholds := r.Params.IoUThresholds
	for i, v := range r.Stats() {
		line := summaryLines[i]
		title, kind := "Average Precision", "AP"
		if line.recall {
			title, kind = "Average Recall", "AR"
		}
		iou := fmt.Sprintf("%.2f", line.iou)
		if line.iou == 0 {
			iou = fmt.Sprintf("%.2f:%.2f", thresholds[0], thresholds[len(thresholds)-1])
		}
		limit := "100" // which pycocotools wants where there is none
		if m := r.limit(line); m >= 0 {
			limit = strconv.Itoa(r.Params.MaxDets[m])
		}
		fmt.Fprintf(&b, " %-18s (%s) @[ IoU=%-9s | area=%6s | maxDets=%3s ] = %.3f\n",
			title, kind, iou, line.area, limit, v)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
