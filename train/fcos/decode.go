package fcos

import (
	"fmt"
	"math"
	"slices"

	"cocostat/train/detector"
)

// What the score of a detection is; both give the same order.
const (
	// ScoreRoot is √(classification · centre-ness), as
	// fcos_core/modeling/rpn/fcos/inference.py of the authors has it.
	ScoreRoot = "root"
	// ScoreProduct is classification · centre-ness, as
	// mmdet/models/dense_heads/fcos_head.py of mmdetection has it.
	ScoreProduct = "product"
)

// Test are the settings of detection.
type Test struct {
	Threshold  float64 `json:"threshold"`  // of the classification alone, in [0, 1)
	Candidates int     `json:"candidates"` // of each level, the best ones
	Overlap    float64 `json:"overlap"`    // IoU above which a box yields to a better one of its class; at 1 all stay
	Score      string  `json:"score,omitempty"`
}

// DefaultTest are the settings of the authors' fcos_core/config/defaults.py; in
// mmdetection's configs/fcos the overlap is 0.5.
func DefaultTest() Test { return Test{Threshold: 0.05, Candidates: 1000, Overlap: 0.6} }

// Validate says whether the settings make sense.
func (t Test) Validate() error {
	switch {
	case !(t.Threshold >= 0 && t.Threshold < 1):
		return fmt.Errorf("fcos: threshold %g of the classification is outside [0, 1)", t.Threshold)
	case t.Candidates < 1:
		return fmt.Errorf("fcos: %d candidates of a level, want at least 1", t.Candidates)
	case !(t.Overlap >= 0 && t.Overlap <= 1):
		return fmt.Errorf("fcos: overlap %g is outside [0, 1]", t.Overlap)
	case t.Score != "" && t.Score != ScoreRoot && t.Score != ScoreProduct:
		return fmt.Errorf("fcos: unknown score %q: use %s or %s", t.Score, ScoreRoot, ScoreProduct)
	}
	return nil
}

// leastClass is a classification below which no score is above a threshold, however
// large the centre-ness is; a little less, for rounding.
func (t Test) leastClass(threshold float64) float64 {
	if t.Score != ScoreProduct {
		threshold *= threshold
	}
	return threshold * (1 - 1e-5)
}

// Maps are what the network predicts for one image.
type Maps struct {
	Logits     []float32 // C×A, of the classes
	Centreness []float32 // A, logits
	Distances  []float32 // 4×A, l, t, r, b in pixels
}

// candidate is a pair of class and cell.
type candidate struct {
	product float32 // of classification and centre-ness
	at      int     // class·A + cell
}

// better orders candidates: higher products first and, of equal ones, by class,
// then level, row and column.
func better(a, b candidate) int {
	if a.product > b.product || a.product == b.product && a.at < b.at {
		return -1
	}
	return 1
}

// Decoder turns the maps of one image into boxes. It keeps its working memory;
// one goroutine uses it at a time. The zero value is ready.
type Decoder struct {
	level []candidate // the best of one level, twice as many at most
	all   []candidate
	nms   suppressor
}

// Decode appends the detections of one image to dst, best first, and returns
// it. g is the grid of the input, inside the part of it that the image covers:
// left, top, right, bottom; the rest is padding, and boxes are clipped to the
// image.
//
// A pair of cell and class is a candidate if its classification is above the
// threshold; of each level the best ones, by the product of classification and
// centre-ness, go on, as with the authors (fcos_core/modeling/rpn/fcos/inference.py).
// Mmdetection (mmdet/models/dense_heads/fcos_head.py) first takes the best cells of
// a level by their best class, and then all their classes above the threshold.
// Of the candidates, those that overlap a better one of their class are left out,
// and of the rest the best ones, as far as l goes, are the detections. Ties are
// broken by class, then level, row and column, where the authors keep all that
// are equal to the last one. A box without area once it is clipped, as cells in
// the padding give, is no detection.
//
// It panics if the lengths do not fit together.
func (d *Decoder) Decode(dst []detector.Found, g Grid, m Maps, inside [4]float64, t Test, l detector.Limits) []detector.Found {
	if g.Cells == 0 || len(m.Logits)%g.Cells != 0 || len(m.Centreness) != g.Cells || len(m.Distances) != 4*g.Cells {
		panic(fmt.Sprintf("fcos: maps of %d, %d and %d values are not C, 1 and 4 times the %d cells of %d×%d pixels",
			len(m.Logits), len(m.Centreness), len(m.Distances), g.Cells, g.Width, g.Height))
	}
	d.all = d.all[:0]
	for _, level := range g.Levels {
		d.all = append(d.all, d.best(level, g.Cells, m, t)...)
	}
	slices.SortFunc(d.all, better)
	image := corners{float32(inside[0]), float32(inside[1]), float32(inside[2]), float32(inside[3])}
	d.nms.start(len(m.Logits) / g.Cells)
	for _, c := range d.all {
		score := c.product
		if t.Score != ScoreProduct {
			score = float32(math.Sqrt(float64(score)))
		}
		if len(d.nms.kept) >= l.Top || !(score > l.Threshold) {
			break
		}
		class, cell := c.at/g.Cells, c.at%g.Cells
		if b, left := g.box(m.Distances, cell).clip(image); left && d.nms.keep(class, b, t.Overlap) {
			dst = append(dst, detector.Found{Class: class, Score: score, X: b.x0, Y: b.y0, W: b.x1 - b.x0, H: b.y1 - b.y0})
		}
	}
	return dst
}

// best returns the best candidates of a level, in no order. They are valid
// until the next call.
func (d *Decoder) best(level Level, cells int, m Maps, t Test) []candidate {
	threshold := float32(math.Log(t.Threshold / (1 - t.Threshold))) // σ(x) > t is x > log(t/(1−t))
	d.level = d.level[:0]
	floor := float32(0) // the product that a later candidate has to exceed
	for plane := 0; plane < len(m.Logits); plane += cells {
		for i, x := range m.Logits[plane+level.First:][:level.Cells()] {
			if !(x > threshold) {
				continue
			}
			product := float32(sigmoid(x) * sigmoid(m.Centreness[level.First+i]))
			if !(product > floor) {
				continue
			}
			d.level = append(d.level, candidate{product, plane + level.First + i})
			if len(d.level) == 2*t.Candidates {
				floor = d.cut(t.Candidates)
			}
		}
	}
	if len(d.level) > t.Candidates {
		d.cut(t.Candidates)
	}
	return d.level
}

// cut leaves the k best candidates of a level and returns the last one's
// product.
func (d *Decoder) cut(k int) float32 {
	slices.SortFunc(d.level, better)
	d.level = d.level[:k]
	return d.level[k-1].product
}

// box returns the box that a cell predicts.
func (g Grid) box(distances []float32, cell int) corners {
	i := Levels - 1
	for cell < g.Levels[i].First {
		i--
	}
	level := g.Levels[i]
	at := cell - level.First
	x, y := float32(level.point(at%level.W)), float32(level.point(at/level.W))
	a := g.Cells
	return corners{
		x0: x - distances[cell], y0: y - distances[a+cell],
		x1: x + distances[2*a+cell], y1: y + distances[3*a+cell],
	}
}

// sigmoid is 1 / (1 + e^−x).
func sigmoid(x float32) float64 { return 1 / (1 + math.Exp(-float64(x))) }
