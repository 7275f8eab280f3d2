package fcos

import (
	"fmt"
	"math"
	"slices"
)

// Box is one object: its channel in 0…C−1, its left and top edge, width and
// height in pixels of the input.
type Box struct {
	Class      int
	X, Y, W, H float64
}

// Background is the label of cells that belong to no object.
const Background = -1

// Target is where the encoder writes. The caller owns the slices, and may give
// parts of those of a batch; their old content does not matter.
type Target struct {
	Labels     []int32   // A, channel or Background
	Distances  []float32 // 4×A, l, t, r, b in pixels; 0 at the background
	Centreness []float32 // A, 0 at the background
	Objects    []int32   // C, objects of each class, n_{i,k}
	Positives  []int32   // C, cells of each class
}

// Result says what became of the boxes of an image.
type Result struct {
	Objects   int // once clipped to the input
	Dropped   int // without area once clipped to the input
	Unmatched int // of the objects, those that have no cell
	Positives int // cells that have an object
}

// Options are the settings of an [Encoder].
type Options struct {
	Classes int    // C, at least 1
	Ranges  Ranges // the zero value means PublishedRanges
	// Radius of centre sampling, in strides: only points less than Radius·s away
	// from the centre of a box, in both directions, can be positive for it. 0
	// means all points inside, as published; the authors' improved settings have
	// 1.5 (get_sample_region in fcos_core/modeling/rpn/fcos/loss.py).
	Radius float64
}

// Validate says whether the settings make sense.
func (o Options) Validate() error {
	switch {
	case o.Classes < 1:
		return fmt.Errorf("fcos: %d classes, want at least 1", o.Classes)
	case !(o.Radius >= 0):
		return fmt.Errorf("fcos: radius %g of centre sampling: want at least 0", o.Radius)
	case o.Ranges == Ranges{}:
		return nil
	}
	return o.Ranges.Validate()
}

// Encoder builds targets. It keeps its working memory; one goroutine uses it at
// a time.
type Encoder struct {
	opt     Options
	objects []object
	owner   []int32 // A, index in objects or Background
}

// object is a box clipped to the input.
type object struct {
	class          int
	x0, y0, x1, y1 float64
	area           float64
	order          int // among the boxes of the image
	cells          int // that it has
}

// NewEncoder returns an encoder for inputs of any size.
func NewEncoder(o Options) (*Encoder, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Ranges == (Ranges{}) {
		o.Ranges = PublishedRanges
	}
	return &Encoder{opt: o}, nil
}

// Encode writes the target of an image with the given boxes, in pixels of the
// input whose grid is g. Boxes are clipped to the input and dropped if nothing is
// left.
//
// It panics if a slice has the wrong length or a class is out of range.
func (e *Encoder) Encode(g Grid, boxes []Box, t Target) Result {
	e.check(g, t)
	clear(t.Objects)
	clear(t.Positives)
	var res Result
	e.objects = e.objects[:0]
	for i, b := range boxes {
		o := object{
			class: b.Class, order: i,
			x0: clip(b.X, g.Width), x1: clip(b.X+b.W, g.Width),
			y0: clip(b.Y, g.Height), y1: clip(b.Y+b.H, g.Height),
		}
		w, h := o.x1-o.x0, o.y1-o.y0
		if !(w > 0 && h > 0) {
			res.Dropped++
			continue
		}
		o.area = w * h
		t.Objects[b.Class]++
		e.objects = append(e.objects, o)
	}
	res.Objects = len(e.objects)
	e.assign(g)
	e.write(g, t)
	for _, o := range e.objects {
		res.Positives += o.cells
		t.Positives[o.class] += int32(o.cells)
		if o.cells == 0 {
			res.Unmatched++
		}
	}
	return res
}

// clip brings a coordinate into [0, side].
func clip(v float64, side int) float64 { return min(max(v, 0), float64(side)) }

