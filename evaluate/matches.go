package evaluate

// Matches are the detections of each class with what became of them at each
// IoU threshold, in one area range and at the largest limit on detections:
// what is left of an evaluation's inputs for curves over scores and for
// resampling images, neither of which matches anew.
type Matches struct {
	Params  Params // with all defaults filled in; at most 64 IoU thresholds
	Area    AreaRange
	Classes []ClassMatches // K
}

// ClassMatches are the matches of one class.
type ClassMatches struct {
	CategoryID int64
	Positives  int           // truths that count
	Images     []ImageTruths // images that hold such truths, ascending
	Detections []Matched     // by descending score, equal ones by image, then input
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

// Match does the first half of [Evaluate], with the same inputs and errors,
// for the area range of the given name ("all" for DefaultAreas' first).
func Match(truths []Truth, dets []Detection, p Params, area string) (*Matches, error) {
	return nil, nil
}

// ScoreCurve is precision and recall against the score from which detections
// are kept.
type ScoreCurve struct {
	Positives int       // truths that count
	Scores    []float64 // descending: detections with this score or a higher one are kept
	True      []int     // true positives among them
	False     []int     // false positives among them
}

// Precision is the share of true positives among the kept detections that
// count, NaN if none does.
func (c *ScoreCurve) Precision(i int) float64 {
	return float64(c.True[i]) / float64(c.True[i]+c.False[i])
}

// Recall is the share of the truths that are found, NaN if there are none.
func (c *ScoreCurve) Recall(i int) float64 { return float64(c.True[i]) / float64(c.Positives) }

// F1 is the harmonic mean of precision and recall, 2·TP/(TP+FP+P).
func (c *ScoreCurve) F1(i int) float64 {
	return 2 * float64(c.True[i]) / float64(c.True[i]+c.False[i]+c.Positives)
}

// ScoreCurve returns the curve of some classes taken together (their counts
// are added up: every object counts the same) at the IoU threshold, which must
// be one of the parameters', with a point for each score that a detection has.
// Nil categoryIDs stand for all classes.
func (m *Matches) ScoreCurve(categoryIDs []int64, iou float64) (*ScoreCurve, error) { return nil, nil }

// BestF1 returns the point with the largest F1, of equal ones that with the
// highest score; ok is false if the curve has no point or no truth.
func (c *ScoreCurve) BestF1() (i int, ok bool) { return 0, false }

// Sample returns the curve at the given scores, which must descend.
func (c *ScoreCurve) Sample(scores []float64) *ScoreCurve { return nil }
