package diagnose

import (
	"cmp"
	"slices"

	"cocostat/evaluate"
	"cocostat/internal/parallel"
)

// Confusion counts what became of the objects of each of K classes, and of the
// detections. Objects are truths that are no crowds; the detections are those
// with at least the score asked for.
type Confusion struct {
	Objects []int64 // K
	Right   []int64 // K: found as what they are
	Wrong   []Pair  // found as another class, most first
	Missed  []int64 // K: Objects = Right + those in Wrong + Missed

	Twice   []int64 // K, of the detection: on an object that another detection has found
	Nowhere []int64 // K, of the detection: on no object
}

// Pair is objects of one class that were found as another.
type Pair struct {
	Class, As int // classes
	Objects   int64
}

func newConfusion(classes int) *Confusion {
	counts := func() []int64 { return make([]int64, classes) }
	return &Confusion{Objects: counts(), Right: counts(), Missed: counts(), Twice: counts(), Nowhere: counts()}
}

// Confusion counts the detections of each class k from the score least[k] on,
// none of them if it is NaN.
//
// Right detections are those of the matching. Then the others, surest first,
// each take the free truth of any other class that they overlap most, if they
// reach the IoU threshold. What is left is on an object that was found already,
// in a crowd of any class (not counted), or nowhere.
func (m *Matching) Confusion(least []float64) *Confusion {
	var all []*confusing
	taken := make([]bool, len(m.truths))
	parallel.Each(m.detsOf.Len(), func() func(image int) {
		w := &confusing{m, least, newConfusion(len(m.Classes)), map[[2]int32]int64{}, taken}
		all = append(all, w)
		return w.image
	})
	total, pairs := newConfusion(len(m.Classes)), map[[2]int32]int64{}
	for _, w := range all {
		total.add(w.count)
		for pair, n := range w.pairs {
			pairs[pair] += n
		}
	}
	for pair, n := range pairs {
		total.Wrong = append(total.Wrong, Pair{int(pair[0]), int(pair[1]), n})
	}
	slices.SortFunc(total.Wrong, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(b.Objects, a.Objects), cmp.Compare(a.Class, b.Class), cmp.Compare(a.As, b.As))
	})
	return total
}

func (c *Confusion) add(other *Confusion) {
	sum := func(to, from []int64) {
		for k, n := range from {
			to[k] += n
		}
	}
	sum(c.Objects, other.Objects)
	sum(c.Right, other.Right)
	sum(c.Missed, other.Missed)
	sum(c.Twice, other.Twice)
	sum(c.Nowhere, other.Nowhere)
}

// confusing counts the confusion in one image after the other.
type confusing struct {
	*Matching
	least []float64
	count *Confusion
	pairs map[[2]int32]int64
	taken []bool // by truth; those of an image are touched by one only
}

func (w *confusing) image(image int) {
	dets, truths := w.detsOf.Of(image), w.truthsOf.Of(image)
	for _, d := range dets {
		if t := w.found[d]; t >= 0 && w.counts(d) {
			w.taken[t] = true
			w.count.Right[w.truthClass[t]]++
		}
	}
	for _, d := range dets {
		if w.found[d] == evaluate.Wrong && w.counts(d) {
			w.place(d, truths)
		}
	}
	for _, t := range truths {
		if w.truths[t].Crowd {
			continue
		}
		w.count.Objects[w.truthClass[t]]++
		if !w.taken[t] {
			w.count.Missed[w.truthClass[t]]++
		}
	}
}

func (w *confusing) counts(d int32) bool { return w.dets[d].Score >= w.least[w.detClass[d]] }

// place finds out what a wrong detection is.
func (w *confusing) place(d int32, truths []int32) {
	least := evaluate.LeastIoU(w.IoU)
	free, reached := int32(-1), least
	crowd, twice := false, false
	for _, t := range truths {
		switch iou := w.truths[t].IoU(&w.dets[d].BBox); {
		case iou < least:
		case w.truths[t].Crowd:
			crowd = true
		case w.taken[t]:
			twice = true
		case iou >= reached:
			free, reached = t, iou
		}
	}
	switch k := w.detClass[d]; {
	case free >= 0:
		w.taken[free] = true
		w.pairs[[2]int32{w.truthClass[free], k}]++
	case twice:
		w.count.Twice[k]++
	case !crowd:
		w.count.Nowhere[k]++
	}
}

// GroupConfusion is a Confusion of G groups of classes.
type GroupConfusion struct {
	Objects []int64   // G
	Right   []int64   // G: found as the class that they are
	Wrong   [][]int64 // G × G: found as a wrong class of each group
	Missed  []int64   // G: Objects = Right + ΣWrong + WrongOther + Missed
	Twice   []int64   // G
	Nowhere []int64   // G

	// The same of detections of classes that are in no group.
	WrongOther               []int64 // G
	TwiceOther, NowhereOther int64
}

// Group adds up the classes of each of some groups; group[k] is that of class
// k, −1 if it is in none.
func (c *Confusion) Group(group []int, groups int) *GroupConfusion {
	sum := func(of []int64) (total []int64, other int64) {
		total = make([]int64, groups)
		for k, n := range of {
			if group[k] >= 0 {
				total[group[k]] += n
			} else {
				other += n
			}
		}
		return total, other
	}
	g := &GroupConfusion{Wrong: make([][]int64, groups), WrongOther: make([]int64, groups)}
	g.Objects, _ = sum(c.Objects)
	g.Right, _ = sum(c.Right)
	g.Missed, _ = sum(c.Missed)
	g.Twice, g.TwiceOther = sum(c.Twice)
	g.Nowhere, g.NowhereOther = sum(c.Nowhere)
	for i := range g.Wrong {
		g.Wrong[i] = make([]int64, groups)
	}
	for _, p := range c.Wrong {
		switch of, as := group[p.Class], group[p.As]; {
		case of < 0:
		case as < 0:
			g.WrongOther[of] += p.Objects
		default:
			g.Wrong[of][as] += p.Objects
		}
	}
	return g
}
