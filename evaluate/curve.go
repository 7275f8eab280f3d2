package evaluate

import (
	"math/bits"
	"slices"
)

// epsilon is the distance from 1 to the next larger float64, numpy.spacing(1).
const epsilon = 0x1p-52

// curves are the precision–recall curves of a class in one area range: for
// each limit on detections, one at each IoU threshold. They serve one class and
// range after another.
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
	levels    []level // M, of which those of the class's limits are in use
	limits    int
	needs     []need
}

// level is what is counted under one limit.
type level struct {
	falses int     // at all thresholds, of detections that no lower limit lets in
	found  []int   // T: true positives
	missed []int   // T: false positives beside those that are so at all thresholds
	points []point // T × positives
}

type point struct{ precision, score float64 }

// need is how many true positives it takes to reach some recall thresholds: those
// from that of the need before up to end.
type need struct{ found, end int }

func newCurves(p *Params) *curves {
	t := len(p.IoUThresholds)
	c := &curves{recalls: p.RecallThresholds, every: 1<<t - 1, levels: make([]level, len(p.MaxDets))}
	for m := range c.levels {
		c.levels[m].found, c.levels[m].missed = make([]int, t), make([]int, t)
	}
	return c
}

// trace goes through the detections of a class with truths that count, by
// descending score.
func (c *curves) trace(of *ClassMatches, area int) {
	c.start(of, area)
	for i := range of.overlapping() {
		d, lowest := &of.Detections[i], int(of.levels[i])
		switch v := of.verdict(d, area); v {
		case allFalse:
			c.levels[lowest].falses++
		case allIgnored:
		default:
			c.add(d.Score, lowest, of.outcomes[v])
		}
	}
	for m := range c.limits {
		for t := range c.levels[m].found {
			points := c.points(m, t)
			for i := len(points) - 1; i > 0; i-- {
				points[i-1].precision = max(points[i-1].precision, points[i].precision)
			}
		}
	}
}

// overlapping is how many detections there are up to the last one that overlaps a
// truth. No precision counts later ones.
func (c *ClassMatches) overlapping() int {
	n := len(c.Detections)
	for n > 0 && c.Detections[n-1].record < 0 {
		n--
	}
	return n
}

func (c *curves) start(of *ClassMatches, area int) {
	c.positives = of.positives[area]
	c.empty = len(of.Detections) == 0
	if !c.empty {
		c.top = of.Detections[0].Score
	}
	c.limits = of.limits
	for i := range c.limits {
		l := &c.levels[i]
		l.falses = 0
		clear(l.found)
		clear(l.missed)
		n := len(l.found) * c.positives
		l.points = slices.Grow(l.points[:0], n)[:n]
	}
	c.findNeeds()
}

// findNeeds finds the true positives that the recall thresholds take.
func (c *curves) findNeeds() {
	c.needs = c.needs[:0]
	found := 0
	for i, recall := range c.recalls {
		found = reaching(recall, c.positives, found)
		if n := len(c.needs); n > 0 && c.needs[n-1].found == found {
			c.needs[n-1].end = i + 1
		} else {
			c.needs = append(c.needs, need{found, i + 1})
		}
	}
}

// reaching returns the number of true positives, at least found, from which a
// recall is reached.
func reaching(recall float64, positives, found int) int {
	for float64(found)/float64(positives) < recall {
		found++
	}
	return found
}

// add counts a detection whose outcome depends on the threshold, under all limits
// that let it in.
func (c *curves) add(score float64, lowest int, o Outcome) {
	falses := 0
	for i := range c.limits {
		l := &c.levels[i]
		if falses += l.falses; i < lowest {
			continue
		}
		for right := o.Right; right != 0; right &= right - 1 {
			t := bits.TrailingZeros64(right)
			at := t*c.positives + l.found[t]
			l.found[t]++
			all := falses + l.missed[t] + l.found[t]
			l.points[at] = point{float64(l.found[t]) / (float64(all) + epsilon), score}
		}
		for wrong := c.every &^ (o.Right | o.Ignored); wrong != 0; wrong &= wrong - 1 {
			l.missed[bits.TrailingZeros64(wrong)]++
		}
	}
}

// points are those of one curve, with the envelope of the precision. The curves of
// limits that the class does not reach are those of the last one that it does.
func (c *curves) points(m, t int) []point {
	l := &c.levels[min(m, c.limits-1)]
	return l.points[t*c.positives:][:l.found[t]]
}

// at returns the point of a curve with a number of true positives, and whether
// the curve reaches it. No true positive is needed for recall 0: the best
// detection reaches it, right or not.
func (c *curves) at(points []point, found int) (p point, reached bool) {
	switch {
	case c.empty || found > len(points):
		return point{}, false
	case found > 0:
		return points[found-1], true
	case len(points) > 0:
		return point{points[0].precision, c.top}, true
	}
	return point{0, c.top}, true
}
