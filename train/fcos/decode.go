package fcos

import (
	"fmt"
	"math"
	"slices"
)

// Detection is one predicted box: its channel, its score in (0, 1], its left
// and top edge, width and height in pixels of the network's input.
type Detection struct {
	Class      int
	Score      float32
	X, Y, W, H float32
}

// Score says what the score of a detection is; both give the same order. The
// zero value is Root.
type Score int

const (
	// Root is √(classification · centre-ness), as
	// fcos_core/modeling/rpn/fcos/inference.py of the authors has it.
	Root Score = iota
	// Product is classification · centre-ness, as
	// mmdet/models/dense_heads/fcos_head.py of mmdetection has it.
	Product
)

// String returns "root" or "product".
func (s Score) String() string {
	switch s {
	case Root:
		return "root"
	case Product:
		return "product"
	}
	return fmt.Sprintf("Score(%d)", int(s))
}

// ParseScore is the inverse of [Score.String].
func ParseScore(text string) (Score, error) {
	for _, s := range []Score{Root, Product} {
		if s.String() == text {
			return s, nil
		}
	}
	return 0, fmt.Errorf("fcos: unknown score %q (have %v, %v)", text, Root, Product)
}

// Limits bound the detections of an image.
type Limits struct {
	Threshold  float64 // of the classification alone, in [0, 1)
	Candidates int     // of each level, the best ones
	Overlap    float64 // IoU above which a box yields to a better one of its class; at least 1 keeps all
	Top        int     // detections of the image
	Score      Score
}

// DefaultLimits are those of the authors' fcos_core/config/defaults.py; in
// mmdetection's configs/fcos the overlap is 0.5.
func DefaultLimits() Limits {
	return Limits{Threshold: 0.05, Candidates: 1000, Overlap: 0.6, Top: 100}
}

// Validate says whether the limits make sense.
func (l Limits) Validate() error {
	switch {
	case !(l.Threshold >= 0 && l.Threshold < 1):
		return fmt.Errorf("fcos: threshold %g is outside [0, 1)", l.Threshold)
	case l.Candidates < 1:
		return fmt.Errorf("fcos: %d candidates of a level, want at least 1", l.Candidates)
	case !(l.Overlap >= 0):
		return fmt.Errorf("fcos: overlap %g: want at least 0", l.Overlap)
	case l.Top < 1:
		return fmt.Errorf("fcos: %d detections of an image, want at least 1", l.Top)
	case l.Score != Root && l.Score != Product:
		return fmt.Errorf("fcos: unknown score %v", l.Score)
	}
	return nil
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
// it. The image fills the first width×height pixels of an input whose grid is g;
// the rest is padding, and boxes are clipped to the image.
//
// A pair of cell and class is a candidate if its classification is above the
// threshold; of each level the best ones, by the product of classification and
// centre-ness, go on, as with the authors (fcos_core/modeling/rpn/fcos/inference.py).
// Mmdetection (mmdet/models/dense_heads/fcos_head.py) first takes the best cells of
// a level by their best class, and then all their classes above the threshold.
// Of the candidates, those that overlap a better one of their class are left out.
// Ties are broken by class, then level, row and column, where the authors keep
// all that are equal to the last one. A box without area once it is clipped, as
// cells in the padding give, is no detection.
//
// It panics if the lengths do not fit together or the limits make no sense.
func (d *Decoder) Decode(dst []Detection, g Grid, m Maps, width, height float64, lim Limits) []Detection {
	if g.Cells == 0 || len(m.Logits)%g.Cells != 0 || len(m.Centreness) != g.Cells || len(m.Distances) != 4*g.Cells {
		panic(fmt.Sprintf("fcos: maps of %d, %d and %d values are not C, 1 and 4 times the %d cells of %d×%d pixels",
			len(m.Logits), len(m.Centreness), len(m.Distances), g.Cells, g.Width, g.Height))
	}
	if err := lim.Validate(); err != nil {
		panic(err.Error())
	}
	d.all = d.all[:0]
	for _, level := range g.Levels {
		d.all = append(d.all, d.best(level, g.Cells, m, lim)...)
	}
	slices.SortFunc(d.all, better)
	d.nms.start(len(m.Logits)/g.Cells, float32(width), float32(height))
	for _, c := range d.all {
		class, cell := c.at/g.Cells, c.at%g.Cells
		b, ok := d.nms.clip(g.box(m.Distances, cell))
		if !ok || !d.nms.keep(class, b, lim.Overlap) {
			continue
		}
		score := c.product
		if lim.Score == Root {
			score = float32(math.Sqrt(float64(score)))
		}
		dst = append(dst, Detection{Class: class, Score: score, X: b.x0, Y: b.y0, W: b.x1 - b.x0, H: b.y1 - b.y0})
		if len(d.nms.kept) == lim.Top {
			break
		}
	}
	return dst
}

// best returns the best candidates of a level, in no order. They are valid
// until the next call.
func (d *Decoder) best(level Level, cells int, m Maps, lim Limits) []candidate {
	threshold := float32(math.Log(lim.Threshold / (1 - lim.Threshold))) // σ(x) > t is x > log(t/(1−t))
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
			if len(d.level) == 2*lim.Candidates {
				floor = d.cut(lim.Candidates)
			}
		}
	}
	if len(d.level) > lim.Candidates {
		d.cut(lim.Candidates)
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
