package evaluate

import "slices"

// epsilon is the distance from 1 to the next larger float64, numpy.spacing(1).
const epsilon = 0x1p-52

// curve is the precision–recall curve of a class at each IoU threshold, for
// one area range and one limit on detections.
//
// Recall grows only at true positives, and the envelope of the precision is
// reached at one, so it keeps a point per true positive: the c-th has recall
// (c+1)/positives.
type curve struct {
	recalls   []float64 // R thresholds
	positives int
	empty     bool    // no detections
	top       float64 // the best detection's score
	found     []int   // T: true positives
	missed    []int   // T: false positives beside those that are so at all thresholds
	points    []point // T × positives
}

type point struct{ precision, score float64 }

func newCurve(p *Params) curve {
	t := len(p.IoUThresholds)
	return curve{recalls: p.RecallThresholds, found: make([]int, t), missed: make([]int, t)}
}

// trace goes through the detections by descending score, leaving out those
// that have limit or more better ones in their image.
func (c *curve) trace(byScore []candidate, m *matcher, area, limit int) {
	c.positives = m.positives[area]
	clear(c.found)
	clear(c.missed)
	n := len(c.found) * c.positives
	c.points = slices.Grow(c.points[:0], n)[:n]
	c.empty = len(byScore) == 0
	if !c.empty {
		c.top = byScore[0].score
	}
	falseAtAll := 0
	for i := range byScore {
		d := &byScore[i]
		if int(d.rank) >= limit {
			continue
		}
		switch v := m.verdicts[int(d.slot)*len(m.areas)+area]; v {
		case allFalse:
			falseAtAll++
		case allIgnored:
		default:
			c.add(d.score, m.outcomes[int(v)*len(c.found):][:len(c.found)], falseAtAll)
		}
	}
}

// add counts a detection whose outcome depends on the threshold.
func (c *curve) add(score float64, outcomes []uint8, falseAtAll int) {
	for t, outcome := range outcomes {
		switch outcome {
		case truePositive:
			at := t*c.positives + c.found[t]
			c.found[t]++
			all := falseAtAll + c.missed[t] + c.found[t]
			c.points[at] = point{float64(c.found[t]) / (float64(all) + epsilon), score}
		case falsePositive:
			c.missed[t]++
		}
	}
}

// store writes the curve into the result's elements of class k, area range a
// and limit m.
func (c *curve) store(r *Result, k, a, m int) {
	for t, found := range c.found {
		points := c.points[t*c.positives:][:found]
		for i := found - 1; i > 0; i-- {
			points[i-1].precision = max(points[i-1].precision, points[i].precision)
		}
		r.Recall[r.recallAt(t, k, a, m)] = float64(found) / float64(c.positives)
		need := 0 // true positives needed for the recall
		for i, recall := range c.recalls {
			for float64(need)/float64(c.positives) < recall {
				need++
			}
			at := r.precisionAt(t, i, k, a, m)
			p := c.at(points, need)
			r.Precision[at], r.Scores[at] = p.precision, p.score
		}
	}
}

// at returns the point with a number of true positives, zeros where the curve
// does not reach it. Recall 0 is reached by the best detection, right or not.
func (c *curve) at(points []point, need int) point {
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
