package main

import (
	"cocostat/evaluate/diagnose"
)

// groupConfusion counts what the objects of each group were found as, and what
// the other detections are. With G groups:
type groupConfusion struct {
	Objects []int64   `json:"objects"`     // G
	Right   []int64   `json:"right_class"` // G: found as the class they are
	Wrong   [][]int64 `json:"wrong_class"` // G × G: found as a wrong class of each group
	Missed  []int64   `json:"missed"`      // G: Objects = Right + ΣWrong + Missed
	Twice   []int64   `json:"found_again"` // G, of the detection: on an object found already
	Nowhere []int64   `json:"nowhere"`     // G, of the detection: on no object
}

// confusedPair is a class whose objects are found as another.
type confusedPair struct {
	Class string `json:"class"`
	As    string `json:"as"`
	Count int64  `json:"count"`
	Share real   `json:"share"` // of the objects of the class
}

// leastScores are the scores from which detections count as confusion: the
// threshold of their class or --score.
func (o *evalOptions) leastScores(best []diagnose.Point) []float64 {
	least := make([]float64, len(best))
	for k, p := range best {
		if least[k] = p.Threshold; o.scoreGiven {
			least[k] = o.score
		}
	}
	return least
}

// newGroupConfusion adds the classes up to groups.
func newGroupConfusion(c *diagnose.Confusion, classes []int64, g *evalGrouping) *groupConfusion {
	group := make([]int, len(classes))
	for k, id := range classes {
		at, ok := g.of[id]
		if group[k] = at; !ok {
			group[k] = -1
		}
	}
	counts := groupConfusion(*c.Group(group, len(g.Groups)))
	return &counts
}

// confusedPairs lists the pairs of classes that are confused most often.
func confusedPairs(c *diagnose.Confusion, classes []int64, names map[int64]string) []confusedPair {
	const most = 20
	pairs := []confusedPair{}
	for _, p := range c.Wrong[:min(most, len(c.Wrong))] {
		pairs = append(pairs, confusedPair{names[classes[p.Class]], names[classes[p.As]], p.Objects,
			real(float64(p.Objects) / float64(c.Objects[p.Class]))})
	}
	return pairs
}
