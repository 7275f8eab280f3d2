package diagnose

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"cocostat/evaluate"
)

// What became of a detection, in the place of the truth that it found.
const (
	wrong   int32 = -1
	ignored int32 = -2 // in a crowd
	left    int32 = -3 // of another image or class, or past the limit
)

// Matching is which truths the detections of a detector found.
type Matching struct {
	Classes []int64 // category ids, ascending
	IoU     float64 // the threshold, in [0, 1]

	truths     []evaluate.Truth
	dets       []evaluate.Detection
	truthClass []int32 // by truth: class, −1 for one that is not evaluated
	detClass   []int32 // by detection
	truthsOf   runs    // truths by image
	detsOf     runs    // detections by image, each image's from the highest score down
	found      []int32 // by detection: a truth, wrong, ignored or left
	positives  []int   // by class: truths that are no crowds
}

// runs are elements by image: those of image i are order[start[i]:start[i+1]].
type runs struct {
	order []int32
	start []int32
}

func (r *runs) of(image int) []int32 { return r.order[r.start[image]:r.start[image+1]] }

// Match matches detections with truths at one IoU threshold in [0, 1]. Of p,
// which must have its defaults filled in as in evaluate.Result.Params, Images,
// Classes, the largest limit on detections and the rules of LVIS count. Truths
// and detections are kept, not copied; all their numbers must be finite.
func Match(truths []evaluate.Truth, dets []evaluate.Detection, p *evaluate.Params, iou float64) *Matching {
	truths, dets, forgives := p.Federate(truths, dets)
	m := &Matching{Classes: p.Classes, IoU: iou, truths: truths, dets: dets,
		found: make([]int32, len(dets)), positives: make([]int, len(p.Classes))}
	images, classes := numbered(p.Images), numbered(p.Classes)
	m.truthsOf, m.truthClass = arrange(len(truths), images, classes, func(i int) (image, class int64) {
		return truths[i].ImageID, truths[i].CategoryID
	})
	m.detsOf, m.detClass = arrange(len(dets), images, classes, func(i int) (image, class int64) {
		return dets[i].ImageID, dets[i].CategoryID
	})
	for i, k := range m.truthClass {
		if k >= 0 && !truths[i].Crowd {
			m.positives[k]++
		}
	}
	for i := range m.found {
		m.found[i] = left
	}
	limit, taken := p.MaxDets[len(p.MaxDets)-1], make([]bool, len(truths))
	eachImage(len(p.Images), func() func(image int) {
		seen := make([]int, len(p.Classes)) // detections by class
		return func(image int) { m.image(image, limit, taken, seen) }
	})
	for i, found := range m.found {
		if found == wrong && forgives(dets[i].ImageID, dets[i].CategoryID) {
			m.found[i] = ignored
		}
	}
	return m
}

// eachImage calls a function for every image, several at a time; each of its
// workers has one of its own, which start makes.
func eachImage(images int, start func() func(image int)) {
	const chunk = 64
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), 1+images/chunk) {
		do := start()
		workers.Go(func() {
			for from := int(next.Add(chunk)) - chunk; from < images; from = int(next.Add(chunk)) - chunk {
				for i := from; i < min(from+chunk, images); i++ {
					do(i)
				}
			}
		})
	}
	workers.Wait()
}

// image matches within the classes. seen is all zeros before and after.
func (m *Matching) image(image, limit int, taken []bool, seen []int) {
	dets, truths := m.detsOf.of(image), m.truthsOf.of(image)
	slices.SortFunc(dets, func(a, b int32) int {
		return cmp.Or(cmp.Compare(m.dets[b].Score, m.dets[a].Score), cmp.Compare(a, b))
	})
	for _, d := range dets {
		k := m.detClass[d]
		if seen[k]++; seen[k] > limit {
			continue
		}
		m.found[d] = m.best(d, truths, taken)
		if t := m.found[d]; t >= 0 {
			taken[t] = true
		}
	}
	for _, d := range dets {
		seen[m.detClass[d]] = 0
	}
}

// best returns the free truth of the detection's class with the largest IoU
// that is not below the threshold, the last of equal ones.
func (m *Matching) best(d int32, truths []int32, taken []bool) int32 {
	best, reached := wrong, m.IoU
	crowd := false
	for _, t := range truths {
		if m.truthClass[t] != m.detClass[d] || taken[t] {
			continue
		}
		switch iou := overlap(&m.dets[d].BBox, &m.truths[t]); {
		case m.truths[t].Crowd:
			crowd = crowd || iou >= m.IoU
		case iou >= reached:
			best, reached = t, iou
		}
	}
	if best == wrong && crowd {
		return ignored
	}
	return best
}

// overlap is the intersection over the union, or, of a crowd, over the area of
// the detection; 0 for boxes that do not meet. The conversions keep products
// from being fused with the sums around them.
func overlap(d *[4]float64, truth *evaluate.Truth) float64 {
	t := &truth.BBox
	w := min(d[2]+d[0], t[2]+t[0]) - max(d[0], t[0])
	h := min(d[3]+d[1], t[3]+t[1]) - max(d[1], t[1])
	if !(w > 0 && h > 0) {
		return 0
	}
	intersection, union := float64(w*h), float64(d[2]*d[3])
	if !truth.Crowd {
		union = union + float64(t[2]*t[3]) - intersection
	}
	return intersection / union
}

// numbered maps ids to their places in a list.
func numbered(ids []int64) map[int64]int32 {
	of := make(map[int64]int32, len(ids))
	for i, id := range ids {
		of[id] = int32(i)
	}
	return of
}

// arrange groups n elements by image, in their order, and returns their
// classes too; elements of other images or classes are in no group, and have
// class −1.
func arrange(n int, images, classes map[int64]int32, ids func(i int) (image, class int64)) (runs, []int32) {
	class, image := make([]int32, n), make([]int32, n)
	start := make([]int32, len(images)+1)
	var lastID int64
	last := int32(-1)
	for i := range n {
		imageID, classID := ids(i)
		if i == 0 || imageID != lastID { // most come by the image
			at, ok := images[imageID]
			if lastID, last = imageID, -1; ok {
				last = at
			}
		}
		k, ok := classes[classID]
		if last < 0 || !ok {
			image[i], class[i] = -1, -1
			continue
		}
		image[i], class[i] = last, k
		start[last+1]++
	}
	for i := 1; i < len(start); i++ {
		start[i] += start[i-1]
	}
	next, order := slices.Clone(start), make([]int32, start[len(start)-1])
	for i, at := range image {
		if at >= 0 {
			order[next[at]] = int32(i)
			next[at]++
		}
	}
	return runs{order, start}, class
}
