package data

import (
	"math"

	"cocostat/train/internal/buffer"
)

// Sampling weights across a row are fixed-point numbers with this many
// fractional bits, so that the sum of a row is exact.
const weightBits = 11

// warper samples images into inputs. It keeps its tables between images; one
// goroutine uses it at a time.
type warper struct {
	cols []column
	rows [2]line // source rows sampled across, the last two that were used
}

// column says where a column of the input is read: byte offsets of the two
// source pixels in their row, and their weights, 0 outside the image.
type column struct {
	at0, at1 int32
	w0, w1   int32
}

// line is a source row sampled at the input's columns.
type line struct {
	y      int          // row of the source, -1 for none
	planes [3][]float32 // R, G, B, 0…255, a value for each column
	sums   [3]float64   // of each plane
}

// warp writes p, seen through at (source pixels → input pixels), to dst, three
// planes of the area of at, with values of 0…255, and returns the mean of each. Input pixel i is the bilinear value at
// the source point that at takes to i+½.
func (w *warper) warp(dst []float32, p *pixels, at *placement) (means [3]float64) {
	w.widen(at.area.Width)
	inv, f, weigh := at.Inverse(), float64(p.factor), taps
	if at.edges {
		weigh = innerTaps
	}
	for i := range w.cols {
		at, w0, w1 := weigh((inv.AX*(float64(i)+0.5)+inv.BX-float64(p.left))/f, p.width)
		const one = 1 << weightBits
		w.cols[i] = column{
			at0: int32(3 * min(max(at, 0), p.width-1)), w0: int32(math.Round(w0 * one)),
			at1: int32(3 * min(max(at+1, 0), p.width-1)), w1: int32(math.Round(w1 * one)),
		}
	}
	plane := at.area.Width * at.area.Height
	for j := range at.area.Height {
		y, w0, w1 := weigh((inv.AY*(float64(j)+0.5)+inv.BY-float64(p.top))/f, p.height)
		top := w.row(p, min(max(y, 0), p.height-1))
		bottom := w.row(p, min(max(y+1, 0), p.height-1))
		for c := range means {
			blend(dst[c*plane+j*at.area.Width:][:at.area.Width], top.planes[c], bottom.planes[c], float32(w0), float32(w1))
			means[c] += w0*top.sums[c] + w1*bottom.sums[c]
		}
	}
	for c := range means {
		means[c] /= float64(plane)
	}
	return means
}

// widen makes room for n columns, and forgets the rows of the last image.
func (w *warper) widen(n int) {
	w.cols = buffer.Resized(w.cols, n)
	for i := range w.rows {
		w.rows[i].y = -1
		for c := range w.rows[i].planes {
			w.rows[i].planes[c] = buffer.Resized(w.rows[i].planes[c], n)
		}
	}
}

// row returns row y of p sampled at the input's columns. It has two lines, so
// that neighbouring rows can be held at once, one odd and one even.
func (w *warper) row(p *pixels, y int) *line {
	l := &w.rows[y%2]
	if l.y != y {
		l.y = y
		l.sample(w.cols, p.row(y))
	}
	return l
}

// sample fills l from the bytes of a source row.
func (l *line) sample(cols []column, src []byte) {
	const unit = 1.0 / (1 << weightBits)
	red, green, blue := l.planes[0][:len(cols)], l.planes[1][:len(cols)], l.planes[2][:len(cols)]
	var sums [3]int
	for i := range cols {
		c := &cols[i]
		a, b := src[c.at0:][:3], src[c.at1:][:3]
		w0, w1 := c.w0, c.w1
		r := int32(a[0])*w0 + int32(b[0])*w1
		g := int32(a[1])*w0 + int32(b[1])*w1
		h := int32(a[2])*w0 + int32(b[2])*w1
		sums[0] += int(r)
		sums[1] += int(g)
		sums[2] += int(h)
		red[i], green[i], blue[i] = float32(r)*unit, float32(g)*unit, float32(h)*unit
	}
	for c, s := range sums {
		l.sums[c] = float64(s) * unit
	}
}

// blend writes w0·a + w1·b.
func blend(dst, a, b []float32, w0, w1 float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = w0*a[i] + w1*b[i]
	}
}

// taps returns the first of the two samples around x, a continuous coordinate
// on an axis of n samples, and the weights of both; samples outside the axis
// have weight 0.
func taps(x float64, n int) (at int, w0, w1 float64) {
	x = min(max(x-0.5, -2), float64(n)+1)
	low := math.Floor(x)
	at, w1 = int(low), x-low
	w0 = 1 - w1
	if at < 0 || at >= n {
		w0 = 0
	}
	if at+1 < 0 || at+1 >= n {
		w1 = 0
	}
	return at, w0, w1
}

// innerTaps are the taps of an axis whose first and last sample go on outside.
func innerTaps(x float64, n int) (at int, w0, w1 float64) {
	return taps(min(max(x, 0.5), float64(n)-0.5), n)
}
