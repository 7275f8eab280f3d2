package evaluate

import (
	"fmt"
	"slices"

	"cocostat/internal/parallel"
)

// Arrays are the results as pycocotools has them, dense and in row-major order.
// Classes without a truth that counts hold −1. Shapes are in the package's
// documentation.
type Arrays struct {
	Precision []float64 // [T, R, K, A, M] in [0, 1], interpolated
	Recall    []float64 // [T, K, A, M] in [0, 1], the largest reached
	Scores    []float64 // [T, R, K, A, M], score at which the recall is reached, 0 where it is not
}

// mostNumbers is the largest size of the array Precision: 2 GiB. COCO's has
// 970,000 numbers, that of V3Det, with 13,204 classes, 160 million.
const mostNumbers = 1 << 28

// Arrays makes the arrays, 194 KB a class with COCO's parameters. It fails where
// they were larger than 4 GiB.
func (m *Matches) Arrays() (*Arrays, error) {
	p := &m.Params
	n := len(p.IoUThresholds) * p.classRows() * len(p.Areas) * len(p.MaxDets) // no more than checkSize allows
	if n*len(p.RecallThresholds) > mostNumbers {
		return nil, fmt.Errorf("evaluate: %s make too large arrays: take fewer of them", p.sizes())
	}
	none := func(n int) []float64 { return slices.Repeat([]float64{-1}, n) }
	x := &Arrays{Recall: none(n), Precision: none(n * len(p.RecallThresholds)), Scores: none(n * len(p.RecallThresholds))}
	parallel.LargestFirst(m.sizes(), func() func(k int) {
		s := newSheet(p)
		return func(k int) {
			if s.fill(&m.Classes[k]) {
				s.copyTo(x, k)
			}
		}
	})
	return x, nil
}

// Dims returns the sizes of the arrays: IoU thresholds, recall thresholds,
// classes, area ranges and limits on detections.
func (p *Params) Dims() (t, rec, k, a, m int) {
	return len(p.IoUThresholds), len(p.RecallThresholds), p.classRows(), len(p.Areas), len(p.MaxDets)
}

// sheet is the part of the arrays that belongs to one class. There it lies in
// pieces far apart, which are written once, in one go.
type sheet struct {
	*curves
	areas, classes    int
	recall            []float64 // [T, A, M]
	precision, scores []float64 // [T, R, A, M]
}

func newSheet(p *Params) *sheet {
	t, rec, k, a, m := p.Dims()
	return &sheet{newCurves(p), a, k, make([]float64, t*a*m), make([]float64, t*rec*a*m), make([]float64, t*rec*a*m)}
}

// fill fills in the numbers of a class, and reports whether it has any.
func (s *sheet) fill(of *ClassMatches) (any bool) {
	for _, x := range [][]float64{s.recall, s.precision, s.scores} {
		for i := range x {
			x[i] = -1
		}
	}
	for a := range s.areas {
		if of.positives[a] > 0 {
			s.trace(of, a)
			s.fillArea(a)
			any = true
		}
	}
	return any
}

// fillArea fills in the curves of area range a.
func (s *sheet) fillArea(a int) {
	for m := range s.levels {
		for t := range s.levels[m].found {
			points := s.points(m, t)
			s.recall[(t*s.areas+a)*len(s.levels)+m] = float64(len(points)) / float64(s.positives)
			i := 0
			for _, n := range s.needs {
				p, _ := s.at(points, n.found)
				for ; i < n.end; i++ {
					at := ((t*len(s.recalls)+i)*s.areas+a)*len(s.levels) + m
					s.precision[at], s.scores[at] = p.precision, p.score
				}
			}
		}
	}
}

// copyTo copies the numbers to their places, those of class k.
func (s *sheet) copyTo(x *Arrays, k int) {
	piece := s.areas * len(s.levels)
	into := func(to, from []float64) {
		for at := k * piece; len(from) > 0; at += s.classes * piece {
			copy(to[at:], from[:piece])
			from = from[piece:]
		}
	}
	into(x.Recall, s.recall)
	into(x.Precision, s.precision)
	into(x.Scores, s.scores)
}
