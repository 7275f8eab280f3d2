package diagnose

import (
	"math"
	"slices"

	"cocostat/evaluate"
	"cocostat/internal/nullable"
	"cocostat/internal/parallel"
)

// Point is what a class, or several, reach at one score threshold.
type Point struct {
	Threshold float64 // detections of at least this score count; NaN where there is none to choose
	Precision float64 // in [0, 1]; NaN without detections
	Recall    float64 // in [0, 1]; NaN without truths
	F1        float64 // in [0, 1]; NaN without truths
}

// Scores are the scores of the detections of each class, and whether they are
// right.
type Scores struct {
	classes []classScores
}

// classScores are the scores of a class's detections.
type classScores struct {
	right, wrong ascending
	positives    int
}

// ascending are scores in ascending order.
type ascending []float64

// from counts the scores that are not below x.
func (a ascending) from(x float64) int {
	i, _ := slices.BinarySearch(a, x)
	return len(a) - i
}

// extend is from where n scores are known not to be below x.
func (a ascending) extend(n int, x float64) int {
	for n < len(a) && a[len(a)-1-n] >= x {
		n++
	}
	return n
}

// Scores lists the detections of each class that are right or wrong.
func (m *Matching) Scores() *Scores {
	s := &Scores{make([]classScores, len(m.Classes))}
	parallel.Each(len(s.classes), func() func(k int) {
		return func(k int) { s.classes[k] = m.classScores(k) }
	})
	return s
}

func (m *Matching) classScores(k int) classScores {
	dets := m.matches.Classes[k].Detections
	right, wrong := 0, 0
	for i := range dets {
		switch found := m.found[dets[i].Detection]; {
		case found >= 0:
			right++
		case found == evaluate.Wrong:
			wrong++
		}
	}
	c := classScores{make(ascending, 0, right), make(ascending, 0, wrong), m.matches.Classes[k].Objects()}
	for i := range slices.Backward(dets) { // their scores descend
		switch found := m.found[dets[i].Detection]; {
		case found >= 0:
			c.right = append(c.right, dets[i].Score)
		case found == evaluate.Wrong:
			c.wrong = append(c.wrong, dets[i].Score)
		}
	}
	return c
}

// Range returns the lowest and the highest score, 0 and 0 without detections.
func (s *Scores) Range() (low, high float64) {
	any := false
	for k := range s.classes {
		for _, list := range []ascending{s.classes[k].right, s.classes[k].wrong} {
			if len(list) == 0 {
				continue
			}
			if !any {
				low, high, any = list[0], list[0], true
			}
			low, high = min(low, list[0]), max(high, list[len(list)-1])
		}
	}
	return low, high
}

// at returns what is reached at a threshold.
func (c *classScores) at(threshold float64) Point {
	return c.point(threshold, c.right.from(threshold), c.wrong.from(threshold))
}

func (c *classScores) point(threshold float64, tp, fp int) Point {
	p := Point{threshold, math.NaN(), math.NaN(), math.NaN()}
	if tp+fp > 0 {
		p.Precision = float64(tp) / float64(tp+fp)
	}
	if c.positives > 0 {
		p.Recall = float64(tp) / float64(c.positives)
		p.F1 = 2 * float64(tp) / float64(tp+fp+c.positives)
	}
	return p
}

// best returns the point with the largest F1, of equal ones the one with the
// highest threshold. F1 is largest at the score of a right detection: lower
// thresholds, down to the next right one, add nothing but wrong ones.
func (c *classScores) best() Point {
	best := Point{math.NaN(), math.NaN(), math.NaN(), math.NaN()}
	if c.positives > 0 {
		best.Recall, best.F1 = 0, 0
	}
	if len(c.right) == 0 && len(c.wrong) > 0 {
		best.Precision = 0 // at every threshold that leaves a detection
	}
	for i := len(c.right) - 1; i >= 0; i-- {
		if i > 0 && c.right[i-1] == c.right[i] {
			continue // all of one score count together
		}
		if p := c.at(c.right[i]); p.F1 > best.F1 {
			best = p
		}
	}
	return best
}

// Best returns for each class the point with its largest F1. Where no
// detection is right it has no threshold, and the others are 0, as far as there
// are detections and truths.
func (s *Scores) Best() []Point {
	best := make([]Point, len(s.classes))
	for k := range s.classes {
		best[k] = s.classes[k].best()
	}
	return best
}

// At returns for each class what it reaches at a threshold.
func (s *Scores) At(threshold float64) []Point {
	points := make([]Point, len(s.classes))
	for k := range s.classes {
		points[k] = s.classes[k].at(threshold)
	}
	return points
}

// Absent are the detections of a class that has no truth.
type Absent struct {
	Class      int     // its number
	Detections int     // within the limit of their image
	Counted    int     // of these, of at least a score
	Highest    float64 // score
}

// Absent lists the classes that have detections and no truth, in their order;
// detections of class k are counted from the score least[k] on.
func (s *Scores) Absent(least []float64) []Absent {
	var list []Absent
	for k := range s.classes {
		if c := &s.classes[k]; c.positives == 0 && len(c.wrong) > 0 {
			n := len(c.wrong)
			list = append(list, Absent{k, n, c.wrong.from(least[k]), c.wrong[n-1]})
		}
	}
	return list
}

// Curve returns what the classes that in accepts reach at each of some
// thresholds, which fall: the means over those that have truths, of the precision
// over those of them that have detections too.
func (s *Scores) Curve(thresholds []float64, in func(class int) bool) []Point {
	precision, recall, f1 := make([]nullable.Mean, len(thresholds)), make([]nullable.Mean, len(thresholds)), make([]nullable.Mean, len(thresholds))
	for k := range s.classes {
		c := &s.classes[k]
		if c.positives == 0 || !in(k) {
			continue
		}
		tp, fp := 0, 0
		for i, threshold := range thresholds {
			tp, fp = c.right.extend(tp, threshold), c.wrong.extend(fp, threshold)
			p := c.point(threshold, tp, fp)
			precision[i].Add(p.Precision)
			recall[i].Add(p.Recall)
			f1[i].Add(p.F1)
		}
	}
	curve := make([]Point, len(thresholds))
	for i, threshold := range thresholds {
		curve[i] = Point{threshold, float64(precision[i].Value()), float64(recall[i].Value()), float64(f1[i].Value())}
	}
	return curve
}
