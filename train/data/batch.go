package data

import (
	"sync"
	"sync/atomic"

	"cocostat/train/target"
)

// Batch is N images and their targets, N ≤ B. The slices belong to the loader:
// they are valid until the next batch is asked for.
type Batch struct {
	N          int
	Indices    []int           // N, positions in Set.Items
	ImageIDs   []int64         // N, as in the annotations
	Replaced   []bool          // N, whether the image stands in for a bad one
	Images     []float32       // N×3×S×S, RGB, normalised
	Heatmap    []float32       // N×C×H×W
	Index      []int64         // N×M, cy·W + cx
	Size       []float32       // N×M×2, cells
	Offset     []float32       // N×M×2, cells
	Mask       []float32       // N×M
	Objects    []int32         // N×C, n_{i,k}
	Transforms []Transform     // N, source pixels → input pixels
	Results    []target.Result // N, what became of each image's boxes
	pending    atomic.Int32    // images not filled yet
	done       chan struct{}   // gets one value when pending reaches 0
	mu         sync.Mutex      // guards err, errAt
	err        error           // of the image errAt, the first in the batch
	errAt      int
}

func newBatch(size, cells, classes, slots, images int) *Batch {
	return &Batch{
		Indices:    make([]int, images),
		ImageIDs:   make([]int64, images),
		Replaced:   make([]bool, images),
		Images:     make([]float32, images*3*size*size),
		Heatmap:    make([]float32, images*classes*cells*cells),
		Index:      make([]int64, images*slots),
		Size:       make([]float32, images*slots*2),
		Offset:     make([]float32, images*slots*2),
		Mask:       make([]float32, images*slots),
		Objects:    make([]int32, images*classes),
		Transforms: make([]Transform, images),
		Results:    make([]target.Result, images),
	}
}

// resize makes b hold n images of the at most B that it was made for.
func (b *Batch) resize(n int) {
	whole := cap(b.Indices)
	b.N = n
	b.Indices = b.Indices[:n]
	b.ImageIDs = b.ImageIDs[:n]
	b.Replaced = b.Replaced[:n]
	b.Images = share(b.Images, n, whole)
	b.Heatmap = share(b.Heatmap, n, whole)
	b.Index = share(b.Index, n, whole)
	b.Size = share(b.Size, n, whole)
	b.Offset = share(b.Offset, n, whole)
	b.Mask = share(b.Mask, n, whole)
	b.Objects = share(b.Objects, n, whole)
	b.Transforms = b.Transforms[:n]
	b.Results = b.Results[:n]
}

// share returns the part of a slice made for whole images that n images take.
func share[T any](s []T, n, whole int) []T {
	return s[:cap(s)/whole*n]
}
