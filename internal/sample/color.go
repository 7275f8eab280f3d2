package sample

import (
	"math"
	"math/rand/v2"
)

// rgb is a colour, each channel 0 to 1, in the encoding of the image file.
type rgb [3]float32

func (c rgb) mix(d rgb, t float32) rgb {
	return rgb{c[0] + t*(d[0]-c[0]), c[1] + t*(d[1]-c[1]), c[2] + t*(d[2]-c[2])}
}

func (c rgb) times(f float32) rgb { return rgb{c[0] * f, c[1] * f, c[2] * f} }

// distance weighs green over red over blue, as eyes do.
func (c rgb) distance(d rgb) float64 {
	r, g, b := float64(c[0]-d[0]), float64(c[1]-d[1]), float64(c[2]-d[2])
	return math.Sqrt(0.3*r*r + 0.59*g*g + 0.11*b*b)
}

// hsv returns the colour of a hue in turns, saturation and value.
func hsv(h, s, v float64) rgb {
	var c rgb
	for i, shift := range [3]float64{5, 3, 1} {
		k := math.Mod(shift+6*(h-math.Floor(h)), 6)
		c[i] = float32(v - v*s*max(0, min(k, 4-k, 1)))
	}
	return c
}

// drawColor returns a colour of any hue.
func drawColor(rng *rand.Rand, minSat, maxSat, minVal, maxVal float64) rgb {
	return hsv(rng.Float64(), between(rng, minSat, maxSat), between(rng, minVal, maxVal))
}

// drawApart draws colours until one is at least the given distance from all
// others, and settles for the best of thirty.
func drawApart(rng *rand.Rand, least float64, others ...rgb) rgb {
	var best rgb
	bestGap := -1.0
	for range 30 {
		c := drawColor(rng, 0.1, 0.95, 0.2, 1)
		gap := math.Inf(1)
		for _, o := range others {
			gap = min(gap, c.distance(o))
		}
		if gap > bestGap {
			best, bestGap = c, gap
		}
		if gap >= least {
			break
		}
	}
	return best
}

// smooth rises from 0 to 1 as v goes from lo to hi.
func smooth(lo, hi, v float64) float64 {
	t := max(0, min(1, (v-lo)/(hi-lo)))
	return t * t * (3 - 2*t)
}

// noise is smooth value noise on the integer lattice, 0 to 1.
type noise uint64

func (n noise) lattice(ix, iy int) float64 {
	return float64(mix64(uint64(n)^uint64(uint32(ix))<<32^uint64(uint32(iy)))>>40) / (1 << 24)
}

func (n noise) at(x, y float64) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	ix, iy := int(fx), int(fy)
	tx, ty := x-fx, y-fy
	tx, ty = tx*tx*(3-2*tx), ty*ty*(3-2*ty)
	a, b := n.lattice(ix, iy), n.lattice(ix+1, iy)
	c, d := n.lattice(ix, iy+1), n.lattice(ix+1, iy+1)
	top, bottom := a+tx*(b-a), c+tx*(d-c)
	return top + ty*(bottom-top)
}

// fractal sums octaves of the noise, each twice as fine and half as strong.
func (n noise) fractal(x, y float64, octaves int) float64 {
	sum, scale, weight := 0.0, 0.5, 0.0
	for i := range octaves {
		sum += scale * (n+noise(i)).at(x, y)
		weight += scale
		x, y, scale = 2*x+17, 2*y+31, scale/2
	}
	return sum / weight
}
