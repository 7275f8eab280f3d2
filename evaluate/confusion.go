package evaluate

// Confusion counts which classes detections have where which objects are.
type Confusion struct {
	Classes []int64 // category ids, ascending; K of them
	IoU     float64
	Score   float64

	// Counts is [K+1, K+1] in row-major order. Row: class of the object;
	// column: class of the detection that took it. The last column holds
	// objects that no detection took, the last row detections that took no
	// object. The last element is 0.
	Counts []int64
}

// Confuse pairs detections of at least the given score with objects whatever
// the classes of both: in each image from the highest score to the lowest, at
// most the largest limit of p per image and class, each takes the free object
// with the largest IoU that is not below iou; of equal ones one of its own
// class, then the last. Detections that find no free object but lie in a crowd
// (of which iou of their area is covered) are left out.
func Confuse(truths []Truth, dets []Detection, p Params, iou, score float64) (*Confusion, error) {
	return nil, nil
}

// Group adds up the classes to n groups; of tells the group of a category id,
// below 0 for classes to be left out. The result is [n+1, n+1] like Counts.
func (c *Confusion) Group(n int, of func(categoryID int64) int) []int64 { return nil }
