package sample

import "math"

// shape is a silhouette in its unit frame.
type shape struct {
	name  string
	parts []part
}

const arcSteps = 72 // points of a full turn

// newShape centres the parts on the origin and scales them so that the longer
// side of their bounding box spans [−1, 1].
func newShape(name string, parts ...part) shape {
	bounds := emptyBox()
	for _, p := range parts {
		bounds.add(p.outer)
	}
	cx, cy := (bounds.x0+bounds.x1)/2, (bounds.y0+bounds.y1)/2
	half := max(bounds.x1-bounds.x0, bounds.y1-bounds.y0) / 2
	place := func(ring []point, sign float64) []point {
		moved := make([]point, len(ring))
		for i, p := range ring {
			moved[i] = point{(p.x - cx) / half, (p.y - cy) / half}
		}
		return oriented(moved, sign)
	}
	s := shape{name: name}
	for _, p := range parts {
		placed := part{outer: place(p.outer, 1)}
		for _, h := range p.holes {
			placed.holes = append(placed.holes, place(h, -1))
		}
		s.parts = append(s.parts, placed)
	}
	return s
}

// solid is a part without holes whose outline joins the given lines.
func solid(lines ...[]point) part {
	var p part
	for _, l := range lines {
		p.outer = append(p.outer, l...)
	}
	return p
}

// without returns the part with a hole in it.
func (p part) without(hole []point) part {
	p.holes = append(p.holes, hole)
	return p
}

// path turns x, y pairs into points.
func path(xy ...float64) []point {
	ring := make([]point, len(xy)/2)
	for i := range ring {
		ring[i] = point{xy[2*i], xy[2*i+1]}
	}
	return ring
}

// mirrored closes a right half, listed from top to bottom, with its mirror
// image in the y axis.
func mirrored(right []point) []point {
	ring := append([]point(nil), right...)
	for i := len(right) - 1; i >= 0; i-- {
		if p := right[i]; p.x != 0 {
			ring = append(ring, point{-p.x, p.y})
		}
	}
	return ring
}

// arc returns points of an ellipse from angle a to b in degrees; 0 is right,
// 90 down. A full turn does not repeat its first point.
func arc(cx, cy, rx, ry, a, b float64) []point {
	n := max(2, int(math.Ceil(math.Abs(b-a)/360*arcSteps)))
	last := n
	if math.Abs(b-a) == 360 {
		last = n - 1
	}
	var ring []point
	for i := 0; i <= last; i++ {
		sin, cos := math.Sincos((a + (b-a)*float64(i)/float64(n)) * math.Pi / 180)
		ring = append(ring, point{cx + rx*cos, cy + ry*sin})
	}
	return ring
}

func circle(cx, cy, r float64) []point { return arc(cx, cy, r, r, 0, 360) }

// polar returns the ring of radius r(θ), θ in radians from the top.
func polar(r func(theta float64) float64) []point {
	ring := make([]point, 2*arcSteps)
	for i := range ring {
		theta := 2 * math.Pi * float64(i) / float64(len(ring))
		sin, cos := math.Sincos(theta)
		ring[i] = point{r(theta) * sin, -r(theta) * cos}
	}
	return ring
}

// spikes returns a star of n points with the inner radius, 1 outside; an inner
// radius of 0 gives the regular polygon.
func spikes(n int, inner float64) []point {
	var ring []point
	for i := range n {
		turn := 2 * math.Pi / float64(n)
		sin, cos := math.Sincos(float64(i) * turn)
		ring = append(ring, point{sin, -cos})
		if inner > 0 {
			sin, cos = math.Sincos((float64(i) + 0.5) * turn)
			ring = append(ring, point{inner * sin, -inner * cos})
		}
	}
	return ring
}
