package evaluate

import (
	"math"
	"slices"
)

// outcome says by bit at which IoU thresholds a detection is a true positive
// and at which it is ignored; at the others it is a false positive.
type outcome struct{ right, ignored uint64 }

// Verdicts that hold at all thresholds; they replace the place of an outcome.
const (
	allFalse   int32 = -1
	allIgnored int32 = -2
)

// matcher pairs the detections of a class with its truths, image by image.
type matcher struct {
	thresholds []float64 // T, at most 1−1e−10 each, as in pycocotools
	every      uint64    // a bit for each of them
	areas      []AreaRange
	zeroIsNone bool // a match with truth id 0 is none, as in pycocotools

	// Results for the class.
	positives []int     // A: truths that count
	verdicts  []int32   // slot × A: place in outcomes, allFalse or allIgnored
	outcomes  []outcome // those that differ between thresholds

	// For the image at hand, G truths.
	objects  []object // G
	counts   []bool   // A × G: inside the area range and no crowd
	taken    []uint64 // A × G: thresholds
	overlaps []overlap
	odd      bool // an overlap is NaN
}

// object is the box of a truth.
type object struct {
	left, top, right, bottom float64
	area                     float64 // of the box
	crowd, none              bool    // none: a match with it is none
}

// overlap is a truth that a detection might take.
type overlap struct {
	truth int
	iou   float64
	reach uint64 // thresholds that the IoU is not below
}

func newMatcher(p *Params) matcher {
	m := matcher{areas: p.Areas, zeroIsNone: p.Compat, positives: make([]int, len(p.Areas))}
	for _, t := range p.IoUThresholds {
		m.thresholds = append(m.thresholds, min(t, 1-1e-10))
	}
	m.every = 1<<len(m.thresholds) - 1
	return m
}

// reset prepares for a class with a number of slots.
func (m *matcher) reset(slots int) {
	clear(m.positives)
	n := slots * len(m.areas)
	m.verdicts = slices.Grow(m.verdicts[:0], n)[:n]
	m.outcomes = m.outcomes[:0]
}

// image matches the detections in consecutive slots, best first, with the
// truths of one image. inImage and inSlot are positions in truths and dets.
// Forgiving ignores all detections without a truth.
func (m *matcher) image(truths []Truth, inImage []int32, dets []Detection, inSlot []int32, slot int, forgiving bool) {
	m.startImage(truths, inImage)
	for i, at := range inSlot {
		d := &dets[at]
		m.findOverlaps(&d.BBox)
		area := float64(d.BBox[2] * d.BBox[3])
		verdicts := m.verdicts[(slot+i)*len(m.areas):][:len(m.areas)]
		for a := range verdicts {
			forgiven := forgiving || !m.areas[a].contains(area)
			switch {
			case len(m.overlaps) > 0:
				verdicts[a] = m.verdict(m.match(a, forgiven))
			case forgiven:
				verdicts[a] = allIgnored
			default:
				verdicts[a] = allFalse
			}
		}
	}
}

func (m *matcher) startImage(truths []Truth, inImage []int32) {
	g := len(inImage)
	m.objects = m.objects[:0]
	for _, at := range inImage {
		t := &truths[at]
		b := &t.BBox
		m.objects = append(m.objects, object{b[0], b[1], b[2] + b[0], b[3] + b[1], float64(b[2] * b[3]), t.Crowd, m.zeroIsNone && t.ID == 0})
	}
	n := len(m.areas) * g
	m.counts = slices.Grow(m.counts[:0], n)[:n]
	m.taken = slices.Grow(m.taken[:0], n)[:n]
	clear(m.taken)
	for a, r := range m.areas {
		for j, at := range inImage {
			t := &truths[at]
			in := !t.Crowd && r.contains(t.Area)
			m.counts[a*g+j] = in
			if in {
				m.positives[a]++
			}
		}
	}
}

