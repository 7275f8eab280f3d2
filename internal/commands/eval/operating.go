package eval

import (
	"slices"

	"cocostat/evaluate"
	"cocostat/evaluate/diagnose"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/nullable"
)

// curvePoints is the number of score thresholds of a curve.
const curvePoints = 101

// evalCurves are the curves of all classes and of the groups.
type evalCurves struct {
	IoU    float64    `json:"iou"`    // of the score curves
	Recall []float64  `json:"recall"` // thresholds of the precision–recall curves
	Scores []float64  `json:"scores"` // thresholds of the score curves, falling
	All    groupCurve `json:"all"`
	// Groups are the curves of the groups, grouping after grouping.
	Groups []groupCurve `json:"groups"`
}

// groupCurve is the mean over the classes of a group that have objects.
type groupCurve struct {
	Grouping string `json:"grouping,omitempty"`
	Group    string `json:"group,omitempty"`
	// Interpolated precision at each recall threshold: at IoU 0.5, at 0.75 (nil
	// where these are not among the thresholds) and the mean over all.
	Precision50 []output.Real `json:"precision_iou50"`
	Precision75 []output.Real `json:"precision_iou75"`
	Precision   []output.Real `json:"precision_mean"`
	// At each score threshold:
	ByScore scoreCurve `json:"by_score"`
}

// scoreCurve is what detections of at least each score reach: means over the
// classes with objects, of the precision over those with detections too.
type scoreCurve struct {
	Precision []output.Real `json:"precision"`
	Recall    []output.Real `json:"recall"`
	F1        []output.Real `json:"f1"`
}

// operatingIoU is the IoU threshold of thresholds and confusion.
func operatingIoU(p *evaluate.Params) float64 {
	for _, t := range p.IoUThresholds {
		if t == 0.5 {
			return t
		}
	}
	return p.IoUThresholds[0]
}

// scoreGrid returns the thresholds of the score curves: from 1, or the highest
// score above it, down to 0, or the lowest score below it.
func scoreGrid(s *diagnose.Scores) []float64 {
	low, high := s.Range()
	grid := linspace(min(low, 0), max(high, 1), curvePoints)
	slices.Reverse(grid)
	return grid
}

// newScoreCurve samples the mean curve of some classes.
func newScoreCurve(s *diagnose.Scores, grid []float64, in func(k int) bool) scoreCurve {
	var out scoreCurve
	for _, p := range s.Curve(grid, in) {
		out.Precision = append(out.Precision, output.Real(p.Precision))
		out.Recall = append(out.Recall, output.Real(p.Recall))
		out.F1 = append(out.F1, output.Real(p.F1))
	}
	return out
}

// newEvalCurves makes the curves of all classes and of the groups.
func newEvalCurves(r *evaluate.Result, scores *diagnose.Scores, iou float64, groupings []*evalGrouping) evalCurves {
	out := evalCurves{IoU: iou, Recall: r.Params.RecallThresholds, Scores: scoreGrid(scores)}
	curveOf := func(in func(k int) bool) groupCurve {
		return groupCurve{Precision50: precisionCurve(r, 0.5, in), Precision75: precisionCurve(r, 0.75, in),
			Precision: precisionCurve(r, -1, in), ByScore: newScoreCurve(scores, out.Scores, in)}
	}
	out.All = curveOf(func(int) bool { return true })
	for _, g := range groupings {
		for at, name := range g.Groups {
			c := curveOf(func(k int) bool { group, ok := g.of[r.Params.Classes[k]]; return ok && group == at })
			c.Grouping, c.Group = g.Name, name
			out.Groups = append(out.Groups, c)
		}
	}
	return out
}

// precisionCurve returns the mean precision at each recall threshold over the
// classes, at one IoU threshold or, below 0, over all of them; nil where there
// is no such threshold.
func precisionCurve(r *evaluate.Result, iou float64, in func(k int) bool) []output.Real {
	area := areaNumber(r, "all")
	ts, rs, ks, as, ms := r.Dims()
	means := make([]nullable.Mean, rs)
	found := false
	for t := range ts {
		if iou >= 0 && r.Params.IoUThresholds[t] != iou {
			continue
		}
		found = true
		for i := range rs {
			for k := range ks {
				if v := r.Precision[(((t*rs+i)*ks+k)*as+area)*ms+ms-1]; v >= 0 && in(k) {
					means[i].Add(v)
				}
			}
		}
	}
	if !found {
		return nil
	}
	out := make([]output.Real, rs)
	for i := range means {
		out[i] = means[i].Value()
	}
	return out
}
