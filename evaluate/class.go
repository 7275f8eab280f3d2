package evaluate

import "slices"

// classWork evaluates one class after another; its slices are reused.
//
// A class's detections have slots: those of the first image by descending
// score, then those of the second, and so on, each image cut at the largest
// limit.
type classWork struct {
	*evaluation
	matcher matcher
	curves  curves
	sheet   *sheet

	images  []imageRun
	byScore []candidate // by descending score, equal ones by image, then input
	inSlot  []int32     // position in the input of the detection in a slot

	ranked, scratch []ranked
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
	score float64
	slot  int32
	level int32 // number of the lowest limit that lets it in
}

func newClassWork(e *evaluation) *classWork {
	p := &e.result.Params
	return &classWork{evaluation: e, matcher: newMatcher(p), curves: newCurves(p)}
}

// evaluate fills in the result's elements of class number k.
func (w *classWork) evaluate(k int) {
	w.match(k)
	if !slices.ContainsFunc(w.matcher.positives, func(n int) bool { return n > 0 }) {
		return // the arrays hold −1 already
	}
	if w.sheet == nil {
		w.sheet = newSheet(w.result)
	}
	w.sheet.reset()
	for a, positives := range w.matcher.positives {
		if positives > 0 {
			w.curves.trace(w.byScore, &w.matcher, a)
			w.curves.store(w.sheet, a)
		}
	}
	w.sheet.copyTo(w.result, k)
}

// match finds the verdicts on the detections of class number k.
func (w *classWork) match(k int) {
	w.findRuns(w.truthGroups.class(k), w.detGroups.class(k), k)
	w.assignSlots(w.detGroups.class(k))
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
	w.images, w.ranked = w.images[:0], slices.Grow(w.ranked[:0], len(dets))
	t, d := 0, 0
	for t < len(truths) || d < len(dets) {
		image := w.firstImage(truths[t:], dets[d:])
		fromT, fromD := t, d
		for t < len(truths) && w.truthGroups.image[truths[t]] == image {
			t++
		}
		for ; d < len(dets) && w.detGroups.image[dets[d]] == image; d++ {
			w.ranked = append(w.ranked, ranked{rankOf(w.dets[dets[d]].Score), int32(d), int32(len(w.images))})
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
// limit of their image, and gives the others their slots. dets are their
// positions in the input. One sort serves both orders, within images and over
// all of them: a stable sort of runs that are each sorted stably ranks equal
// scores by image, then by input.
func (w *classWork) assignSlots(dets []int32) {
	w.ranked, w.scratch = sortRanked(w.ranked, w.scratch)
	limits := w.result.Params.MaxDets
	limit := limits[len(limits)-1]
	slots := 0
	for i := range w.images {
		w.images[i].slot = slots
		slots += min(w.images[i].detections, limit)
	}
	w.inSlot = slices.Grow(w.inSlot[:0], slots)[:slots]
	w.byScore = slices.Grow(w.byScore[:0], slots)
	for _, d := range w.ranked {
		r := &w.images[d.run]
		if r.filled == limit {
			continue
		}
		level := int32(0)
		for r.filled >= limits[level] {
			level++
		}
		score := scoreOf(d.key)
		if score == 0 {
			score = w.dets[dets[d.position]].Score // of either sign
		}
		slot := r.slot + r.filled
		w.inSlot[slot] = dets[d.position]
		w.byScore = append(w.byScore, candidate{score, int32(slot), level})
		r.filled++
	}
}
