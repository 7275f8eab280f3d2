package eval

import (
	"slices"

	"cocostat/evaluate"
	"cocostat/evaluate/diagnose"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/parallel"
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
	grid := evaluate.Linspace(min(low, 0), max(high, 1), curvePoints)
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
	curves := make([]groupCurve, 1) // that of all, and those of the groups
	classes := []evaluate.Group{r.All()}
	in := []func(k int) bool{func(int) bool { return true }}
	for _, g := range groupings {
		for at, name := range g.Groups {
			curves = append(curves, groupCurve{Grouping: g.Name, Group: name})
			classes = append(classes, r.Group(g.ids[at]...))
			in = append(in, func(k int) bool { group, ok := g.of[r.Params.Classes[k]]; return ok && group == at })
		}
	}
	parallel.Each(len(curves), func() func(i int) {
		return func(i int) {
			c := &curves[i]
			c.Precision50, c.Precision75 = precisionCurve(r, classes[i], 0.5), precisionCurve(r, classes[i], 0.75)
			c.Precision, c.ByScore = precisionCurve(r, classes[i], 0), newScoreCurve(scores, out.Scores, in[i])
		}
	})
	out.All, out.Groups = curves[0], append(out.Groups, curves[1:]...)
	return out
}

// precisionCurve returns the mean precision of some classes at each recall
// threshold, at one IoU threshold or, for 0, over all of them; nil where there is
// no such threshold.
func precisionCurve(r *evaluate.Result, classes evaluate.Group, iou float64) []output.Real {
	if iou != 0 && !slices.Contains(r.Params.IoUThresholds, iou) {
		return nil
	}
	curve := classes.PrecisionByRecall(evaluate.Part{IoU: iou})
	out := make([]output.Real, len(curve))
	for i, v := range curve {
		out[i] = output.Real(v)
	}
	return out
}
