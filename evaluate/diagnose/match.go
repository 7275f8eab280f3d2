package diagnose

import (
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
	images, classes := numbered(p.Images), newClassTable(p.Classes)
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
	inParallel(len(p.Images), func() func(image int) {
		w := &matcher{Matching: m, limit: limit, taken: taken, seen: make([]int32, len(p.Classes))}
		return w.image
	})
	for i, found := range m.found {
		if found == wrong && forgives(dets[i].ImageID, dets[i].CategoryID) {
			m.found[i] = ignored
		}
	}
	return m
}

// Detections counts those of each class in the images in question, beyond the
// limit too. Under the rules of LVIS it counts those that are taken.
func (m *Matching) Detections() []int64 {
	count := make([]int64, len(m.Classes))
	for _, k := range m.detClass {
		if k >= 0 {
			count[k]++
		}
	}
	return count
}

// inParallel calls a function for 0, 1, … n−1, some at a time on each
// processor; each has a function of its own, which start makes.
func inParallel(n int, start func() func(i int)) {
	processors := runtime.GOMAXPROCS(0)
	chunk := max(1, min(64, n/(8*processors)))
	var next atomic.Int64
	var workers sync.WaitGroup
	take := func() int { return int(next.Add(int64(chunk))) - chunk }
	for range min(processors, 1+n/chunk) {
		do := start()
		workers.Go(func() {
			for from := take(); from < n; from = take() {
				for i := from; i < min(from+chunk, n); i++ {
					do(i)
				}
			}
		})
	}
	workers.Wait()
}

// matcher matches one image after the other.
type matcher struct {
	*Matching
	limit  int
	taken  []bool  // by truth; an image's are touched by one matcher only
	seen   []int32 // detections of the image by class; zeros between images
	ranked []ranked
}

// ranked is a detection, in the order of score, then of input.
type ranked struct {
	score float64
	det   int32
}

func (w *matcher) image(image int) {
	dets, truths := w.detsOf.of(image), w.truthsOf.of(image)
	w.ranked = w.ranked[:0]
	for _, d := range dets {
		w.ranked = append(w.ranked, ranked{w.dets[d].Score, d})
	}
	slices.SortFunc(w.ranked, func(a, b ranked) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return int(a.det) - int(b.det)
	})
	for i, r := range w.ranked {
		d := r.det
		dets[i] = d
		k := w.detClass[d]
		if w.seen[k]++; int(w.seen[k]) > w.limit {
			continue
		}
		w.found[d] = w.best(d, truths, w.taken)
		if t := w.found[d]; t >= 0 {
			w.taken[t] = true
		}
	}
	for _, d := range dets {
		w.seen[w.detClass[d]] = 0
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

// classTable finds the places of category ids, most of which are small.
type classTable struct {
	small [1 << 12]int32 // place + 1, by id
	large map[int64]int32
}

func newClassTable(ids []int64) *classTable {
	t := &classTable{large: numbered(ids)}
	for i, id := range ids {
		if id >= 0 && id < int64(len(t.small)) {
			t.small[id] = int32(i) + 1
		}
	}
	return t
}

// find returns the place of an id, −1 if it has none.
func (t *classTable) find(id int64) int32 {
	if id >= 0 && id < int64(len(t.small)) {
		return t.small[id] - 1
	}
	if at, ok := t.large[id]; ok {
		return at
	}
	return -1
}

// arrange groups n elements by image, in their order, and returns their
// classes too; elements of other images or classes are in no group, and have
// class −1.
func arrange(n int, images map[int64]int32, classes *classTable, ids func(i int) (image, class int64)) (runs, []int32) {
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
		k := classes.find(classID)
		if last < 0 || k < 0 {
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
