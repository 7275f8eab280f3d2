package evaluate

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Truth is an annotated object.
type Truth struct {
	ID         int64 // only for messages
	ImageID    int64
	CategoryID int64
	BBox       [4]float64 // x, y, width, height in pixels
	Area       float64    // square pixels, of the mask where there is one
	Crowd      bool       // a region of many objects: never counts, forgives detections
}

// Detection is a box found by a detector.
type Detection struct {
	ImageID    int64
	CategoryID int64
	BBox       [4]float64 // x, y, width, height in pixels
	Score      float64    // any finite number, higher is surer
}

// Evaluate compares detections with truths by the rules in the package's
// documentation. Both keep their order in meaning: it decides between equal
// scores and between equal overlaps. The result does not depend on the number
// of processors in use.
//
// It fails on parameters that [Params.Validate] rejects and on boxes, areas
// and scores that are not numbers. Truths and detections of images or classes
// that are not evaluated are skipped and counted in the result.
func Evaluate(truths []Truth, dets []Detection, p Params) (*Result, error) {
	e, err := newEvaluation(truths, dets, p)
	if err != nil {
		return nil, err
	}
	if err := e.allocate(); err != nil {
		return nil, err
	}
	e.run((*classWork).evaluate)
	return e.result, nil
}

// newEvaluation checks and groups the inputs. The result lacks its arrays.
func newEvaluation(truths []Truth, dets []Detection, p Params) (*evaluation, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := checkInputs(truths, dets); err != nil {
		return nil, err
	}
	p = p.resolve(truths)
	var rules *federation
	var left LVISCounts
	if p.LVIS != nil {
		truths, dets, rules, left = p.federate(truths, dets)
	}
	given := len(truths)
	x := newIndices(&p)
	if p.Compat {
		truths = likePycocotools(truths, x)
	}
	e := &evaluation{
		truths:      truths,
		dets:        dets,
		truthGroups: x.arrange(len(truths), func(i int) (image, class int64) { return truths[i].ImageID, truths[i].CategoryID }),
		detGroups:   x.arrange(len(dets), func(i int) (image, class int64) { return dets[i].ImageID, dets[i].CategoryID }),
		rules:       rules,
		result:      &Result{Params: p, LVIS: left},
	}
	e.result.SkippedTruths = given - len(e.truthGroups.order)
	e.result.SkippedDetections = len(dets) - len(e.detGroups.order)
	return e, nil
}

// evaluation is what the classes share; only result is written to, each class
// to its own elements.
type evaluation struct {
	truths                 []Truth
	dets                   []Detection
	truthGroups, detGroups grouping
	rules                  *federation // of LVIS; nil: all detections count
	result                 *Result
}

// run works on the classes, the ones with most detections first, so that no
// processor is left alone with a large one at the end.
func (e *evaluation) run(class func(w *classWork, k int)) {
	classes := make([]int, e.result.Params.classRows())
	for k := range classes {
		classes[k] = k
	}
	size := func(k int) int { return len(e.detGroups.class(k)) }
	slices.SortStableFunc(classes, func(a, b int) int { return size(b) - size(a) })

	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(classes)) {
		workers.Go(func() {
			work := newClassWork(e)
			for i := next.Add(1) - 1; i < int64(len(classes)); i = next.Add(1) - 1 {
				class(work, classes[i])
			}
		})
	}
	workers.Wait()
}
