package annotations

import (
	"iter"
	"math"
	"slices"
)

// measure is what the statistics of sizes and boxes take of an annotation, if
// that has to wait.
type measure struct {
	box   [4]float64
	area  float64 // NaN: neither area nor box
	image int32   // row
	class int32   // row
	mention
	crowd bool
}

// sizeArea returns the area by which an annotation is small, medium or large,
// NaN if it has neither area nor box.
func (a *Annotation) sizeArea() float64 {
	if a.Has&(FieldArea|FieldBBox) == 0 {
		return math.NaN()
	}
	return a.Area
}

// leaves reports whether a box that has an area lies outside the frame in part.
func leaves(box *[4]float64, f frame) bool {
	x, y, w, h := box[0], box[1], box[2], box[3]
	return w > 0 && h > 0 && (x < -Overhang || y < -Overhang ||
		f.width > 0 && x+w > float64(f.width)+Overhang || f.height > 0 && y+h > float64(f.height)+Overhang)
}

// boxStats are the statistics of sizes and boxes by class. Boxes are collected
// first and entered class by class, so that the bins of one class at a time are
// in the cache.
type boxStats struct {
	sizes   [][3]int64    // small, medium, large
	boxes   []*BoxSummary // nil where there are none
	cells   []*cells      // nil where boxes keeps them one by one, in few
	fresh   []freshBoxes
	aspects []float64 // scratch
}

// cells are the boxes of a class by width and height.
type cells [GridSize][GridSize]uint32

func (c *cells) add(widths, heights []float64) {
	for i, width := range widths {
		c[gridCell(heights[i])][gridCell(width)]++
	}
}

// freshBoxes are the boxes of a class that are not entered yet.
type freshBoxes struct{ widths, heights []float64 }

const maxFresh = 512

// grow makes room for n classes.
func (b *boxStats) grow(n int) {
	if more := n - len(b.sizes); more > 0 {
		b.sizes = append(b.sizes, make([][3]int64, more)...)
		b.boxes = append(b.boxes, make([]*BoxSummary, more)...)
		b.cells = append(b.cells, make([]*cells, more)...)
		b.fresh = append(b.fresh, make([]freshBoxes, more)...)
	}
}

// add counts an annotation of a class. Its area may be NaN.
func (b *boxStats) add(class int32, area, width, height float64) {
	if int(class) >= len(b.sizes) {
		b.grow(int(class) + 1)
	}
	if area == area { // not NaN
		b.sizes[class][atLeast(area, SmallArea)+atLeast(area, MediumArea)]++
	}
	if !(width > 0 && height > 0) {
		return
	}
	f := &b.fresh[class]
	f.widths, f.heights = append(f.widths, width), append(f.heights, height)
	if len(f.widths) == maxFresh {
		b.enterClass(class)
	}
}

// atLeast returns 1 if v is at least limit, else 0, without a branch.
func atLeast(v, limit float64) (n int) {
	if v >= limit {
		n = 1
	}
	return n
}

// enter moves the fresh boxes to the summaries and cells.
func (b *boxStats) enter() {
	for class := range b.fresh {
		if len(b.fresh[class].widths) > 0 {
			b.enterClass(int32(class))
		}
	}
}

// compact frees what is not needed once all boxes are entered.
func (b *boxStats) compact() { b.fresh, b.aspects = make([]freshBoxes, len(b.sizes)), nil }

// enterClass is enter for one class.
func (b *boxStats) enterClass(class int32) {
	f, boxes := &b.fresh[class], b.boxes[class]
	if boxes == nil {
		boxes = new(BoxSummary)
		b.boxes[class] = boxes
	}
	if b.cells[class] == nil && int(boxes.Width.Count())+len(f.widths) > maxFew {
		b.cells[class] = new(cells)
		b.cells[class].add(boxes.Width.few, boxes.Height.few)
	}
	if c := b.cells[class]; c != nil {
		c.add(f.widths, f.heights)
	}
	b.aspects = b.aspects[:0]
	for i, width := range f.widths {
		b.aspects = append(b.aspects, width/f.heights[i])
	}
	boxes.Width.addAll(f.widths)
	boxes.Height.addAll(f.heights)
	boxes.Aspect.addAll(b.aspects)
	f.widths, f.heights = f.widths[:0], f.heights[:0]
}

// pendingList holds annotations whose image is not listed yet, in chunks so
// that it grows without being copied.
type pendingList struct{ chunks [][]measure }

func (l *pendingList) add(m measure) {
	const chunk = 1024
	last := len(l.chunks) - 1
	if last < 0 || len(l.chunks[last]) == chunk {
		l.chunks = append(l.chunks, make([]measure, 0, chunk))
		last++
	}
	l.chunks[last] = append(l.chunks[last], m)
}

// all yields the annotations.
func (l *pendingList) all() iter.Seq[measure] {
	return func(yield func(measure) bool) {
		for _, chunk := range l.chunks {
			for _, m := range chunk {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// remove drops the annotations that are done.
func (l *pendingList) remove(done func(measure) bool) {
	for i, chunk := range l.chunks {
		l.chunks[i] = slices.DeleteFunc(chunk, done)
	}
	l.chunks = slices.DeleteFunc(l.chunks, func(chunk []measure) bool { return len(chunk) == 0 })
}
