package evaluate

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

// area is in square pixels.
func (d *Detection) area() float64 { return float64(d.BBox[2] * d.BBox[3]) }

// Evaluate compares detections with truths by the rules in the package's
// documentation. Both keep their order in meaning: it decides between equal
// scores and between equal overlaps. The result does not depend on the number
// of processors in use.
//
// It fails on parameters that [Params.Validate] rejects and on boxes, areas
// and scores that are not numbers. Truths and detections of images or classes
// that are not evaluated are skipped and counted in the result.
func Evaluate(truths []Truth, dets []Detection, p Params) (*Result, error) {
	m, err := Match(truths, dets, p)
	if err != nil {
		return nil, err
	}
	return m.Result(), nil
}
