package sample

import (
	"image"
	"math"

	"golang.org/x/image/vector"
)

// tile is a grey picture, 0 to 1, of w×h pixels with its top left corner at
// (x0, y0) of the image; parts of it may lie outside the image.
type tile struct {
	x0, y0, w, h int
	v            []float32
}

func (t tile) at(x, y int) float32 {
	if x < t.x0 || y < t.y0 || x >= t.x0+t.w || y >= t.y0+t.h {
		return 0
	}
	return t.v[(y-t.y0)*t.w+x-t.x0]
}

// fill rasterises the parts, given in pixels, with antialiased edges, and
// leaves pad empty pixels around them.
func fill(parts []part, pad int) tile {
	bounds := emptyBox()
	for _, p := range parts {
		bounds.add(p.outer)
	}
	t := tile{x0: int(math.Floor(bounds.x0)) - pad, y0: int(math.Floor(bounds.y0)) - pad}
	t.w = int(math.Ceil(bounds.x1)) + pad - t.x0
	t.h = int(math.Ceil(bounds.y1)) + pad - t.y0
	raster := vector.NewRasterizer(t.w, t.h)
	trace := func(ring []point) {
		for i, p := range ring {
			x, y := float32(p.x-float64(t.x0)), float32(p.y-float64(t.y0))
			if i == 0 {
				raster.MoveTo(x, y)
			} else {
				raster.LineTo(x, y)
			}
		}
		raster.ClosePath()
	}
	for _, p := range parts {
		trace(p.outer)
		for _, h := range p.holes {
			trace(h)
		}
	}
	alpha := image.NewAlpha(image.Rect(0, 0, t.w, t.h))
	raster.Draw(alpha, alpha.Rect, image.Opaque, image.Point{})
	t.v = make([]float32, t.w*t.h)
	for i, a := range alpha.Pix {
		t.v[i] = float32(a) / 255
	}
	return t
}

// count returns the pixels that are at least half covered.
func (t tile) count() int {
	n := 0
	for _, v := range t.v {
		if v >= 0.5 {
			n++
		}
	}
	return n
}

// extent is the smallest box of whole pixels with all coverage inside the
// square image.
func (t tile) extent(side int) box {
	b := emptyBox()
	for y := max(0, t.y0); y < min(side, t.y0+t.h); y++ {
		for x := max(0, t.x0); x < min(side, t.x0+t.w); x++ {
			if t.at(x, y) > 0 {
				b.add([]point{{float64(x), float64(y)}, {float64(x + 1), float64(y + 1)}})
			}
		}
	}
	return b
}

// blurred returns the tile after two box filters of width 2r+1 each way.
func (t tile) blurred(r int) tile {
	b := t
	b.v = append([]float32(nil), t.v...)
	line := make([]float32, max(t.w, t.h))
	for range 2 {
		for y := range t.h {
			boxFilter(b.v[y*t.w:], line, t.w, 1, r)
		}
		for x := range t.w {
			boxFilter(b.v[x:], line, t.h, t.w, r)
		}
	}
	return b
}

// boxFilter averages n values, stride apart, over 2r+1 neighbours; outside is 0.
func boxFilter(v, line []float32, n, stride, r int) {
	sum, scale := float32(0), 1/float32(2*r+1)
	for i := range min(r, n) {
		sum += v[i*stride]
	}
	for i := range n {
		if i+r < n {
			sum += v[(i+r)*stride]
		}
		line[i] = sum * scale
		if i-r >= 0 {
			sum -= v[(i-r)*stride]
		}
	}
	for i := range n {
		v[i*stride] = line[i]
	}
}

// eroded returns the tile shrunk by r pixels: the least value within r.
func (t tile) eroded(r float64) tile {
	e := t
	e.v = make([]float32, len(t.v))
	reach := int(math.Ceil(r))
	for y := range t.h {
		for x := range t.w {
			least := t.v[y*t.w+x]
			for dy := -reach; dy <= reach && least > 0; dy++ {
				for dx := -reach; dx <= reach; dx++ {
					if float64(dx*dx+dy*dy) <= r*r+0.5 {
						least = min(least, t.at(t.x0+x+dx, t.y0+y+dy))
					}
				}
			}
			e.v[y*t.w+x] = least
		}
	}
	return e
}
