package main

import (
	"math"
	"math/rand/v2"
	"strconv"
)

// shape is the outline of one object: one polygon or several, in hundredths of
// a pixel, as COCO's file has two decimals. Its memory is used again.
type shape struct {
	points []point
	ends   []int // of each polygon in points
}

type point struct{ x, y int }

// circle holds points on the unit circle, for outlines.
var circle = func() (c [1024][2]float64) {
	for i := range c {
		c[i][1], c[i][0] = math.Sincos(2 * math.Pi * float64(i) / float64(len(c)))
	}
	return c
}()

// Logarithms are normally distributed: that of an object's side (the root of
// its box's area, in pixels) and that of its number of points. The figures give
// 41 % small, 35 % medium and 24 % large objects by COCO's areas, and in the
// median 20 points, a tenth above 50: as in train2017. Large objects have more
// points.
const (
	sideMean, sideDeviation   = 4.0, 1.18
	pointMean, pointDeviation = 3.0, 0.71
	correlation               = 0.5
)

// draw draws an outline within an image of w×h pixels.
func (s *shape) draw(rng *rand.Rand, w, h int) {
	z := rng.NormFloat64()
	side := math.Exp(sideMean + sideDeviation*z)
	aspect := math.Exp(0.5 * rng.NormFloat64()) // the root of width / height
	bw := min(max(side*aspect, 2), float64(w)-1)
	bh := min(max(side/aspect, 2), float64(h)-1)
	x, y := rng.Float64()*(float64(w)-bw), rng.Float64()*(float64(h)-bh)

	z = correlation*z + math.Sqrt(1-correlation*correlation)*rng.NormFloat64()
	n := max(4, int(math.Exp(pointMean+pointDeviation*z)))
	parts := 1
	for parts < 5 && n >= 8*(parts+1) && rng.Float64() < 0.12 { // hidden in part by something before it
		parts++
	}
	s.points, s.ends = s.points[:0], s.ends[:0]
	for i := range parts { // side by side
		s.outline(rng, n/parts, x+bw*float64(i)/float64(parts), y, bw/float64(parts), bh)
	}
}

// outline adds a polygon of n points within the box x, y, w, h.
func (s *shape) outline(rng *rand.Rand, n int, x, y, w, h float64) {
	start := rng.IntN(len(circle))
	for i := range n {
		at := circle[(start+i*len(circle)/n)%len(circle)]
		r := 0.5 * (0.7 + 0.3*rng.Float64())
		s.points = append(s.points, point{
			int(100 * (x + w*(0.5+r*at[0]))),
			int(100 * (y + h*(0.5+r*at[1]))),
		})
	}
	s.ends = append(s.ends, len(s.points))
}

// appendPolygons appends the value of "segmentation".
func (s *shape) appendPolygons(b []byte) []byte {
	from := 0
	for i, end := range s.ends {
		open := "[["
		if i > 0 {
			open = ",["
		}
		b = append(b, open...)
		for j, p := range s.points[from:end] {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendHundredths(b, p.x)
			b = append(b, ',')
			b = appendHundredths(b, p.y)
		}
		b = append(b, ']')
		from = end
	}
	return append(b, ']')
}

// area returns the outline's area in square pixels, in the arithmetic that
// gives COCO's file its long decimals.
func (s *shape) area() float64 {
	sum, from := 0.0, 0
	for _, end := range s.ends {
		twice := 0.0
		last := s.points[end-1]
		for _, p := range s.points[from:end] {
			twice += float64(last.x)/100*(float64(p.y)/100) - float64(p.x)/100*(float64(last.y)/100)
			last = p
		}
		sum += math.Abs(twice) / 2
		from = end
	}
	return sum
}

// box returns x, y, width and height in hundredths of a pixel.
func (s *shape) box() [4]int {
	low, high := s.points[0], s.points[0]
	for _, p := range s.points {
		low = point{min(low.x, p.x), min(low.y, p.y)}
		high = point{max(high.x, p.x), max(high.y, p.y)}
	}
	return [4]int{low.x, low.y, high.x - low.x, high.y - low.y}
}

// appendHundredths appends v/100 with one or two decimals, as Python writes
// rounded numbers.
func appendHundredths(b []byte, v int) []byte {
	b = strconv.AppendInt(b, int64(v/100), 10)
	b = append(b, '.', byte('0'+v/10%10))
	if v%10 != 0 {
		b = append(b, byte('0'+v%10))
	}
	return b
}

// appendFloat appends the shortest decimal that reads back as v, as Python does
// for numbers of this range.
func appendFloat(b []byte, v float64) []byte {
	n := len(b)
	b = strconv.AppendFloat(b, v, 'f', -1, 64)
	for _, c := range b[n:] {
		if c == '.' {
			return b
		}
	}
	return append(b, ".0"...)
}
