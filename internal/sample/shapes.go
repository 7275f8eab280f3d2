package sample

import "math"

const numShapes = 40

// shapes are the silhouettes in the order in which classes use them. Easy and
// hard ones alternate, so that frequency and difficulty are not confounded.
var shapes = [numShapes]shape{
	newShape("disc", solid(circle(0, 0, 1))),
	newShape("star", solid(spikes(5, 0.45))),
	newShape("square", solid(path(-1, -1, 1, -1, 1, 1, -1, 1))),
	newShape("heart", solid(heart())),
	newShape("ring", solid(circle(0, 0, 1)).without(circle(0, 0, 0.56))),
	newShape("arrow", solid(path(-1, -0.28, 0.05, -0.28, 0.05, -0.75, 1, 0, 0.05, 0.75, 0.05, 0.28, -1, 0.28))),
	newShape("triangle", solid(spikes(3, 0))),
	newShape("cross", solid(path(-0.34, -1, 0.34, -1, 0.34, -0.34, 1, -0.34, 1, 0.34, 0.34, 0.34, 0.34, 1, -0.34, 1, -0.34, 0.34, -1, 0.34, -1, -0.34, -0.34, -0.34))),
	newShape("crescent", solid(crescent())),
	newShape("gear", solid(gear()).without(circle(0, 0, 0.34))),
	newShape("hexagon", solid(spikes(6, 0))),
	newShape("drop", solid(path(0, -1.1), arc(0, 0.35, 0.65, 0.65, -26, 206))),
	newShape("bolt", solid(path(0.25, -1, -0.55, 0.12, -0.05, 0.12, -0.25, 1, 0.55, -0.22, 0.05, -0.22, 0.45, -1))),
	newShape("diamond", solid(path(0, -1, 0.6, 0, 0, 1, -0.6, 0))),
	newShape("clover", solid(polar(func(a float64) float64 { return 0.38 + 0.62*math.Pow(math.Abs(math.Sin(2*a)), 0.7) }))),
	newShape("pill", solid(arc(0.6, 0, 0.4, 0.4, -90, 90), arc(-0.6, 0, 0.4, 0.4, 90, 270))),
	newShape("house", solid(path(0, -1, 1, -0.1, 0.72, -0.1, 0.72, 0.9, -0.72, 0.9, -0.72, -0.1, -1, -0.1))),
	newShape("flower", solid(polar(func(a float64) float64 { return 0.74 + 0.26*math.Cos(6*a) })).without(circle(0, 0, 0.26))),
	newShape("chevron", solid(path(-0.8, -1, 0.05, -1, 0.8, 0, 0.05, 1, -0.8, 1, -0.05, 0))),
	newShape("crown", solid(path(-1, -0.6, -0.5, 0.1, 0, -0.8, 0.5, 0.1, 1, -0.6, 0.8, 0.75, -0.8, 0.75))),
	newShape("frame", solid(path(-1, -1, 1, -1, 1, 1, -1, 1)).without(path(-0.55, -0.55, 0.55, -0.55, 0.55, 0.55, -0.55, 0.55))),
	newShape("tee", solid(path(-0.95, -1, 0.95, -1, 0.95, -0.4, 0.32, -0.4, 0.32, 1, -0.32, 1, -0.32, -0.4, -0.95, -0.4))),
	newShape("cloud", solid(cloud())),
	newShape("corner", solid(path(-0.9, -1, -0.25, -1, -0.25, 0.35, 0.9, 0.35, 0.9, 1, -0.9, 1))),
	newShape("hourglass", solid(path(-0.75, -1, 0.75, -1, 0.14, 0, 0.75, 1, -0.75, 1, -0.14, 0))),
	newShape("leaf", solid(arc(-0.72, 0, 1.23, 1.23, -54.2, 54.2), arc(0.72, 0, 1.23, 1.23, 125.8, 234.2))),
	newShape("burst", solid(spikes(12, 0.68))),
	newShape("bucket", solid(path(-1, -0.8, 1, -0.8, 0.62, 0.8, -0.62, 0.8))),
	newShape("dome", solid(arc(0, 0.5, 1, 1, 180, 360))),
	newShape("pie", solid(path(0, 0), arc(0, 0, 1, 1, 40, 320))),
	newShape("fish", solid(arc(0.2, 0, 0.8, 0.5, -145, 145), path(-1, 0.55, -0.8, 0, -1, -0.55))),
	newShape("mushroom", solid(arc(0, 0, 1, 0.9, 180, 360), path(0.34, 0.08, 0.4, 0.9, -0.4, 0.9, -0.34, 0.08))),
	newShape("tree", solid(mirrored(path(0, -1, 0.5, -0.4, 0.28, -0.4, 0.65, 0.1, 0.4, 0.1, 0.8, 0.65, 0.2, 0.65, 0.2, 1)))),
	newShape("key", solid(circle(-0.6, 0, 0.5)).without(circle(-0.6, 0, 0.22)),
		solid(path(-0.2, -0.15, 1, -0.15, 1, 0.5, 0.75, 0.5, 0.75, 0.15, 0.55, 0.15, 0.55, 0.4, 0.3, 0.4, 0.3, 0.15, -0.2, 0.15))),
	newShape("magnet", solid(path(-0.85, 1), arc(0, -0.15, 0.85, 0.85, 180, 360), path(0.85, 1, 0.4, 1), arc(0, -0.15, 0.4, 0.4, 360, 180), path(-0.4, 1))),
	newShape("bottle", solid(mirrored(path(0, -1, 0.2, -1, 0.2, -0.5, 0.3, -0.35, 0.45, -0.2, 0.48, 0, 0.48, 0.9, 0.4, 1)))),
	newShape("mug", solid(path(-0.9, -0.8, 0.45, -0.8, 0.45, 0.8, -0.9, 0.8)),
		solid(arc(0.45, 0, 0.6, 0.55, -90, 90), arc(0.45, 0, 0.32, 0.28, 90, -90))),
	newShape("bone", solid(arc(0.7, -0.24, 0.3, 0.3, -150, 53), arc(0.7, 0.24, 0.3, 0.3, -53, 150), arc(-0.7, 0.24, 0.3, 0.3, 30, 233), arc(-0.7, -0.24, 0.3, 0.3, 127, 330))),
	newShape("plane", solid(mirrored(path(0, -1, 0.14, -0.75, 0.16, -0.3, 1, 0.2, 1, 0.42, 0.16, 0.2, 0.13, 0.65, 0.42, 0.85, 0.42, 1, 0, 0.92)))),
	newShape("spade", solid(spade()), solid(path(-0.1, -0.1, 0.1, -0.1, 0.14, 0.5, 0.4, 1, -0.4, 1, -0.14, 0.5))),
}

