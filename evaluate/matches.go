package evaluate

// Matches are the detections of each class with what became of them at each
// IoU threshold, in one area range and at the largest limit on detections:
// what is left of an evaluation's inputs for resampling images, which matches
// nothing anew.
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
