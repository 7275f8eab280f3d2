package evaluate

import "slices"

// classWork matches one class after another; its slices are reused.
//
// A class's detections have slots: those of the first image by descending
// score, then those of the second, and so on, each image cut at the largest
// limit.
type classWork struct {
	*Matches
	matcher matcher

	images []imageRun
	inSlot []int32 // position by score of the detection in a slot
	limits int     // as in ClassMatches

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
	forgiving  bool    // detections without a truth are ignored
}

func newClassWork(m *Matches) *classWork { return &classWork{Matches: m, matcher: newMatcher(m)} }

// match finds what becomes of the detections of class number k.
func (w *classWork) match(k int) ClassMatches {
	truths, dets := w.TruthPlaces.byClass.Of(k), w.DetectionPlaces.byClass.Of(k)
	w.findRuns(truths, dets, k)
	byScore, levels := w.assignSlots(dets)
	m := &w.matcher
	m.startClass()
	for i := range w.images {
		r := &w.images[i]
		m.startImage(r.truths)
		for _, at := range w.inSlot[r.slot : r.slot+r.filled] {
			d := &byScore[at]
			d.record = m.detection(&w.Detections[d.Detection], r.forgiving)
		}
	}
	return ClassMatches{Detections: byScore, levels: levels, limits: w.limits, every: m.every, overall: m.overall,
		positives: slices.Clone(m.positives), verdicts: slices.Clone(m.verdicts), outcomes: slices.Clone(m.outcomes),
		taken: slices.Clone(m.taken), takenUpTo: slices.Clone(m.takenUpTo)}
}

// findRuns splits class number k by image and lists its detections.
func (w *classWork) findRuns(truths, dets []int32, k int) {
	w.images, w.ranked = w.images[:0], slices.Grow(w.ranked[:0], len(dets))
	t, d := 0, 0
	for t < len(truths) || d < len(dets) {
		image := w.firstImage(truths[t:], dets[d:])
		fromT, fromD := t, d
		for t < len(truths) && w.TruthPlaces.Image[truths[t]] == image {
			t++
		}
		for ; d < len(dets) && w.DetectionPlaces.Image[dets[d]] == image; d++ {
			w.ranked = append(w.ranked, ranked{rankOf(w.Detections[dets[d]].Score), int32(d), int32(len(w.images))})
		}
		w.images = append(w.images, imageRun{image: image, truths: truths[fromT:t], detections: d - fromD,
			forgiving: w.rules != nil && w.rules.forgives(image, w.Params.Classes[k])})
	}
}

// firstImage returns the lower of the first truth's and the first detection's
// image number; at least one of them exists.
func (w *classWork) firstImage(truths, dets []int32) int32 {
	switch {
	case len(truths) == 0:
		return w.DetectionPlaces.Image[dets[0]]
	case len(dets) == 0:
		return w.TruthPlaces.Image[truths[0]]
	}
	return min(w.TruthPlaces.Image[truths[0]], w.DetectionPlaces.Image[dets[0]])
}

// assignSlots sorts the detections by score, drops those past the largest
// limit of their image, and gives the others their slots. dets are their
// positions in the input. One sort serves both orders, within images and over
// all of them: a stable sort of runs that are each sorted stably ranks equal
// scores by image, then by input, as the detections are returned, with their
// levels.
func (w *classWork) assignSlots(dets []int32) (byScore []Matched, levels []uint8) {
	w.ranked, w.scratch = sortRanked(w.ranked, w.scratch)
	limits := w.Params.MaxDets
	limit := limits[len(limits)-1]
	slots := 0
	w.limits = 1
	for i := range w.images {
		w.images[i].slot = slots
		slots += min(w.images[i].detections, limit)
	}
	w.inSlot = slices.Grow(w.inSlot[:0], slots)[:slots]
	byScore, levels = make([]Matched, 0, slots), make([]uint8, 0, slots)
	for _, d := range w.ranked {
		r := &w.images[d.run]
		if r.filled == limit {
			continue
		}
		level := 0
		for r.filled >= limits[level] {
			level++
		}
		w.limits = max(w.limits, level+1)
		det, score := dets[d.position], scoreOf(d.key)
		if score == 0 {
			score = w.Detections[det].Score // of either sign
		}
		w.inSlot[r.slot+r.filled] = int32(len(byScore))
		byScore, levels = append(byScore, Matched{Score: score, Detection: det}), append(levels, uint8(level))
		r.filled++
	}
	return byScore, levels
}
