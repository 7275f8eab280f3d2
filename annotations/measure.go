package annotations

import (
	"iter"
	"math"
	"slices"
)

// measure is what the statistics of sizes and boxes take of an annotation.
type measure struct {
	box   [4]float64
	area  float64 // NaN: neither area nor box
	image int32   // row
	class int32   // row or index; its complement for a crowd
	mention
}

// sizeArea returns the area by which an annotation is small, medium or large,
// NaN if it has neither area nor box.
func (a *Annotation) sizeArea() float64 {
	if a.Has&(FieldArea|FieldBBox) == 0 {
		return math.NaN()
	}
	return a.Area
}

// hasExtent reports whether the box has an area.
func (m *measure) hasExtent() bool { return m.box[2] > 0 && m.box[3] > 0 }

// leaves reports whether a box that has an area lies outside the frame in part.
func (m *measure) leaves(f frame) bool {
	x, y, w, h := m.box[0], m.box[1], m.box[2], m.box[3]
	return m.hasExtent() && (x < -Overhang || y < -Overhang ||
		f.width > 0 && x+w > float64(f.width)+Overhang || f.height > 0 && y+h > float64(f.height)+Overhang)
}

// boxStats are the statistics of sizes and boxes by class.
type boxStats struct {
	classes []classStats // without crowds
	crowds  map[int32]*classStats
	grid    pairTable // cells of a BoxGrid in place of images
}

// classStats are those of a class. Boxes are collected before they are
// entered, so that the bins of one class at a time are in the cache.
type classStats struct {
	sizes SizeCounts
	fresh []extent
	boxes *BoxSummary // nil while all boxes are fresh
}

type extent struct{ width, height float64 }

const maxFresh = 64

// enter moves the fresh boxes of a class to its summary and the grid.
func (b *boxStats) enter(s *classStats, class int32, crowd bool) {
	if s.boxes == nil {
		s.boxes = new(BoxSummary)
	}
	for _, e := range s.fresh {
		s.boxes.add(e.width, e.height)
		b.grid.add(int32(gridCell(e.height)*GridSize+gridCell(e.width)), class, crowd)
	}
	s.fresh = s.fresh[:0]
}

// enterAll leaves no box fresh.
func (b *boxStats) enterAll() {
	for class := range b.classes {
		if s := &b.classes[class]; len(s.fresh) > 0 {
			b.enter(s, int32(class), false)
		}
	}
	for class, s := range b.crowds {
		b.enter(s, class, true)
	}
}

// grow makes room for n classes.
func (b *boxStats) grow(n int) {
	b.classes = append(b.classes, make([]classStats, n-len(b.classes))...)
}

// crowd returns the statistics of a class's crowds.
func (b *boxStats) crowd(class int32) *classStats {
	s := b.crowds[class]
	if s == nil {
		if b.crowds == nil {
			b.crowds = map[int32]*classStats{}
		}
		s = new(classStats)
		b.crowds[class] = s
	}
	return s
}

// add counts an annotation.
func (b *boxStats) add(m *measure) {
	class, crowd := m.class, m.class < 0
	var s *classStats
	if crowd {
		class = ^class
		s = b.crowd(class)
	} else {
		s = &b.classes[class]
	}
	if !math.IsNaN(m.area) {
		s.sizes.add(m.area)
	}
	if m.hasExtent() {
		if s.fresh = append(s.fresh, extent{m.box[2], m.box[3]}); len(s.fresh) == maxFresh {
			b.enter(s, class, crowd)
		}
	}
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
