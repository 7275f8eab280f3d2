package centernet

import (
	"fmt"
	"math"

	"cocostat/train/data"
	"cocostat/train/internal/buffer"
)

const (
	// Stride is the side, in input pixels, of an output cell.
	Stride = 4
	// MaxObjects is the default number of objects of one image, M.
	MaxObjects = 128
)

// Targets are what a batch of N images is learnt from. The maps have H×W cells,
// a [Stride]th of the input's sides.
type Targets struct {
	Heatmap []float32 // N×C×H×W
	Index   []int64   // N×M, cy·W + cx; 0 where Mask is 0
	Size    []float32 // N×M×2, width and height in cells
	Offset  []float32 // N×M×2, x and y, in cells
	Mask    []float32 // N×M, 1 for a slot that holds an object, else 0

	classes, slots, images int
	columns, rows          int // W and H
}

// Resize makes room for n images, for inputs whose sides are multiples of
// [Stride].
func (t *Targets) Resize(n int, size data.Size) {
	t.images, t.columns, t.rows = n, size.Width/Stride, size.Height/Stride
	t.Heatmap = buffer.Resized(t.Heatmap, n*t.classes*t.rows*t.columns)
	t.Index = buffer.Resized(t.Index, n*t.slots)
	t.Size, t.Offset = buffer.Resized(t.Size, 2*n*t.slots), buffer.Resized(t.Offset, 2*n*t.slots)
	t.Mask = buffer.Resized(t.Mask, n*t.slots)
}

// Encoder builds targets for a number of classes. It keeps the Gaussians that it
// has computed; one goroutine uses it at a time.
type Encoder struct {
	classes, slots int
	mode           RadiusMode
	profiles       [][]float64 // by radius: exp(-d²/(2σ²)), d = 0…r
}

// NewEncoder returns an encoder for C classes and slots objects per image.
func NewEncoder(classes, slots int, mode RadiusMode) (*Encoder, error) {
	switch {
	case classes < 1:
		return nil, fmt.Errorf("centernet: %d classes, want at least 1", classes)
	case slots < 1:
		return nil, fmt.Errorf("centernet: %d object slots, want at least 1", slots)
	case mode != Compat && mode != Corrected:
		return nil, fmt.Errorf("centernet: unknown radius mode %v", mode)
	}
	return &Encoder{classes: classes, slots: slots, mode: mode}, nil
}

// Clone returns an encoder with the same settings.
func (e *Encoder) Clone() data.Encoder {
	return &Encoder{classes: e.classes, slots: e.slots, mode: e.mode}
}

// NewTargets returns targets, *[Targets], of no image yet.
func (e *Encoder) NewTargets() data.Targets { return &Targets{classes: e.classes, slots: e.slots} }

// place is where the target of one image is written.
type place struct {
	heatmap       []float32
	index         []int64
	size, offset  []float32
	mask          []float32
	counts        []int32
	columns, rows int
}

func (t *Targets) place(pos int, counts []int32) place {
	return place{
		heatmap: buffer.Part(t.Heatmap, pos, t.images), index: buffer.Part(t.Index, pos, t.images), size: buffer.Part(t.Size, pos, t.images),
		offset: buffer.Part(t.Offset, pos, t.images), mask: buffer.Part(t.Mask, pos, t.images), counts: counts, columns: t.columns, rows: t.rows,
	}
}

// Encode writes the target of image pos with the given boxes, in pixels of the
// input. Boxes are clipped to the input and dropped if nothing is left; of the
// others the first M are used, in the order given, crowd regions too (CenterNet's
// src/lib/datasets/sample/ctdet.py takes the first 128 annotations, and so loses
// slots to those that the crop removed; it clips to H−1 and W−1 cells). Two
// objects in one cell keep a slot each. counts receives the objects of each class
// that the slots hold, n_{i,k}.
//
// It panics if a class is out of range, or t is not of this encoder's kind.
func (e *Encoder) Encode(t data.Targets, pos int, boxes []data.Box, counts []int32) data.Encoded {
	p := t.(*Targets).place(pos, counts)
	clear(p.heatmap)
	clear(p.index)
	clear(p.size)
	clear(p.offset)
	clear(p.mask)
	clear(p.counts)
	var res data.Encoded
	for _, b := range boxes {
		x0, x1 := clip(b.X, p.columns), clip(b.X+b.W, p.columns)
		y0, y1 := clip(b.Y, p.rows), clip(b.Y+b.H, p.rows)
		w, h := x1-x0, y1-y0
		switch {
		case !(w > 0 && h > 0):
			res.Dropped++
		case res.Objects == e.slots:
			res.Truncated++
		default:
			e.put(p, res.Objects, b.Class, (x0+x1)/2, (y0+y1)/2, w, h)
			res.Objects++
		}
	}
	return res
}

// clip converts a coordinate from pixels to cells, and into [0, cells].
func clip(v float64, cells int) float64 {
	return min(max(v/Stride, 0), float64(cells))
}

// put writes an object with centre (cx, cy) and size w×h, all in cells.
func (e *Encoder) put(p place, slot, class int, cx, cy, w, h float64) {
	ix, iy := min(int(cx), p.columns-1), min(int(cy), p.rows-1)
	radius := int(max(0, GaussianRadius(math.Ceil(h), math.Ceil(w), MinOverlap, e.mode)))
	e.draw(buffer.Part(p.heatmap, class, e.classes), p.columns, ix, iy, radius)
	p.index[slot] = int64(iy*p.columns + ix)
	p.size[2*slot], p.size[2*slot+1] = float32(w), float32(h)
	p.offset[2*slot], p.offset[2*slot+1] = float32(cx-float64(ix)), float32(cy-float64(iy))
	p.mask[slot] = 1
	p.counts[class]++
}

// draw raises plane to a Gaussian with its peak of 1 at (ix, iy); where
// Gaussians meet, the larger value stays.
func (e *Encoder) draw(plane []float32, columns, ix, iy, radius int) {
	g := e.profile(radius)
	left, right := max(ix-radius, 0), min(ix+radius, columns-1)
	for y := max(iy-radius, 0); y <= min(iy+radius, len(plane)/columns-1); y++ {
		gy := g[abs(y-iy)]
		row := plane[y*columns:][:columns]
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

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}
