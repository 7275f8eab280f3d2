package evaluate

import (
	"cmp"
	"slices"
)

// classWork evaluates one class after another; its slices are reused.
//
// A class's detections have slots: those of the first image by descending
// score, then those of the second, and so on, each image cut at the largest
// limit.
type classWork struct {
	*evaluation
	matcher matcher
	curve   curve

	images  []imageRun
	byScore []candidate // by descending score, equal ones by image, then input
	inSlot  []int32     // position in the input of the detection in a slot
}

// imageRun is the part of a class that lies in one image: consecutive elements
// of its truths and of its detections.
type imageRun struct {
	image      int32   // its number
	truths     []int32 // positions in the input
	detections int     // how many
	slot       int     // the first one
	filled     int     // slots given out so far
	positives  int     // truths that count in the first area range
	forgiving  bool    // detections without a truth are ignored
}

// candidate is a detection of a class in order of score.
type candidate struct {
	score    float64
	position int32 // among the class's detections, grouped by image
	det      int32 // position in the input
	run      int32 // number of its image run
	rank     int32 // number of better detections in its image
	slot     int32
}

func newClassWork(e *evaluation) *classWork {
	p := &e.result.Params
	return &classWork{evaluation: e, matcher: newMatcher(p), curve: newCurve(p)}
}

// evaluate fills in the result's elements of class number k.
func (w *classWork) evaluate(k int) {
	w.match(k)
	for a, positives := range w.matcher.positives {
		if positives == 0 {
			continue // the arrays hold −1 already
		}
		for m, limit := range w.result.Params.MaxDets {
			w.curve.trace(w.byScore, &w.matcher, a, limit)
			w.curve.store(w.result, k, a, m)
		}
	}
}

// match finds the verdicts on the detections of class number k.
func (w *classWork) match(k int) {
	w.findRuns(w.truthGroups.class(k), w.detGroups.class(k), k)
	w.assignSlots()
	w.matcher.reset(len(w.inSlot))
	for i := range w.images {
		r := &w.images[i]
		before := w.matcher.positives[0]
		w.matcher.image(w.truths, r.truths, w.dets, w.inSlot[r.slot:r.slot+r.filled], r.slot, r.forgiving)
		r.positives = w.matcher.positives[0] - before
	}
}

// findRuns splits class number k by image and lists its detections.
func (w *classWork) findRuns(truths, dets []int32, k int) {
	w.images, w.byScore = w.images[:0], w.byScore[:0]
	t, d := 0, 0
	for t < len(truths) || d < len(dets) {
		image := w.firstImage(truths[t:], dets[d:])
		fromT, fromD := t, d
		for t < len(truths) && w.truthGroups.image[truths[t]] == image {
			t++
		}
		for ; d < len(dets) && w.detGroups.image[dets[d]] == image; d++ {
			w.byScore = append(w.byScore, candidate{
				score:    w.dets[dets[d]].Score,
				position: int32(d),
				det:      dets[d],
				run:      int32(len(w.images)),
			})
		}
		w.images = append(w.images, imageRun{image: image, truths: truths[fromT:t], detections: d - fromD,
			forgiving: w.rules != nil && w.rules.forgives(image, w.result.Params.Classes[k])})
	}
}

// firstImage returns the lower of the first truth's and the first detection's
// image number; at least one of them exists.
func (w *classWork) firstImage(truths, dets []int32) int32 {
	switch {
	case len(truths) == 0:
		return w.detGroups.image[dets[0]]
	case len(dets) == 0:
		return w.truthGroups.image[truths[0]]
	}
	return min(w.truthGroups.image[truths[0]], w.detGroups.image[dets[0]])
}

// assignSlots sorts the detections by score, drops those past the largest
// limit of their image, and gives the others their slots. One sort serves
// both orders, within images and over all of them: a stable sort of runs that
// are each sorted stably ranks equal scores by image, then by input.
func (w *classWork) assignSlots() {
	slices.SortFunc(w.byScore, func(a, b candidate) int {
		if a.score != b.score {
			return cmp.Compare(b.score, a.score)
		}
		return int(a.position) - int(b.position)
	})
	limit := w.result.Params.MaxDets[len(w.result.Params.MaxDets)-1]
	slots := 0
	for i := range w.images {
		w.images[i].slot = slots
		slots += min(w.images[i].detections, limit)
	}
	w.inSlot = slices.Grow(w.inSlot[:0], slots)[:slots]
	kept := w.byScore[:0]
	for _, c := range w.byScore {
		r := &w.images[c.run]
		if r.filled == limit {
			continue
		}
		c.rank, c.slot = int32(r.filled), int32(r.slot+r.filled)
		w.inSlot[c.slot] = c.det
		r.filled++
		kept = append(kept, c)
	}
	w.byScore = kept
}
