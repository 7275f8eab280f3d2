package centernet

import (
	"fmt"
	"slices"

	"cocostat/train/detector"
)

// peak is a cell of one channel that no neighbour exceeds.
type peak struct {
	score float32
	at    int // class·H·W + cell
}

// worse orders peaks: lower scores first and, of equal ones, later places
// first, so that ties are broken by class, then row, then column.
func (p peak) worse(q peak) bool {
	return p.score < q.score || p.score == q.score && p.at > q.at
}

// Decoder turns the maps of one image into boxes. It keeps its heap between
// calls; one goroutine uses it at a time. The zero value is ready.
type Decoder struct {
	heap []peak // the best so far, the worst of them first
}

// Decode appends the detections of one image to dst, best first, and returns
// it. heat is C×H×W after the sigmoid, size and offset are 2×H×W, in cells.
// A detection is a cell whose value is above threshold (in [0, 1)) and not
// below any of its eight neighbours in the channel; of them the k best over
// all classes stay. Equal neighbours are both peaks, as with the
// max-pooling of CenterNet's src/lib/models/decode.py. A negative predicted side counts as 0.
//
// It panics if the lengths do not fit together.
func (d *Decoder) Decode(dst []detector.Found, heat, size, offset []float32, h, w, k int, threshold float32) []detector.Found {
	area := h * w
	if area <= 0 || len(heat)%area != 0 || len(size) != 2*area || len(offset) != 2*area {
		panic(fmt.Sprintf("centernet: maps of %d, %d and %d values are not C, 2 and 2 planes of %d×%d cells",
			len(heat), len(size), len(offset), h, w))
	}
	d.heap = d.heap[:0]
	if k < 1 {
		return dst
	}
	for from := 0; from < len(heat); from += area {
		threshold = d.scan(heat[from:from+area], from, w, k, threshold)
	}
	slices.SortFunc(d.heap, func(a, b peak) int {
		if b.worse(a) {
			return -1
		}
		return 1
	})
	for _, p := range d.heap {
		cell := p.at % area
		cx := float32(cell%w) + offset[cell]
		cy := float32(cell/w) + offset[area+cell]
		bw, bh := max(size[cell], 0), max(size[area+cell], 0)
		dst = append(dst, detector.Found{
			Class: p.at / area, Score: p.score,
			X: Stride * (cx - bw/2), Y: Stride * (cy - bh/2),
			W: Stride * bw, H: Stride * bh,
		})
	}
	return dst
}

// scan offers the peaks of one channel to the heap, and returns the score that
// a later one has to exceed.
func (d *Decoder) scan(plane []float32, from, w, k int, floor float32) float32 {
	for i, v := range plane {
		if !(v > floor) || !isPeak(plane, i, w) {
			continue
		}
		d.push(peak{v, from + i}, k)
		if len(d.heap) == k {
			floor = max(floor, d.heap[0].score)
		}
	}
	return floor
}

func isPeak(plane []float32, i, w int) bool {
	v, x := plane[i], i%w
	left, right := max(x-1, 0)-x, min(x+1, w-1)-x
	for row := i - w; row <= i+w; row += w {
		if row+left < 0 || row+right >= len(plane) {
			continue
		}
		for _, n := range plane[row+left : row+right+1] {
			if n > v {
				return false
			}
		}
	}
	return true
}

// push adds p to a heap of at most k peaks, in place of the worst if full;
// the caller knows that p is better than that one.
func (d *Decoder) push(p peak, k int) {
	if len(d.heap) == k {
		d.heap[0] = p
		d.down(0)
		return
	}
	d.heap = append(d.heap, p)
	for i := len(d.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !d.heap[i].worse(d.heap[up]) {
			return
		}
		d.heap[i], d.heap[up] = d.heap[up], d.heap[i]
		i = up
	}
}

func (d *Decoder) down(i int) {
	for {
		worst := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(d.heap); c++ {
			if d.heap[c].worse(d.heap[worst]) {
				worst = c
			}
		}
		if worst == i {
			return
		}
		d.heap[i], d.heap[worst] = d.heap[worst], d.heap[i]
		i = worst
	}
}