// assign gives every cell its object. Objects are painted over each other, the
// one with the smallest area, and of equal ones the first, at last.
func (e *Encoder) assign(g Grid) {
	slices.SortFunc(e.objects, func(a, b object) int {
		switch {
		case a.area > b.area || a.area == b.area && a.order > b.order:
			return -1
		}
		return 1
	})
	if cap(e.owner) < g.Cells {
		e.owner = make([]int32, g.Cells)
	}
	e.owner = e.owner[:g.Cells]
	for i := range e.owner {
		e.owner[i] = Background
	}
	for i := range e.objects {
		o := &e.objects[i]
		for l, level := range g.Levels {
			least, most := e.opt.Ranges.of(l)
			// Inside, the largest distance is at least half the longer side and
			// less than the longer side.
			side := max(o.x1-o.x0, o.y1-o.y0)
			if side > least && side <= 2*most {
				e.paint(level, int32(i), o, least, most)
			}
		}
	}
}

// paint gives an object all cells of a level that are positive for it.
func (e *Encoder) paint(level Level, index int32, o *object, least, most float64) {
	left, right := e.inside(level, o.x0, o.x1, level.W)
	top, bottom := e.inside(level, o.y0, o.y1, level.H)
	for row := top; row < bottom; row++ {
		y := level.point(row)
		vertical := max(y-o.y0, o.y1-y)
		if vertical > most {
			continue
		}
		cells := e.owner[level.First+row*level.W:][:level.W]
		for column := left; column < right; column++ {
			x := level.point(column)
			if d := max(vertical, x-o.x0, o.x1-x); d >= least && d <= most {
				cells[column] = index
			}
		}
	}
}

// inside returns the range of the columns (or rows) of a level whose points lie
// strictly between the edges from and to of a box and, with centre sampling, near
// enough to its centre.
func (e *Encoder) inside(level Level, from, to float64, cells int) (first, end int) {
	s := float64(level.Stride)
	if r := e.opt.Radius * s; r > 0 {
		centre := (from + to) / 2
		from, to = max(from, centre-r), min(to, centre+r)
	}
	half := level.point(0)
	first = max(int(math.Floor((from-half)/s))+1, 0)
	end = min(int(math.Ceil((to-half)/s)), cells)
	return first, end
}

// write fills in labels, distances and centre-ness from the cells' owners, and
// counts each object's cells.
func (e *Encoder) write(g Grid, t Target) {
	clear(t.Distances)
	clear(t.Centreness)
	a := g.Cells
	for _, level := range g.Levels {
		for i := range level.Cells() {
			cell := level.First + i
			t.Labels[cell] = Background
			if e.owner[cell] == Background {
				continue
			}
			o := &e.objects[e.owner[cell]]
			o.cells++
			x, y := level.point(i%level.W), level.point(i/level.W)
			l, top, r, b := x-o.x0, y-o.y0, o.x1-x, o.y1-y
			t.Labels[cell] = int32(o.class)
			t.Distances[cell], t.Distances[a+cell] = float32(l), float32(top)
			t.Distances[2*a+cell], t.Distances[3*a+cell] = float32(r), float32(b)
			t.Centreness[cell] = float32(math.Sqrt(min(l, r) / max(l, r) * min(top, b) / max(top, b)))
		}
	}
}

func (e *Encoder) check(g Grid, t Target) {
	if len(t.Labels) != g.Cells || len(t.Distances) != 4*g.Cells || len(t.Centreness) != g.Cells ||
		len(t.Objects) != e.opt.Classes || len(t.Positives) != e.opt.Classes {
		panic(fmt.Sprintf("fcos: slices of %d, %d, %d, %d, %d values do not hold the %d cells of %d×%d pixels and %d classes",
			len(t.Labels), len(t.Distances), len(t.Centreness), len(t.Objects), len(t.Positives),
			g.Cells, g.Width, g.Height, e.opt.Classes))
	}
}