func heart() []point {
	ring := make([]point, arcSteps)
	for i := range ring {
		t := 2 * math.Pi * float64(i) / arcSteps
		s := math.Sin(t)
		ring[i] = point{16 * s * s * s, -13*math.Cos(t) + 5*math.Cos(2*t) + 2*math.Cos(3*t) + math.Cos(4*t)}
	}
	return ring
}

// spade is a heart on its head, for a stem that ends at y = 1.
func spade() []point {
	ring := heart()
	for i, p := range ring {
		ring[i] = point{p.x / 18, -p.y/18 - 0.2}
	}
	return ring
}

// crescent is the unit disc without a disc of radius 0.86 around (0.48, 0).
func crescent() []point {
	const d, r = 0.48, 0.86
	x := (1 - r*r + d*d) / (2 * d)
	outer := math.Acos(x) * 180 / math.Pi
	inner := math.Atan2(math.Sqrt(1-x*x), x-d) * 180 / math.Pi
	return append(arc(0, 0, 1, 1, outer, 360-outer), arc(d, 0, r, r, 360-inner, inner)...)
}

func gear() []point {
	var ring []point
	const teeth = 8
	for i := range teeth {
		for _, c := range [4]struct{ turn, r float64 }{{-0.30, 0.74}, {-0.18, 1}, {0.18, 1}, {0.30, 0.74}} {
			sin, cos := math.Sincos(2 * math.Pi * (float64(i) + c.turn) / teeth)
			ring = append(ring, point{c.r * sin, -c.r * cos})
		}
	}
	return ring
}

// cloud is the upper envelope of four discs that stand on a line.
func cloud() []point {
	discs := [...]struct{ x, y, r float64 }{{-0.62, 0.22, 0.38}, {-0.15, -0.1, 0.5}, {0.35, 0.05, 0.42}, {0.7, 0.3, 0.3}}
	ring := path(1, 0.6, -1, 0.6)
	for i := 0; i <= arcSteps; i++ {
		x := -1 + 2*float64(i)/arcSteps
		y := 0.6
		for _, d := range discs {
			if h := d.r*d.r - (x-d.x)*(x-d.x); h > 0 {
				y = min(y, d.y-math.Sqrt(h))
			}
		}
		ring = append(ring, point{x, y})
	}
	return ring
}
