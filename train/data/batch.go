package data

import (
	"sync"
	"sync/atomic"
)

// Batch is N images and their targets, N ≤ B. The slices belong to the loader:
// they are valid until the next batch is asked for.
type Batch struct {
	N          int
	Indices    []int         // N, positions in Set.Items
	ImageIDs   []int64       // N, as in the annotations
	Replaced   []bool        // N, whether the image stands in for a bad one
	Input      Size          // of the images
	Images     []float32     // N×3×H×W, RGB, normalised
	Targets    Targets       // of the detector; nil without an encoder
	Counts     []int32       // N×C, n_{i,k} as the encoder counts; nil without one
	Transforms []Transform   // N, source pixels → input pixels
	Encoded    []Encoded     // N, what became of each image's boxes
	pending    atomic.Int32  // images not filled yet
	done       chan struct{} // gets one value when pending reaches 0
	mu         sync.Mutex    // guards err, errAt
	err        error         // of the image errAt, the first in the batch
	errAt      int
}

func newBatch(size Size, classes, images int, encoder Encoder) *Batch {
	b := &Batch{
		Input:      size,
		Indices:    make([]int, images),
		ImageIDs:   make([]int64, images),
		Replaced:   make([]bool, images),
		Images:     make([]float32, images*3*size.Width*size.Height),
		Transforms: make([]Transform, images),
		Encoded:    make([]Encoded, images),
	}
	if encoder != nil {
		b.Targets, b.Counts = encoder.NewTargets(), make([]int32, images*classes)
		b.Targets.Resize(images, size)
	}
	return b
}

// resize makes b hold n images of the at most B that it was made for.
func (b *Batch) resize(n int) {
	whole := cap(b.Indices)
	b.N = n
	b.Indices = b.Indices[:n]
	b.ImageIDs = b.ImageIDs[:n]
	b.Replaced = b.Replaced[:n]
	b.Images = share(b.Images, n, whole)
	b.Transforms = b.Transforms[:n]
	b.Encoded = b.Encoded[:n]
	if b.Targets != nil {
		b.Targets.Resize(n, b.Input)
		b.Counts = share(b.Counts, n, whole)
	}
}

// share returns the part of a slice made for whole images that n images take.
func share[T any](s []T, n, whole int) []T {
	return s[:cap(s)/whole*n]
}
