package target

import (
	"fmt"
	"math"
)

const (
	// Stride is the side, in input pixels, of an output cell.
	Stride = 4
	// MaxObjects is the default number of objects of one image, M.
	MaxObjects = 128
)

// Box is one object: its channel in 0…C−1, its left and top edge, width and
// height in pixels.
type Box struct {
	Class      int
	X, Y, W, H float64
}

// Target is where the encoder writes. The caller owns the slices, and may give
// parts of those of a batch; their old content does not matter.
type Target struct {
	Heatmap []float32 // C×H×W
	Index   []int64   // M, cy·W + cx; 0 where Mask is 0
	Size    []float32 // M×2, width and height in cells
	Offset  []float32 // M×2, x and y, in cells
	Mask    []float32 // M, 1 for a slot that holds an object, else 0
	Objects []int32   // C, objects of each class that the slots hold, n_{i,k}
}

// Result says what became of the boxes of an image.
type Result struct {
	Objects   int // in the target
	Dropped   int // without area once clipped to the input
	Truncated int // beyond the slots
}

// Encoder builds targets for inputs of one side and number of classes. It
// keeps the Gaussians that it has computed; one goroutine uses it at a time.
type Encoder struct {
	classes, cells, slots int
	mode                  RadiusMode
	profiles              [][]float64 // by radius: exp(-d²/(2σ²)), d = 0…r
}

// NewEncoder returns an encoder for C classes, inputs of size×size pixels and
// slots objects per image.
func NewEncoder(classes, size, slots int, mode RadiusMode) (*Encoder, error) {
	switch {
	case classes < 1:
		return nil, fmt.Errorf("target: %d classes, want at least 1", classes)
	case size < Stride || size%Stride != 0:
		return nil, fmt.Errorf("target: input size %d is not a positive multiple of %d", size, Stride)
	case slots < 1:
		return nil, fmt.Errorf("target: %d object slots, want at least 1", slots)
	case mode != Compat && mode != Corrected:
		return nil, fmt.Errorf("target: unknown radius mode %v", mode)
	}
	return &Encoder{classes: classes, cells: size / Stride, slots: slots, mode: mode}, nil
}

// Encode writes the target of an image with the given boxes, in pixels of the
// input. Boxes are clipped to the input and dropped if nothing is left; of the
// others the first M are used, in the order given (CenterNet's
// src/lib/datasets/sample/ctdet.py takes the first 128 annotations, and so loses
// slots to those that the crop removed; it clips to H−1 and W−1 cells). Two objects in one cell keep a slot each.
//
// It panics if a slice has the wrong length or a class is out of range.
func (e *Encoder) Encode(boxes []Box, t Target) Result {
	e.check(t)
	clear(t.Heatmap)
	clear(t.Index)
	clear(t.Size)
	clear(t.Offset)
	clear(t.Mask)
	clear(t.Objects)
	var res Result
	for _, b := range boxes {
		x0, x1 := e.clip(b.X), e.clip(b.X+b.W)
		y0, y1 := e.clip(b.Y), e.clip(b.Y+b.H)
		w, h := x1-x0, y1-y0
		switch {
		case !(w > 0 && h > 0):
			res.Dropped++
		case res.Objects == e.slots:
			res.Truncated++
		default:
			e.put(t, res.Objects, b.Class, (x0+x1)/2, (y0+y1)/2, w, h)
			res.Objects++
		}
	}
	return res
}

// clip converts a coordinate from pixels to cells, and into [0, W].
func (e *Encoder) clip(v float64) float64 {
	return min(max(v/Stride, 0), float64(e.cells))
}

// put writes an object with centre (cx, cy) and size w×h, all in cells.
func (e *Encoder) put(t Target, slot, class int, cx, cy, w, h float64) {
	ix, iy := min(int(cx), e.cells-1), min(int(cy), e.cells-1)
	radius := int(max(0, GaussianRadius(math.Ceil(h), math.Ceil(w), MinOverlap, e.mode)))
	plane := t.Heatmap[class*e.cells*e.cells:][:e.cells*e.cells]
	e.draw(plane, ix, iy, radius)
	t.Index[slot] = int64(iy*e.cells + ix)
	t.Size[2*slot], t.Size[2*slot+1] = float32(w), float32(h)
	t.Offset[2*slot], t.Offset[2*slot+1] = float32(cx-float64(ix)), float32(cy-float64(iy))
	t.Mask[slot] = 1
	t.Objects[class]++
}

// draw raises plane to a Gaussian with its peak of 1 at (ix, iy); where
// Gaussians meet, the larger value stays.
func (e *Encoder) draw(plane []float32, ix, iy, radius int) {
	g := e.profile(radius)
	left, right := max(ix-radius, 0), min(ix+radius, e.cells-1)
	for y := max(iy-radius, 0); y <= min(iy+radius, e.cells-1); y++ {
		gy := g[abs(y-iy)]
		row := plane[y*e.cells:][:e.cells]
		for x := left; x <= right; x++ {
			if v := float32(gy * g[abs(x-ix)]); v > row[x] {
				row[x] = v
			}
		}
	}
}

// profile returns exp(-d²/(2σ²)) for d = 0…radius, σ = (2·radius+1)/6. The
// Gaussian in two dimensions is the product of two of them.
func (e *Encoder) profile(radius int) []float64 {
	for len(e.profiles) <= radius {
		r := len(e.profiles)
		sigma := float64(2*r+1) / 6
		p := make([]float64, r+1)
		for d := range p {
			p[d] = math.Exp(-float64(d*d) / (2 * sigma * sigma))
		}
		e.profiles = append(e.profiles, p)
	}
	return e.profiles[radius]
}

func (e *Encoder) check(t Target) {
	cells := e.classes * e.cells * e.cells
	if len(t.Heatmap) != cells || len(t.Index) != e.slots || len(t.Size) != 2*e.slots ||
		len(t.Offset) != 2*e.slots || len(t.Mask) != e.slots || len(t.Objects) != e.classes {
		panic(fmt.Sprintf("target: slices of %d, %d, %d, %d, %d, %d values do not hold %d classes of %d×%d cells and %d objects",
			len(t.Heatmap), len(t.Index), len(t.Size), len(t.Offset), len(t.Mask), len(t.Objects),
			e.classes, e.cells, e.cells, e.slots))
	}
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}
