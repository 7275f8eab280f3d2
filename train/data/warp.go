package data

import "math"

// Sampling weights are fixed-point numbers with this many fractional bits: two
// of them and a byte fill 8+2·11 = 30 bits.
const weightBits = 11

// warper samples images into S×S inputs. It keeps its tables between images;
// one goroutine uses it at a time.
type warper struct {
	size int
	cols []column
}

// column says where a column of the input is read: byte offsets of the two
// source pixels in their row, and their weights, 0 outside the image.
type column struct {
	at0, at1 int32
	w0, w1   int32
}

func newWarper(size int) *warper {
	return &warper{size: size, cols: make([]column, size)}
}

// warp writes p, seen through t (source pixels → input pixels), to dst as
// three planes with values of 0…255, black outside the image, and returns the
// mean of each. Input pixel i is the bilinear value at the source point that t
// takes to i+½.
func (w *warper) warp(dst []float32, p *pixels, t Transform) (means [3]float64) {
	inv, f := t.Inverse(), float64(p.factor)
	first, last := w.size, 0 // columns that see the image
	for i := range w.cols {
		at, w0, w1 := taps((inv.AX*(float64(i)+0.5)+inv.BX)/f, p.width)
		w.cols[i] = column{
			at0: int32(3 * min(max(at, 0), p.width-1)), w0: w0,
			at1: int32(3 * min(max(at+1, 0), p.width-1)), w1: w1,
		}
		if w0|w1 != 0 {
			first, last = min(first, i), i+1
		}
	}
	area := w.size * w.size
	var sums [3]int64
	for j := range w.size {
		at, w0, w1 := taps((inv.AY*(float64(j)+0.5)+inv.BY)/f, p.height)
		var planes [3][]float32
		for c := range planes {
			planes[c] = dst[c*area+j*w.size:][:w.size]
		}
		if w0|w1 == 0 || first >= last {
			for _, row := range planes {
				clear(row)
			}
			continue
		}
		top := p.row(min(max(at, 0), p.height-1))
		bottom := p.row(min(max(at+1, 0), p.height-1))
		for c, row := range planes {
			clear(row[:first])
			clear(row[last:])
			planes[c] = row[first:last]
		}
		s := sampleRow(planes, w.cols[first:last], top, bottom, w0, w1)
		for c := range sums {
			sums[c] += s[c]
		}
	}
	for c := range means {
		means[c] = float64(sums[c]) / float64(int64(1)<<(2*weightBits)) / float64(area)
	}
	return means
}

// sampleRow writes one row of the input from two rows of the source with the
// vertical weights v0 and v1, and returns the sum of each channel, scaled by
// 2^22.
func sampleRow(planes [3][]float32, cols []column, top, bottom []byte, v0, v1 int32) (sums [3]int64) {
	const unit = 1.0 / (1 << (2 * weightBits))
	red, green, blue := planes[0][:len(cols)], planes[1][:len(cols)], planes[2][:len(cols)]
	for i := range cols {
		c := &cols[i]
		a, b := top[c.at0:][:3], top[c.at1:][:3]
		d, e := bottom[c.at0:][:3], bottom[c.at1:][:3]
		ww, wx, wy, wz := c.w0*v0, c.w1*v0, c.w0*v1, c.w1*v1
		r := int32(a[0])*ww + int32(b[0])*wx + int32(d[0])*wy + int32(e[0])*wz
		g := int32(a[1])*ww + int32(b[1])*wx + int32(d[1])*wy + int32(e[1])*wz
		h := int32(a[2])*ww + int32(b[2])*wx + int32(d[2])*wy + int32(e[2])*wz
		sums[0] += int64(r)
		sums[1] += int64(g)
		sums[2] += int64(h)
		red[i], green[i], blue[i] = float32(r)*unit, float32(g)*unit, float32(h)*unit
	}
	return sums
}

// taps returns the first of the two samples around x, a continuous coordinate
// on an axis of n samples, and the weights of both; samples outside the axis
// have weight 0.
func taps(x float64, n int) (at int, w0, w1 int32) {
	x = min(max(x-0.5, -2), float64(n)+1)
	low := math.Floor(x)
	at = int(low)
	w1 = int32(math.Round((x - low) * (1 << weightBits)))
	w0 = 1<<weightBits - w1
	if at < 0 || at >= n {
		w0 = 0
	}
	if at+1 < 0 || at+1 >= n {
		w1 = 0
	}
	return at, w0, w1
}