// findOverlaps lists the truths that the detection reaches at the lowest
// threshold, the largest IoU first, of equal ones the last truth. It tests
// "not below", as pycocotools does, so that the NaN of boxes whose area
// underflows to 0 falls on the same side.
func (m *matcher) findOverlaps(box *[4]float64) {
	m.overlaps, m.odd = m.overlaps[:0], false
	if len(m.objects) == 0 {
		return
	}
	right, bottom, area := box[2]+box[0], box[3]+box[1], float64(box[2]*box[3])
	for j := range m.objects {
		iou := m.objects[j].iou(box[0], box[1], right, bottom, area)
		if iou < m.thresholds[0] {
			continue
		}
		o := overlap{truth: j, iou: iou, reach: m.reach(iou)}
		m.odd = m.odd || math.IsNaN(iou)
		m.overlaps = append(m.overlaps, o)
		i := len(m.overlaps) - 1
		for ; i > 0 && m.overlaps[i-1].iou <= iou; i-- {
			m.overlaps[i] = m.overlaps[i-1]
		}
		m.overlaps[i] = o
	}
}

// reach returns the thresholds that an IoU is not below.
func (m *matcher) reach(iou float64) (mask uint64) {
	for t, threshold := range m.thresholds {
		if iou < threshold {
			break
		}
		mask |= 1 << t
	}
	return mask
}

// verdict keeps an outcome if it differs between thresholds.
func (m *matcher) verdict(o outcome) int32 {
	switch {
	case o.ignored == m.every:
		return allIgnored
	case o.right|o.ignored == 0:
		return allFalse
	}
	m.outcomes = append(m.outcomes, o)
	return int32(len(m.outcomes) - 1)
}

// match gives the detection, at each threshold, the first free truth that
// counts, or else the first free one that does not. Where there is none, it is
// false or forgiven.
func (m *matcher) match(a int, forgiven bool) (o outcome) {
	if m.odd {
		return m.matchOdd(a, forgiven)
	}
	g := len(m.objects)
	counts, taken := m.counts[a*g:][:g], m.taken[a*g:][:g]
	unmatched, none := m.every, uint64(0)
	for i := range m.overlaps {
		v := &m.overlaps[i]
		if !counts[v.truth] {
			continue
		}
		got := unmatched & v.reach &^ taken[v.truth]
		taken[v.truth] |= got
		unmatched &^= got
		if m.objects[v.truth].none {
			none |= got
		} else {
			o.right |= got
		}
	}
	for i := range m.overlaps {
		v := &m.overlaps[i]
		if counts[v.truth] {
			continue
		}
		got := unmatched & v.reach
		if !m.objects[v.truth].crowd {
			got &^= taken[v.truth]
		}
		taken[v.truth] |= got
		unmatched &^= got
		o.ignored |= got
	}
	if forgiven {
		o.ignored |= unmatched | none
	}
	return o
}

// matchOdd is match where an IoU is NaN. Nothing is below that, and it is below
// nothing, so what is taken depends on the order of the truths.
func (m *matcher) matchOdd(a int, forgiven bool) (o outcome) {
	slices.SortFunc(m.overlaps, func(a, b overlap) int { return a.truth - b.truth })
	g := len(m.objects)
	counts, taken := m.counts[a*g:][:g], m.taken[a*g:][:g]
	for t, threshold := range m.thresholds {
		bit := uint64(1) << t
		best, right := m.best(true, counts, taken, bit, threshold), true
		if best < 0 {
			best, right = m.best(false, counts, taken, bit, threshold), false
		}
		if best >= 0 {
			taken[best] |= bit
		}
		switch {
		case best >= 0 && !right, forgiven && (best < 0 || m.objects[best].none):
			o.ignored |= bit
		case best >= 0 && !m.objects[best].none:
			o.right |= bit
		}
	}
	return o
}

// best returns the truth with the largest IoU not below the threshold, the
// last of equals, among those that count or among those that do not; −1 where
// none is free.
func (m *matcher) best(counting bool, counts []bool, taken []uint64, bit uint64, threshold float64) int {
	found := -1
	for _, v := range m.overlaps {
		if counts[v.truth] != counting || taken[v.truth]&bit != 0 && !m.objects[v.truth].crowd || v.iou < threshold {
			continue
		}
		threshold, found = v.iou, v.truth
	}
	return found
}

// iou returns the intersection over the union with a detection of the given
// edges and area, or over the detection's area alone for a crowd. Conversions
// keep products from being fused with the sums around them.
func (t *object) iou(left, top, right, bottom, area float64) float64 {
	w := min(right, t.right) - max(left, t.left)
	if w <= 0 {
		return 0
	}
	h := min(bottom, t.bottom) - max(top, t.top)
	if h <= 0 {
		return 0
	}
	intersection, union := float64(w*h), area
	if !t.crowd {
		union = union + t.area - intersection
	}
	return intersection / union
}
