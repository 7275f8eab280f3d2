package evaluate

import (
	"math"
	"slices"
)

// matcher pairs the detections of a class with its truths, image by image.
type matcher struct {
	truths     []Truth
	dets       []Detection
	thresholds []float64   // T: LeastIoU of each, as in pycocotools
	every      uint64      // a bit for each of them
	columns    []AreaRange // A, as in Matches
	overall    int
	zeroIsNone bool // a match with truth id 0 is none, as in pycocotools

	// Results for the class, as in ClassMatches.
	positives []int
	verdicts  []int32
	outcomes  []Outcome
	taken     []take
	takenUpTo []int32

	// For the image at hand, G truths.
	inImage  []int32  // G: positions in truths
	objects  []object // G
	counts   []bool   // A × G: inside the area range and no crowd
	occupied []uint64 // A × G: thresholds at which it is taken
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

func newMatcher(m *Matches) matcher {
	p := &m.Params
	w := matcher{truths: m.Truths, dets: m.Detections, columns: m.columns, overall: m.overall, zeroIsNone: p.Compat, positives: make([]int, len(m.columns))}
	for _, t := range p.IoUThresholds {
		w.thresholds = append(w.thresholds, LeastIoU(t))
	}
	w.every = 1<<len(w.thresholds) - 1
	return w
}

// startClass forgets the class before.
func (m *matcher) startClass() {
	clear(m.positives)
	m.verdicts, m.outcomes, m.taken, m.takenUpTo = m.verdicts[:0], m.outcomes[:0], m.taken[:0], m.takenUpTo[:0]
}

// startImage takes the truths of another image; inImage are their positions.
func (m *matcher) startImage(inImage []int32) {
	g := len(inImage)
	m.inImage, m.objects = inImage, m.objects[:0]
	for _, at := range inImage {
		t := &m.truths[at]
		o := newObject(t)
		o.none = m.zeroIsNone && t.ID == 0
		m.objects = append(m.objects, o)
	}
	n := len(m.columns) * g
	m.counts = slices.Grow(m.counts[:0], n)[:n]
	m.occupied = slices.Grow(m.occupied[:0], n)[:n]
	clear(m.occupied)
	for a, r := range m.columns {
		for j, at := range inImage {
			t := &m.truths[at]
			in := !t.Crowd && r.contains(t.Area)
			m.counts[a*g+j] = in
			if in {
				m.positives[a]++
			}
		}
	}
}

// detection matches the next best detection of the image and returns its
// record, as in Matched. Forgiving ignores it where it has no truth.
func (m *matcher) detection(d *Detection, forgiving bool) int32 {
	m.findOverlaps(&d.BBox)
	area := d.area()
	if len(m.overlaps) == 0 {
		ignored := int32(0)
		for a := range m.columns {
			if forgiving || !m.columns[a].contains(area) {
				ignored |= 1 << a
			}
		}
		return ^ignored
	}
	known := len(m.outcomes)
	for a := range m.columns {
		m.verdicts = append(m.verdicts, m.verdict(m.match(a, forgiving || !m.columns[a].contains(area)), known))
	}
	m.takenUpTo = append(m.takenUpTo, int32(len(m.taken)))
	return int32(len(m.takenUpTo) - 1)
}

// verdict keeps an outcome if it differs between thresholds, and is not among
// those from number known on.
func (m *matcher) verdict(o Outcome, known int) int32 {
	switch {
	case o.Ignored == m.every:
		return allIgnored
	case o == Outcome{}:
		return allFalse
	}
	for ; known < len(m.outcomes); known++ {
		if m.outcomes[known] == o {
			return int32(known)
		}
	}
	m.outcomes = append(m.outcomes, o)
	return int32(known)
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

// match gives the detection, at each threshold, the first free truth that
// counts, or else the first free one that does not. Where there is none, it is
// false or forgiven.
func (m *matcher) match(a int, forgiven bool) (o Outcome) {
	if m.odd {
		return m.matchOdd(a, forgiven)
	}
	g := len(m.objects)
	counts, occupied := m.counts[a*g:][:g], m.occupied[a*g:][:g]
	unmatched, none := m.every, uint64(0)
	for i := range m.overlaps {
		v := &m.overlaps[i]
		if !counts[v.truth] {
			continue
		}
		got := unmatched & v.reach &^ occupied[v.truth]
		occupied[v.truth] |= got
		unmatched &^= got
		if m.objects[v.truth].none {
			none |= got
			continue
		}
		o.Right |= got
		m.note(a, v.truth, got)
	}
	for i := range m.overlaps {
		v := &m.overlaps[i]
		if counts[v.truth] {
			continue
		}
		got := unmatched & v.reach
		if !m.objects[v.truth].crowd {
			got &^= occupied[v.truth]
		}
		occupied[v.truth] |= got
		unmatched &^= got
		o.Ignored |= got
	}
	if forgiven {
		o.Ignored |= unmatched | none
	}
	return o
}

// note keeps which truth made the detection right at some thresholds.
func (m *matcher) note(column, truth int, at uint64) {
	if column == m.overall && at != 0 {
		m.taken = append(m.taken, take{m.inImage[truth], at})
	}
}

// matchOdd is match where an IoU is NaN. Nothing is below that, and it is below
// nothing, so what is taken depends on the order of the truths.
func (m *matcher) matchOdd(a int, forgiven bool) (o Outcome) {
	slices.SortFunc(m.overlaps, func(a, b overlap) int { return a.truth - b.truth })
	g := len(m.objects)
	counts, occupied := m.counts[a*g:][:g], m.occupied[a*g:][:g]
	for t, threshold := range m.thresholds {
		bit := uint64(1) << t
		best, right := m.best(true, counts, occupied, bit, threshold), true
		if best < 0 {
			best, right = m.best(false, counts, occupied, bit, threshold), false
		}
		if best >= 0 {
			occupied[best] |= bit
		}
		switch {
		case best >= 0 && !right, forgiven && (best < 0 || m.objects[best].none):
			o.Ignored |= bit
		case best >= 0 && !m.objects[best].none:
			o.Right |= bit
			m.note(a, best, bit)
		}
	}
	return o
}

// best returns the truth with the largest IoU not below the threshold, the
// last of equals, among those that count or among those that do not; −1 where
// none is free.
func (m *matcher) best(counting bool, counts []bool, occupied []uint64, bit uint64, threshold float64) int {
	found := -1
	for _, v := range m.overlaps {
		if counts[v.truth] != counting || occupied[v.truth]&bit != 0 && !m.objects[v.truth].crowd || v.iou < threshold {
			continue
		}
		threshold, found = v.iou, v.truth
	}
	return found
}

// LeastIoU is the overlap from which a truth is taken at an IoU threshold: that,
// but below 1, which rounding keeps boxes from that are the same.
func LeastIoU(threshold float64) float64 { return min(threshold, 1-1e-10) }

func newObject(t *Truth) object {
	b := &t.BBox
	return object{left: b[0], top: b[1], right: b[2] + b[0], bottom: b[3] + b[1], area: float64(b[2] * b[3]), crowd: t.Crowd}
}

// IoU returns the intersection over the union with a detected box, or, of a
// crowd, over the area of the box; 0 where they do not meet.
func (t *Truth) IoU(box *[4]float64) float64 {
	o := newObject(t)
	return o.iou(box[0], box[1], box[2]+box[0], box[3]+box[1], float64(box[2]*box[3]))
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
