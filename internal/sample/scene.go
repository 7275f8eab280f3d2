package sample

import (
	"math"
	"math/rand/v2"
)

// Sizes and shares of the layout; sizes are fractions of the image side.
const (
	smallest    = 0.16 // longer side of an object: 20 pixels of 128
	largest     = 0.60 // 77 pixels of 128
	leastInside = 0.60 // share of an object that the image border leaves
	leastSeen   = 0.40 // share of it that border and other objects leave
	leastPixels = 8    // of an object inside the image, when it is placed
	nestling    = 0.30 // probability of a place next to an earlier object
	upright     = 0.80 // probability of a turn of at most 27 degrees
)

// object is a shape placed in an image.
type object struct {
	class   int
	centre  point
	radii   point // half of the unit frame's sides, in pixels
	angle   float64
	parts   []part // in pixels
	mask    tile   // of the whole object, seen or not
	visible int    // pixels that are at least half covered and not hidden
}

// scene is the layout of one image: what the annotations need, and what
// render paints.
type scene struct {
	side    int
	objects []object // in drawing order
	owner   []int16  // for each pixel the object seen there, −1 for none
}

// newScene places an object of each given class, the later ones on top, such
// that enough of every object stays visible.
func newScene(rng *rand.Rand, side int, kinds []class, hand []int) *scene {
	for {
		s := &scene{side: side, owner: make([]int16, side*side)}
		for i := range s.owner {
			s.owner[i] = -1
		}
		if s.placeAll(rng, kinds, hand) {
			return s
		}
	}
}

// placeAll reports whether it found a place for every object.
func (s *scene) placeAll(rng *rand.Rand, kinds []class, hand []int) bool {
	const tries = 60
	for _, c := range hand {
		diameter := float64(s.side) * smallest * math.Pow(largest/smallest, math.Pow(rng.Float64(), 0.85))
		placed := false
		for try := 0; try < tries && !placed; try++ {
			if try > tries/4 {
				diameter = max(0.93*diameter, float64(s.side)*smallest)
			}
			placed = s.place(s.propose(rng, c, kinds[c].shape, diameter))
		}
		if !placed {
			return false
		}
	}
	return true
}

// propose draws a place, a turn and an aspect ratio for an object whose longer
// side is about the diameter.
func (s *scene) propose(rng *rand.Rand, c int, sh *shape, diameter float64) object {
	o := object{class: c, angle: between(rng, -math.Pi, math.Pi)}
	if chance(rng, upright) {
		o.angle *= 0.15
	}
	stretch := math.Exp(between(rng, -1, 1) * math.Log(1.25) / 2)
	o.radii = point{diameter / 2 * stretch, diameter / 2 / stretch}
	side := float64(s.side)
	o.centre = point{between(rng, 0, side), between(rng, 0, side)}
	if n := len(s.objects); n > 0 && chance(rng, nestling) {
		near := s.objects[rng.IntN(n)]
		sin, cos := math.Sincos(between(rng, 0, 2*math.Pi))
		reach := between(rng, 0.5, 0.95) * (diameter/2 + max(near.radii.x, near.radii.y))
		o.centre = point{near.centre.x + reach*cos, near.centre.y + reach*sin}
	}
	o.parts = o.project(sh)
	return o
}

// project returns the parts of the shape in pixels.
func (o *object) project(sh *shape) []part {
	sin, cos := math.Sincos(o.angle)
	move := func(ring []point) []point {
		moved := make([]point, len(ring))
		for i, p := range ring {
			x, y := p.x*o.radii.x, p.y*o.radii.y
			moved[i] = point{o.centre.x + x*cos - y*sin, o.centre.y + x*sin + y*cos}
		}
		return moved
	}
	parts := make([]part, len(sh.parts))
	for i, p := range sh.parts {
		parts[i].outer = move(p.outer)
		for _, h := range p.holes {
			parts[i].holes = append(parts[i].holes, move(h))
		}
	}
	return parts
}

// local returns the coordinates of an image point in the object's unit frame.
func (o *object) local(x, y float64) (float64, float64) {
	sin, cos := math.Sincos(o.angle)
	dx, dy := x-o.centre.x, y-o.centre.y
	return (dx*cos + dy*sin) / o.radii.x, (dy*cos - dx*sin) / o.radii.y
}

// place adds the object on top and reports true, or leaves the scene as it is
// because too little of this or of an earlier object would be seen.
func (s *scene) place(o object) bool {
	if o.centre.x < 0 || o.centre.y < 0 || o.centre.x > float64(s.side) || o.centre.y > float64(s.side) {
		return false
	}
	o.mask = fill(o.parts, 0)
	hidden := make([]int, len(s.objects))
	s.eachPixel(&o, func(i int) {
		o.visible++
		if k := s.owner[i]; k >= 0 {
			hidden[k]++
		}
	})
	if o.visible < leastPixels || float64(o.visible) < leastInside*float64(o.mask.count()) {
		return false
	}
	for k, h := range hidden {
		if earlier := &s.objects[k]; h > 0 && float64(earlier.visible-h) < leastSeen*float64(earlier.mask.count()) {
			return false
		}
	}
	for k, h := range hidden {
		s.objects[k].visible -= h
	}
	s.eachPixel(&o, func(i int) { s.owner[i] = int16(len(s.objects)) })
	s.objects = append(s.objects, o)
	return true
}

// eachPixel calls visit with the index of each image pixel that the object
// covers at least half.
func (s *scene) eachPixel(o *object, visit func(i int)) {
	m := o.mask
	for y := max(0, m.y0); y < min(s.side, m.y0+m.h); y++ {
		for x := max(0, m.x0); x < min(s.side, m.x0+m.w); x++ {
			if m.at(x, y) >= 0.5 {
				visit(y*s.side + x)
			}
		}
	}
}
