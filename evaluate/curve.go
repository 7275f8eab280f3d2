package evaluate

import (
	"math/bits"
	"slices"
)

// epsilon is the distance from 1 to the next larger float64, numpy.spacing(1).
const epsilon = 0x1p-52

// curves are the precision–recall curves of a class in one area range: for
// each limit on detections, one at each IoU threshold.
//
// Recall grows only at true positives, and the envelope of the precision is
// reached at one, so a curve keeps a point per true positive: the c-th has
// recall (c+1)/positives.
type curves struct {
	recalls   []float64 // R thresholds
	every     uint64    // a bit for each IoU threshold
	positives int
	empty     bool    // no detections
	top       float64 // the best detection's score
	levels    []level // M
}

// level is what is counted under one limit.
type level struct {
	falses int     // at all thresholds, of detections that no lower limit lets in
	found  []int   // T: true positives
	missed []int   // T: false positives beside those that are so at all thresholds
	points []point // T × positives
}

type point struct{ precision, score float64 }

func newCurves(p *Params) curves {
	t := len(p.IoUThresholds)
	c := curves{recalls: p.RecallThresholds, every: 1<<t - 1, levels: make([]level, len(p.MaxDets))}
	for m := range c.levels {
		c.levels[m].found, c.levels[m].missed = make([]int, t), make([]int, t)
	}
	return c
}

// trace goes through the detections by descending score.
func (c *curves) trace(byScore []candidate, m *matcher, area int) {
	c.positives = m.positives[area]
	c.empty = len(byScore) == 0
	if !c.empty {
		c.top = byScore[0].score
	}
	for i := range c.levels {
		l := &c.levels[i]
		l.falses = 0
		clear(l.found)
		clear(l.missed)
		n := len(l.found) * c.positives
		l.points = slices.Grow(l.points[:0], n)[:n]
	}
	verdicts, step := m.verdicts, len(m.areas)
	for i := range byScore {
		d := &byScore[i]
		switch v := verdicts[int(d.slot)*step+area]; v {
		case allFalse:
			c.levels[d.level].falses++
		case allIgnored:
		default:
			c.add(d, m.outcomes[v])
		}
	}
}

// add counts a detection whose outcome depends on the threshold under all
// limits that let it in.
func (c *curves) add(d *candidate, o outcome) {
	falses := 0
	for i := range c.levels {
		l := &c.levels[i]
		if falses += l.falses; i < int(d.level) {
			continue
		}
		for right := o.right; right != 0; right &= right - 1 {
			t := bits.TrailingZeros64(right)
			at := t*c.positives + l.found[t]
			l.found[t]++
			all := falses + l.missed[t] + l.found[t]
			l.points[at] = point{float64(l.found[t]) / (float64(all) + epsilon), d.score}
		}
		for wrong := c.every &^ (o.right | o.ignored); wrong != 0; wrong &= wrong - 1 {
			l.missed[bits.TrailingZeros64(wrong)]++
		}
	}
}

// store writes the curves into the elements of area range a.
func (c *curves) store(s *sheet, a int) {
	for m := range c.levels {
		for t, found := range c.levels[m].found {
			points := c.levels[m].points[t*c.positives:][:found]
			for i := found - 1; i > 0; i-- {
				points[i-1].precision = max(points[i-1].precision, points[i].precision)
			}
			s.recall[(t*s.areas+a)*len(c.levels)+m] = float64(found) / float64(c.positives)
			need := 0 // true positives needed for the recall
			for i, recall := range c.recalls {
				for float64(need)/float64(c.positives) < recall {
					need++
				}
				at := ((t*len(c.recalls)+i)*s.areas+a)*len(c.levels) + m
				p := c.at(points, need)
				s.precision[at], s.scores[at] = p.precision, p.score
			}
		}
	}
}

// at returns the point with a number of true positives, zeros where the curve
// does not reach it. Recall 0 is reached by the best detection, right or not.
func (c *curves) at(points []point, need int) point {
	switch {
	case c.empty || need > len(points):
		return point{}
	case need > 0:
		return points[need-1]
	case len(points) == 0:
		return point{0, c.top}
	}
	return point{points[0].precision, c.top}
}

// sheet is the part of the result that belongs to one class. There it lies in
// pieces far apart, which are written once, in one go.
type sheet struct {
	areas             int
	recall            []float64 // [T, A, M]
	precision, scores []float64 // [T, R, A, M]
}

func newSheet(r *Result) *sheet {
	t, rec, _, a, m := r.Dims()
	return &sheet{a, make([]float64, t*a*m), make([]float64, t*rec*a*m), make([]float64, t*rec*a*m)}
}

// reset fills all with −1.
func (s *sheet) reset() {
	for _, x := range [][]float64{s.recall, s.precision, s.scores} {
		for i := range x {
			x[i] = -1
		}
	}
}

// copyTo fills in the result's elements of class k.
func (s *sheet) copyTo(r *Result, k int) {
	_, _, classes, a, m := r.Dims()
	piece := a * m
	into := func(to, from []float64) {
		for at := k * piece; len(from) > 0; at += classes * piece {
			copy(to[at:], from[:piece])
			from = from[piece:]
		}
	}
	into(r.Recall, s.recall)
	into(r.Precision, s.precision)
	into(r.Scores, s.scores)
}
