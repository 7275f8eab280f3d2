package fcos

import (
	"fmt"
	"math"
	"slices"

	"cocostat/train/data"
	"cocostat/train/internal/buffer"
)

// Background is the label of cells that belong to no object.
const Background = -1

// Targets are what a batch of N images is learnt from. All images have the
// cells of one grid.
type Targets struct {
	Labels    []int32   // N×A, channel or Background
	Distances []float32 // N×A×4, l, t, r, b in pixels; 0 at the background

	images int
	grid   Grid
}

// Resize makes room for n images. It panics if a side of the input is no
// positive multiple of [Multiple].
func (t *Targets) Resize(n int, size data.Size) {
	if t.grid.Width != size.Width || t.grid.Height != size.Height {
		g, err := NewGrid(size.Width, size.Height)
		if err != nil {
			panic(err.Error())
		}
		t.grid = g
	}
	t.images = n
	t.Labels = buffer.Resized(t.Labels, n*t.grid.Cells)
	t.Distances = buffer.Resized(t.Distances, 4*n*t.grid.Cells)
}

// Encoder builds targets. It keeps its working memory; one goroutine uses it at
// a time.
type Encoder struct {
	classes int
	config  Config
	objects []object
	owner   []int32 // A, index in objects or Background
}

// object is a box clipped to the input.
type object struct {
	class          int
	x0, y0, x1, y1 float64
	area           float64
	order          int // among the boxes of the image
}

// NewEncoder returns an encoder for C classes and inputs of any size, with the
// target rule of a configuration.
func NewEncoder(classes int, c Config) (*Encoder, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if classes < 1 {
		return nil, fmt.Errorf("fcos: %d classes, want at least 1", classes)
	}
	return &Encoder{classes: classes, config: c}, nil
}

// Clone returns an encoder with the same settings.
func (e *Encoder) Clone() data.Encoder { return &Encoder{classes: e.classes, config: e.config} }

// NewTargets returns targets, *[Targets], of no image yet.
func (e *Encoder) NewTargets() data.Targets { return &Targets{} }

// Encode writes the target of image pos with the given boxes, in pixels of the
// input. Boxes are clipped to the input and dropped if nothing is left, and so
// are crowd regions, as by the authors (fcos_core/data/datasets/coco.py). counts
// receives n_{i,k}: the objects of each class or, if the configuration says so,
// its cells.
//
// It panics if a class is out of range, or t is not of this encoder's kind.
func (e *Encoder) Encode(t data.Targets, pos int, boxes []data.Box, counts []int32) data.Encoded {
	targets := t.(*Targets)
	g := targets.grid
	clear(counts)
	var res data.Encoded
	e.objects = e.objects[:0]
	for i, b := range boxes {
		o := object{
			class: b.Class, order: i,
			x0: clip(b.X, g.Width), x1: clip(b.X+b.W, g.Width),
			y0: clip(b.Y, g.Height), y1: clip(b.Y+b.H, g.Height),
		}
		w, h := o.x1-o.x0, o.y1-o.y0
		if b.Crowd || !(w > 0 && h > 0) {
			res.Dropped++
			continue
		}
		o.area = w * h
		if e.config.Count != CountCells {
			counts[b.Class]++
		}
		e.objects = append(e.objects, o)
	}
	res.Objects = len(e.objects)
	e.assign(g)
	e.write(targets, pos, counts)
	return res
}

// clip brings a coordinate into [0, side].
func clip(v float64, side int) float64 { return min(max(v, 0), float64(side)) }

// assign gives every cell its object. Objects are painted over each other, the
// one with the smallest area, and of equal ones the first, at last.
func (e *Encoder) assign(g Grid) {
	slices.SortFunc(e.objects, func(a, b object) int {
		if a.area > b.area || a.area == b.area && a.order > b.order {
			return -1
		}
		return 1
	})
	e.owner = buffer.Resized(e.owner, g.Cells)
	for i := range e.owner {
		e.owner[i] = Background
	}
	for i, o := range e.objects {
		// Inside, the largest distance is at least half the longer side, and less
		// than it.
		side := max(o.x1-o.x0, o.y1-o.y0)
		for l, level := range g.Levels {
			if least, most := e.config.Ranges.of(l); side > least && side <= 2*most {
				e.paint(level, int32(i), o, least, most)
			}
		}
	}
}

// paint gives an object all cells of a level that are positive for it.
func (e *Encoder) paint(level Level, index int32, o object, least, most float64) {
	left, right := e.inside(level, o.x0, o.x1, level.W)
	top, bottom := e.inside(level, o.y0, o.y1, level.H)
	for row := top; row < bottom; row++ {
		y := level.point(row)
		vertical := max(y-o.y0, o.y1-y)
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
	if r := e.config.Radius * s; r > 0 {
		centre := (from + to) / 2
		from, to = max(from, centre-r), min(to, centre+r)
	}
	half := level.point(0)
	first = max(int(math.Floor((from-half)/s))+1, 0)
	end = min(int(math.Ceil((to-half)/s)), cells)
	return first, end
}

// write fills in labels and distances of image pos from the cells' owners, and
// counts cells if they count.
func (e *Encoder) write(t *Targets, pos int, counts []int32) {
	labels, distances := buffer.Part(t.Labels, pos, t.images), buffer.Part(t.Distances, pos, t.images)
	clear(distances)
	for _, level := range t.grid.Levels {
		for i := range level.Cells() {
			cell := level.First + i
			labels[cell] = Background
			if e.owner[cell] == Background {
				continue
			}
			o := e.objects[e.owner[cell]]
			labels[cell] = int32(o.class)
			x, y := level.point(i%level.W), level.point(i/level.W)
			d := distances[4*cell:][:4]
			d[0], d[1], d[2], d[3] = float32(x-o.x0), float32(y-o.y0), float32(o.x1-x), float32(o.y1-y)
			if e.config.Count == CountCells {
				counts[o.class]++
			}
		}
	}
}
