package evaluate

import (
	"fmt"
	"slices"
)

// Matches are the detections of each class with what became of them at each
// IoU threshold, in one area range and at the largest limit on detections:
// what is left of an evaluation's inputs for resampling images, which matches
// nothing anew.
type Matches struct {
	Params  Params // with all defaults filled in
	Area    AreaRange
	Classes []ClassMatches // K
}

// ClassMatches are the matches of one class.
type ClassMatches struct {
	CategoryID int64         // 0 where classes are taken for one
	Positives  int           // truths that count
	Images     []ImageTruths // images that hold such truths, ascending
	// Detections are by descending score, equal ones by image, then input. They
	// end with the last one that is true, and those of its image and score: no
	// precision counts later ones.
	// Those that are ignored at all thresholds are left out.
	Detections []Matched
}

// ImageTruths is how many truths that count an image holds.
type ImageTruths struct {
	Image  int32 // index in Params.Images
	Truths int32
}

// Matched is a detection and what became of it. Where it is neither true nor
// ignored it is a false positive.
type Matched struct {
	Score   float64
	Image   int32  // index in Params.Images
	True    uint64 // bit t: took a truth that counts at IoU threshold t
	Ignored uint64 // bit t: took an ignored truth, or none while its area is out of range
}

// ties reports whether two detections are of one image and one score.
func (d Matched) ties(other Matched) bool { return d.Score == other.Score && d.Image == other.Image }

// Match does the first half of [Evaluate], with the same inputs and errors,
// for the area range of the given name, "all" for the first of DefaultAreas.
func Match(truths []Truth, dets []Detection, p Params, area string) (*Matches, error) {
	e, err := newEvaluation(truths, dets, p)
	if err != nil {
		return nil, err
	}
	m := &Matches{Params: e.result.Params, Classes: make([]ClassMatches, e.result.Params.classRows())}
	at := e.result.area(area)
	if at < 0 {
		return nil, fmt.Errorf("evaluate: no area range is named %q", area)
	}
	m.Area = m.Params.Areas[at]
	e.result.Params.Areas = []AreaRange{m.Area}
	e.run(func(w *classWork, k int) {
		w.match(k)
		m.Classes[k] = w.matches(k)
	})
	return m, nil
}

// matches returns what was found of class number k in the only area range.
func (w *classWork) matches(k int) ClassMatches {
	c := ClassMatches{Positives: w.matcher.positives[0]}
	if !w.result.Params.ClassAgnostic {
		c.CategoryID = w.result.Params.Classes[k]
	}
	for i := range w.images {
		if r := &w.images[i]; r.positives > 0 {
			c.Images = append(c.Images, ImageTruths{Image: r.image, Truths: int32(r.positives)})
		}
	}
	end := 0 // behind the last true one
	for i := range w.byScore {
		d := &w.byScore[i]
		v := w.matcher.verdicts[d.slot]
		if v == allIgnored {
			continue
		}
		found := Matched{Score: d.score, Image: w.imageOf(d.slot)}
		if v != allFalse {
			found.True, found.Ignored = w.matcher.outcomes[v].right, w.matcher.outcomes[v].ignored
		}
		c.Detections = append(c.Detections, found)
		if found.True != 0 {
			end = len(c.Detections)
		}
	}
	for end > 0 && end < len(c.Detections) && c.Detections[end].ties(c.Detections[end-1]) {
		end++ // where the image is drawn twice, another true one follows
	}
	c.Detections = slices.Clone(c.Detections[:end])
	return c
}

// imageOf returns the number of the image of the detection in a slot.
func (w *classWork) imageOf(slot int32) int32 { return w.detGroups.image[w.inSlot[slot]] }
