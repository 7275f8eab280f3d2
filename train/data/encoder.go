package data

// Box is one object: its channel in 0…C−1, its left and top edge, width and
// height in pixels.
type Box struct {
	Class      int
	X, Y, W, H float64
	Crowd      bool // a region of many, which some detectors do not learn from
}

// Size is that of an image or input, in pixels.
type Size struct{ Width, Height int }

// Encoder makes what a detector learns from, of boxes in pixels of the input.
// One goroutine uses it at a time.
type Encoder interface {
	// Clone returns an encoder for another goroutine.
	Clone() Encoder
	// NewTargets returns targets of no image yet.
	NewTargets() Targets
	// Encode writes the targets of image pos of a batch to t, one of those that
	// NewTargets returned, and its n_{i,k}, one for each class, to counts. Other
	// goroutines may write other images of t at the same time.
	Encode(t Targets, pos int, boxes []Box, counts []int32) Encoded
}

// Targets are those of a batch.
type Targets interface {
	// Resize makes room for n images, for inputs of a size. It reuses memory
	// that is large enough; what is in it does not matter.
	Resize(n int, size Size)
}

// Encoded says what became of the boxes of an image.
type Encoded struct {
	Objects   int // in the targets
	Dropped   int // without area once clipped to the input, or not learnt from
	Truncated int // beyond the room for objects
}
