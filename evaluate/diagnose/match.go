package diagnose

import (
	"fmt"
	"slices"

	"cocostat/evaluate"
	"cocostat/internal/parallel"
)

// Matching is which truths the detections of a detector found at one IoU
// threshold.
type Matching struct {
	Classes []int64 // category ids, ascending; 0 alone where classes are taken for one
	IoU     float64 // the threshold, in [0, 1]

	matches    *evaluate.Matches
	truths     []evaluate.Truth
	dets       []evaluate.Detection
	truthClass []int32       // by truth: class
	detClass   []int32       // by detection
	truthsOf   evaluate.Runs // truths by image
	detsOf     evaluate.Runs // detections by image, each image's from the highest score down
	found      []int32       // by detection: a truth, or evaluate.Wrong, Ignored or Left
}

// At returns what the matches are at one of their IoU thresholds. They should be
// made without Params.Compat, under which several truths may be one.
func At(m *evaluate.Matches, iou float64) (*Matching, error) {
	threshold := slices.Index(m.Params.IoUThresholds, iou)
	if threshold < 0 {
		return nil, fmt.Errorf("diagnose: IoU %v is none of the thresholds %v", iou, m.Params.IoUThresholds)
	}
	d := &Matching{Classes: m.Params.Classes, IoU: iou, matches: m, truths: m.Truths, dets: m.Detections,
		truthClass: m.TruthPlaces.Class, detClass: m.DetectionPlaces.Class,
		truthsOf: m.TruthPlaces.ByImage(), detsOf: m.DetectionPlaces.ByImage(), found: m.Found(threshold)}
	if m.Params.ClassAgnostic {
		d.Classes = []int64{0}
	}
	parallel.Each(d.detsOf.Len(), func() func(image int) {
		var list []ranked
		return func(image int) { list = d.rank(image, list[:0]) }
	})
	return d, nil
}

// ranked is a detection, in the order of score, then of input.
type ranked struct {
	score float64
	det   int32
}

// rank sorts the detections of an image; list is for use.
func (m *Matching) rank(image int, list []ranked) []ranked {
	dets := m.detsOf.Of(image)
	for _, d := range dets {
		list = append(list, ranked{m.dets[d].Score, d})
	}
	slices.SortFunc(list, func(a, b ranked) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return int(a.det) - int(b.det)
	})
	for i, r := range list {
		dets[i] = r.det
	}
	return list
}

// Detections counts those of each class in the images in question, beyond the
// limit too. Under the rules of LVIS it counts those that are taken.
func (m *Matching) Detections() []int64 {
	count := make([]int64, len(m.Classes))
	for i, image := range m.matches.DetectionPlaces.Image {
		if image >= 0 {
			count[m.detClass[i]]++
		}
	}
	return count
}

// Positives is how many truths of each class are no crowds.
func (m *Matching) Positives() []int {
	positives := make([]int, len(m.Classes))
	for k := range positives {
		positives[k] = m.matches.Classes[k].Objects()
	}
	return positives
}
