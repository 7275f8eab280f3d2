package sample

import "math"

// point is a place in pixels or, in a silhouette, in its unit frame; y down.
type point struct{ x, y float64 }

// part is a closed outline and the holes in it. Outer points have positive
// signed area, holes negative: non-zero winding fills the part.
type part struct {
	outer []point
	holes [][]point
}

// signedArea is half the sum of the cross products of neighbouring points.
func signedArea(ring []point) float64 {
	sum := 0.0
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		sum += p.x*q.y - q.x*p.y
	}
	return sum / 2
}

// oriented returns the ring in the direction whose signed area has the sign.
func oriented(ring []point, sign float64) []point {
	if signedArea(ring)*sign >= 0 {
		return ring
	}
	turned := make([]point, len(ring))
	for i, p := range ring {
		turned[len(ring)-1-i] = p
	}
	return turned
}

// box is a rectangle by its edges.
type box struct{ x0, y0, x1, y1 float64 }

func emptyBox() box {
	return box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
}

func (b *box) add(ring []point) {
	for _, p := range ring {
		b.x0, b.x1 = min(b.x0, p.x), max(b.x1, p.x)
		b.y0, b.y1 = min(b.y0, p.y), max(b.y1, p.y)
	}
}

func (b box) intersect(c box) box {
	return box{max(b.x0, c.x0), max(b.y0, c.y0), min(b.x1, c.x1), min(b.y1, c.y1)}
}

// seam joins the holes of a part to its outline by a line there and back,
// for COCO's polygons, which have no holes.
func seam(p part) []point {
	ring := append([]point(nil), p.outer...)
	for _, hole := range p.holes {
		ring = append(ring, p.outer[0])
		ring = append(ring, hole...)
		ring = append(ring, hole[0])
	}
	return ring
}

// clip cuts a ring to the square [0, side]² (Sutherland and Hodgman, 1974).
func clip(ring []point, side float64) []point {
	for edge := range 4 {
		var inside []point
		for i, p := range ring {
			q := ring[(i+1)%len(ring)]
			dp, dq := depth(p, edge, side), depth(q, edge, side)
			if dp >= 0 {
				inside = append(inside, p)
			}
			if dp >= 0 != (dq >= 0) {
				inside = append(inside, cross(p, q, dp/(dp-dq), edge, side))
			}
		}
		ring = inside
	}
	return ring
}

// depth is the distance of p from an edge of the square, positive inside.
func depth(p point, edge int, side float64) float64 {
	return [...]float64{p.x, side - p.x, p.y, side - p.y}[edge]
}

// cross is the point at t between p and q, put exactly on the edge.
func cross(p, q point, t float64, edge int, side float64) point {
	c := point{p.x + t*(q.x-p.x), p.y + t*(q.y-p.y)}
	switch edge {
	case 0:
		c.x = 0
	case 1:
		c.x = side
	case 2:
		c.y = 0
	case 3:
		c.y = side
	}
	return c
}

// simplify drops points of a ring that lie within tolerance of the line
// through the kept ones (Douglas and Peucker, 1973).
func simplify(ring []point, tolerance float64) []point {
	if len(ring) < 5 {
		return ring
	}
	half, best := 0, 0.0
	for i, p := range ring {
		if d := math.Hypot(p.x-ring[0].x, p.y-ring[0].y); d > best {
			half, best = i, d
		}
	}
	kept := thin(ring[:half+1], tolerance)
	back := thin(append(append([]point(nil), ring[half:]...), ring[0]), tolerance)
	return append(kept, back[1:len(back)-1]...)
}

// thin is simplify for an open line; it keeps both ends.
func thin(line []point, tolerance float64) []point {
	a, b := line[0], line[len(line)-1]
	length := math.Hypot(b.x-a.x, b.y-a.y)
	far, best := 0, tolerance
	for i := 1; i < len(line)-1; i++ {
		p := line[i]
		d := math.Hypot(p.x-a.x, p.y-a.y)
		if length > 0 {
			d = math.Abs((b.x-a.x)*(p.y-a.y)-(b.y-a.y)*(p.x-a.x)) / length
		}
		if d > best {
			far, best = i, d
		}
	}
	if far == 0 {
		return []point{a, b}
	}
	return append(thin(line[:far+1], tolerance), thin(line[far:], tolerance)[1:]...)
}

// eighth rounds to a multiple of 1/8.
func eighth(v float64) float64 { return math.Round(v*8) / 8 }
