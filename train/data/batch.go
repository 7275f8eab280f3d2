package data

import (
	"sync"
	"sync/atomic"

	"cocostat/train/internal/buffer"
)

// Batch is N images and their targets, N ≤ B. The slices belong to the loader:
// they are valid until the next batch is asked for.
//
// In training the batches are those of the epoch's order, one after the other,
// and so they are in evaluation with a [Square]. Otherwise only images of the
// same input size share a batch, so that what a network finds does not depend on
// B. They come nearly in order; [InOrder] puts results back into it.
type Batch struct {
	N          int
	Places     []int         // N, places in the epoch's order; each comes once
	Indices    []int         // N, positions in Set.Items
	ImageIDs   []int64       // N, as in the annotations
	Replaced   []bool        // N, whether the image stands in for a bad one
	Sizes      []Size        // N, of the images, upright, in source pixels
	Input      Size          // W×H, of the inputs
	Images     []float32     // N×H×W×3, RGB, normalised
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

// newBatch returns a batch for up to a number of images, without inputs yet.
func newBatch(images, classes int, encoder Encoder) *Batch {
	b := &Batch{
		Places:     make([]int, images),
		Indices:    make([]int, images),
		ImageIDs:   make([]int64, images),
		Replaced:   make([]bool, images),
		Sizes:      make([]Size, images),
		Transforms: make([]Transform, images),
		Encoded:    make([]Encoded, images),
	}
	if encoder != nil {
		b.Targets, b.Counts = encoder.NewTargets(), make([]int32, images*classes)
	}
	return b
}

// resize makes b hold n images of the at most B that it was made for. What is
// too small for them grows.
func (b *Batch) resize(n int, input Size) {
	whole := cap(b.Indices)
	b.N, b.Input = n, input
	b.Places = b.Places[:n]
	b.Indices = b.Indices[:n]
	b.ImageIDs = b.ImageIDs[:n]
	b.Replaced = b.Replaced[:n]
	b.Sizes = b.Sizes[:n]
	b.Images = buffer.Resized(b.Images, n*3*input.Width*input.Height)
	b.Transforms = b.Transforms[:n]
	b.Encoded = b.Encoded[:n]
	if b.Targets != nil {
		b.Targets.Resize(n, input)
		b.Counts = share(b.Counts, n, whole)
	}
}

// share returns the part of a slice made for whole images that n images take.
func share[T any](s []T, n, whole int) []T {
	return s[:cap(s)/whole*n]
}
