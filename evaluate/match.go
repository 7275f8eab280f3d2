package evaluate

import "slices"

// Outcomes of a detection at one IoU threshold and area range.
const (
	falsePositive uint8 = iota
	truePositive
	ignored
)

// Outcomes that hold at all thresholds; they replace a block number.
const (
	allFalse   int32 = -1
	allIgnored int32 = -2
)

// matcher pairs the detections of a class with its truths, image by image.
type matcher struct {
	thresholds []float64 // T, at most 1−1e−10 each, as in pycocotools
	areas      []AreaRange
	zeroIsNone bool // a match with truth id 0 is none, as in pycocotools

	// Results for the class.
	positives []int   // A: truths that count
	verdicts  []int32 // slot × A: block number, allFalse or allIgnored
	outcomes  []uint8 // block × T

	// For the image at hand, G truths.
	counts   []bool // A × G: inside the area range and no crowd
	taken    []bool // A × T × G
	overlaps []overlap
}

// overlap is a truth that a detection might take.
type overlap struct {
	truth int
	iou   float64
	crowd bool
	none  bool // a match with it is none
}

func newMatcher(p *Params) matcher {
	m := matcher{areas: p.Areas, zeroIsNone: p.Compat, positives: make([]int, len(p.Areas))}
	for _, t := range p.IoUThresholds {
		m.thresholds = append(m.thresholds, min(t, 1-1e-10))
	}
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
		m.findOverlaps(d, truths, inImage)
		area := float64(d.BBox[2] * d.BBox[3])
		for a := range m.areas {
			v := &m.verdicts[(slot+i)*len(m.areas)+a]
			unmatched := falsePositive
			*v = allFalse
			if forgiving || !m.areas[a].contains(area) {
				unmatched = ignored
				*v = allIgnored
			}
			if len(m.overlaps) > 0 {
				*v = int32(len(m.outcomes) / len(m.thresholds))
				m.match(a, len(inImage), unmatched)
			}
		}
	}
}

func (m *matcher) startImage(truths []Truth, inImage []int32) {
	g := len(inImage)
	m.counts = slices.Grow(m.counts[:0], len(m.areas)*g)[:len(m.areas)*g]
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
	n := len(m.areas) * len(m.thresholds) * g
	m.taken = slices.Grow(m.taken[:0], n)[:n]
	clear(m.taken)
}

// findOverlaps lists the truths that the detection reaches at the lowest
// threshold. It tests "not below", as pycocotools does, so that the NaN of
// boxes whose area underflows to 0 falls on the same side.
func (m *matcher) findOverlaps(d *Detection, truths []Truth, inImage []int32) {
	m.overlaps = m.overlaps[:0]
	for j, at := range inImage {
		t := &truths[at]
		if iou := boxIoU(&d.BBox, &t.BBox, t.Crowd); !(iou < m.thresholds[0]) {
			m.overlaps = append(m.overlaps, overlap{j, iou, t.Crowd, m.zeroIsNone && t.ID == 0})
		}
	}
}

// match appends a block: the outcome at each threshold for area range a.
func (m *matcher) match(a, truths int, unmatched uint8) {
	counts := m.counts[a*truths:][:truths]
	for t, threshold := range m.thresholds {
		taken := m.taken[(a*len(m.thresholds)+t)*truths:][:truths]
		outcome := truePositive
		best := m.best(true, counts, taken, threshold)
		if best < 0 {
			outcome = ignored
			best = m.best(false, counts, taken, threshold)
		}
		if best < 0 {
			outcome = unmatched
		} else {
			taken[m.overlaps[best].truth] = true
			if m.overlaps[best].none && outcome == truePositive {
				outcome = unmatched
			}
		}
		m.outcomes = append(m.outcomes, outcome)
	}
}

// best returns the overlap with the largest IoU not below the threshold, the
// last of equals, among truths that count or among those that do not; −1 where
// none is free.
func (m *matcher) best(counting bool, counts, taken []bool, threshold float64) int {
	found := -1
	for i := range m.overlaps {
		o := &m.overlaps[i]
		if counts[o.truth] != counting || taken[o.truth] && !o.crowd || o.iou < threshold {
			continue
		}
		threshold, found = o.iou, i
	}
	return found
}

// boxIoU returns the intersection over the union of two boxes, or over the
// detection's area alone if the truth is a crowd. Conversions keep products
// from being fused with the sums around them.
func boxIoU(d, t *[4]float64, crowd bool) float64 {
	w := min(d[2]+d[0], t[2]+t[0]) - max(d[0], t[0])
	if w <= 0 {
		return 0
	}
	h := min(d[3]+d[1], t[3]+t[1]) - max(d[1], t[1])
	if h <= 0 {
		return 0
	}
	intersection, union := float64(w*h), float64(d[2]*d[3])
	if !crowd {
		union = union + float64(t[2]*t[3]) - intersection
	}
	return intersection / union
}
