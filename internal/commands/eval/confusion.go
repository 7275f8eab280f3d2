package eval

import (
	"cmp"
	"math"
	"slices"

	"cocostat/evaluate/diagnose"
	"cocostat/internal/commands/shared/output"
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

	// The same of detections of classes in no group, such as those without
	// objects.
	WrongOther   []int64 `json:"wrong_class_in_no_group"` // G
	TwiceOther   int64   `json:"found_again_in_no_group"`
	NowhereOther int64   `json:"nowhere_in_no_group"`
}

// others reports whether there is a detection of a class in no group.
func (c *groupConfusion) others() bool {
	n := c.TwiceOther + c.NowhereOther
	for _, wrong := range c.WrongOther {
		n += wrong
	}
	return n > 0
}

// absentClass is a class without objects that is detected.
type absentClass struct {
	ID         int64       `json:"category_id"`
	Name       string      `json:"name"`
	Detections int         `json:"detections"`
	Counted    int         `json:"in_confusion"` // of these, in the confusion
	Highest    output.Real `json:"highest_score"`
}

// absentClasses lists them, the one with most detections first.
func absentClasses(scores *diagnose.Scores, least []float64, classes []int64, names map[int64]string) []absentClass {
	list := []absentClass{}
	for _, a := range scores.Absent(least) {
		id := classes[a.Class]
		list = append(list, absentClass{id, names[id], a.Detections, a.Counted, output.Real(a.Highest)})
	}
	slices.SortStableFunc(list, func(a, b absentClass) int { return cmp.Compare(b.Detections, a.Detections) })
	return list
}

// confusedPair is a class whose objects are found as another.
type confusedPair struct {
	Class string      `json:"class"`
	As    string      `json:"as"`
	Count int64       `json:"count"`
	Share output.Real `json:"share"` // of the objects of the class
}

// leastScores are the scores from which detections count as confusion: --score,
// or the threshold of their class; where it has none, because it has no objects
// or finds none, the one for all classes, and all detections without that.
func (o *options) leastScores(best []diagnose.Point, common output.Real) []float64 {
	least := make([]float64, len(best))
	for k, p := range best {
		switch least[k] = p.Threshold; {
		case o.scoreGiven:
			least[k] = o.score
		case !math.IsNaN(p.Threshold):
		case !math.IsNaN(float64(common)):
			least[k] = float64(common)
		default:
			least[k] = math.Inf(-1)
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

// confusedPairs lists the pairs of classes that are confused most often; of those
// that are equally often, the one first that takes the greater share of its class.
func confusedPairs(c *diagnose.Confusion, classes []int64, names map[int64]string) []confusedPair {
	const most = 20
	pairs := []confusedPair{}
	share := func(p diagnose.Pair) float64 { return float64(p.Objects) / float64(c.Objects[p.Class]) }
	wrong := slices.Clone(c.Wrong)
	slices.SortStableFunc(wrong, func(a, b diagnose.Pair) int {
		return cmp.Or(cmp.Compare(b.Objects, a.Objects), cmp.Compare(share(b), share(a)))
	})
	for _, p := range wrong[:min(most, len(wrong))] {
		pairs = append(pairs, confusedPair{names[classes[p.Class]], names[classes[p.As]], p.Objects,
			output.Real(share(p))})
	}
	return pairs
}
