package sample

import (
	"math"
	"math/rand/v2"
)

// texture is a pattern on an object. Those before anyTexture can be part of a
// class; plain then stands for solid and shaded alike.
type texture int

const (
	plain texture = iota
	striped
	dotted
	checkered
	speckled
	anyTexture
)

// pattern mixes two colours: at a point of the unit frame it is the share of
// the second one. soft is the width of its edges in the unit frame.
type pattern func(x, y, soft float64) float64

// drawPattern draws the phase, direction and period of a texture. least is
// the shortest period in the unit frame that the image resolves.
func drawPattern(rng *rand.Rand, t texture, least float64) pattern {
	if t == anyTexture {
		t = [...]texture{plain, plain, plain, striped, dotted, checkered, speckled}[rng.IntN(7)]
	}
	period := max(least, between(rng, 0.38, 0.62))
	phase := point{between(rng, 0, 1), between(rng, 0, 1)}
	sin, cos := math.Sincos(between(rng, 0, math.Pi))
	turn := func(x, y float64) (float64, float64) {
		return (x*cos+y*sin)/period + phase.x, (y*cos-x*sin)/period + phase.y
	}
	switch t {
	case striped:
		return func(x, y, soft float64) float64 {
			u, _ := turn(x, y)
			return edge(math.Abs(u-math.Round(u))-0.25, soft/period)
		}
	case dotted:
		return func(x, y, soft float64) float64 {
			u, v := turn(x, y)
			return edge(0.3-math.Hypot(u-math.Round(u), v-math.Round(v)), soft/period)
		}
	case checkered:
		return func(x, y, soft float64) float64 {
			u, v := turn(x, y)
			a, b := math.Abs(u-math.Round(u))-0.25, math.Abs(v-math.Round(v))-0.25
			ea, eb := edge(a, soft/period), edge(b, soft/period)
			return ea*(1-eb) + eb*(1-ea)
		}
	case speckled:
		n := noise(rng.Uint64())
		return func(x, y, _ float64) float64 {
			u, v := turn(x, y)
			return smooth(0.38, 0.62, n.fractal(2*u, 2*v, 2))
		}
	}
	return drawPlain(rng, sin, cos)
}

// drawPlain is one colour, or a run from one to the other.
func drawPlain(rng *rand.Rand, sin, cos float64) pattern {
	switch rng.IntN(3) {
	case 0:
		return func(x, y, _ float64) float64 { return smooth(-1.2, 1.2, x*cos+y*sin) }
	case 1:
		return func(x, y, _ float64) float64 { return smooth(0.1, 1.3, math.Hypot(x-0.3*cos, y-0.3*sin)) }
	}
	return func(_, _, _ float64) float64 { return 0 }
}

// edge is 0 below and 1 above d = 0, with a ramp of the given width.
func edge(d, width float64) float64 { return max(0, min(1, 0.5+d/width)) }
