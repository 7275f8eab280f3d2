package evaluate

import (
	"fmt"
	"slices"

	"cocostat/internal/parallel"
)

// Result is what an evaluation found: the precision–recall curves of each
// class, of which all numbers are means. It does not keep the detections. The
// arrays of pycocotools, which hold a number for every recall threshold, limit
// and area range of every class, are those of [Matches.Arrays].
type Result struct {
	// Params are the parameters with all defaults filled in; Images and
	// Classes ascend, and Classes[k] is the category id of class k, unless all
	// are taken for one.
	Params Params

	// Elements left out because their image or class is not evaluated.
	SkippedTruths, SkippedDetections int

	// LVIS are those that Params.LVIS left out besides.
	LVIS LVISCounts

	classes []classCurves // K
}

// classCurves are the curves of one class, [area ranges with truths that count,
// limits, T]. Of limits that the class does not reach in any image it has none:
// the curves are those of the limit before.
type classCurves struct {
	positives []int32 // A: truths that count
	limits    int
	curves    []curve
	steps     []step // of the curves, one behind the other
}

type curve struct {
	found int32 // true positives
	end   int32 // of its steps
}

// step is a precision that holds for the recall thresholds from the step before
// up to end; beyond the last step it is 0.
type step struct {
	precision float64
	end       int32
}

// Result traces the curves.
func (m *Matches) Result() *Result {
	r := &Result{Params: m.Params, SkippedTruths: m.SkippedTruths, SkippedDetections: m.SkippedDetections, LVIS: m.LVIS,
		classes: make([]classCurves, len(m.Classes))}
	parallel.LargestFirst(m.sizes(), func() func(k int) {
		w := tracer{curves: newCurves(&m.Params)}
		return func(k int) { r.classes[k] = w.trace(&m.Classes[k], len(m.Params.Areas)) }
	})
	return r
}

// sizes are the numbers of detections of the classes.
func (m *Matches) sizes() []int {
	sizes := make([]int, len(m.Classes))
	for k := range sizes {
		sizes[k] = len(m.Classes[k].Detections)
	}
	return sizes
}

// tracer makes the curves of one class after another; its slices are reused.
type tracer struct {
	*curves
	made  []curve
	steps []step
}

func (w *tracer) trace(of *ClassMatches, areas int) classCurves {
	w.made, w.steps = w.made[:0], w.steps[:0]
	c := classCurves{positives: make([]int32, areas), limits: of.limits}
	for a := range areas {
		c.positives[a] = int32(of.positives[a])
		if of.positives[a] == 0 {
			continue
		}
		w.curves.trace(of, a)
		for m := range of.limits {
			for t := range w.levels[m].found {
				w.addSteps(m, t)
			}
		}
	}
	c.curves, c.steps = slices.Clone(w.made), slices.Clone(w.steps)
	return c
}

func (w *tracer) addSteps(m, t int) {
	points, from := w.points(m, t), len(w.steps)
	for _, n := range w.needs {
		p, reached := w.at(points, n.found)
		if !reached {
			break
		}
		if last := len(w.steps) - 1; last >= from && w.steps[last].precision == p.precision {
			w.steps[last].end = int32(n.end)
		} else {
			w.steps = append(w.steps, step{p.precision, int32(n.end)})
		}
	}
	w.made = append(w.made, curve{int32(len(points)), int32(len(w.steps))})
}

// traced is a curve of a class.
type traced struct {
	steps  []step
	recall float64 // the largest reached
}

// curve returns a curve of a class in an area range where it has truths that
// count.
func (r *Result) curve(k, area, limit, t int) traced {
	c := &r.classes[k]
	at := min(limit, c.limits-1)
	for _, positives := range c.positives[:area] {
		if positives > 0 {
			at += c.limits
		}
	}
	at, from := at*len(r.Params.IoUThresholds)+t, int32(0)
	if at > 0 {
		from = c.curves[at-1].end
	}
	return traced{c.steps[from:c.curves[at].end], float64(c.curves[at].found) / float64(c.positives[area])}
}

// mostCurves is the largest number of curves: 1 GiB of them if they have 7 steps
// each. COCO has 9,600, V3Det, with 13,204 classes, 1.6 million.
const mostCurves = 1 << 23

// checkSize refuses resolved parameters that ask for too many curves.
func (p *Params) checkSize() error {
	n := float64(p.classRows()) * float64(len(p.IoUThresholds)) * float64(len(p.Areas)) * float64(len(p.MaxDets))
	if n > mostCurves {
		return fmt.Errorf("evaluate: %s make too large a result: take fewer of them", p.sizes())
	}
	return nil
}

// sizes says in words how much is told apart.
func (p *Params) sizes() string {
	return fmt.Sprintf("%d IoU thresholds, %d classes, %d areas and %d limits on detections",
		len(p.IoUThresholds), p.classRows(), len(p.Areas), len(p.MaxDets))
}
