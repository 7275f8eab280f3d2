package evaluate

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// The three average precisions that are resampled.
const (
	meanAP = iota
	ap50
	ap75
	metrics
)

// sampling is what the rounds of a bootstrap share. Its rows are the classes,
// the groups, and all classes together.
type sampling struct {
	opt      BootstrapOptions
	images   int
	recalls  []float64
	every    uint64         // a bit for each IoU threshold
	averaged [metrics][]int // IoU thresholds of each metric
	classes  []classSample  // of the first run; the truths are those of all
	groups   [][]int        // class numbers
	sides    [2][]*Sample
	values   [2][metrics][][]float64 // row × round; the last round is that of the images as they are
}

func newSampling(a, b []*Sample, opt BootstrapOptions) *sampling {
	p := &a[0].Params
	s := &sampling{opt: opt, images: len(p.Images), recalls: p.RecallThresholds, every: 1<<len(p.IoUThresholds) - 1,
		classes: a[0].classes, sides: [2][]*Sample{a, b}}
	s.averaged = [metrics][]int{p.thresholds(0), p.thresholds(0.5), p.thresholds(0.75)}
	all := make([]int, len(s.classes))
	for k := range all {
		all[k] = k
	}
	for _, g := range opt.Groups {
		s.groups = append(s.groups, p.classNumbers(g.Classes))
	}
	s.groups = append(s.groups, all)
	for side := range s.sides {
		for metric := range metrics {
			for range len(s.classes) + len(s.groups) {
				s.values[side][metric] = append(s.values[side][metric], make([]float64, opt.Rounds+1))
			}
		}
	}
	return s
}

// round computes the APs of one draw after another.
type round struct {
	*sampling
	weights []int32    // by image: how often it is drawn
	runs    [2][]int32 // by run: how often it is drawn
	needed  []int      // R: true positives from which a recall is reached
	found   []int      // T
	missed  []int      // T: false positives beside those that are so at all thresholds
	curves  [][]reached
	aps     []float64 // T
}

// reached is a point of a curve: the precision when so many are found.
type reached struct {
	found     int
	precision float64
}

func newRound(s *sampling) *round {
	t := len(s.averaged[meanAP])
	w := &round{sampling: s, weights: make([]int32, s.images), needed: make([]int, len(s.recalls)),
		found: make([]int, t), missed: make([]int, t), curves: make([][]reached, t), aps: make([]float64, t)}
	for side := range w.runs {
		w.runs[side] = make([]int32, len(s.sides[side]))
	}
	return w
}

// draw draws the images of a round, and the runs.
func (w *round) draw(number int) {
	rng := rand.New(rand.NewPCG(w.opt.Seed, uint64(number)))
	draw := func(counts []int32) {
		clear(counts)
		for range counts {
			counts[rng.IntN(len(counts))]++
		}
	}
	draw(w.weights)
	for side := range w.runs {
		if w.opt.Runs {
			draw(w.runs[side])
		} else {
			fill(w.runs[side])
		}
	}
}

// all takes every image and run once.
func (w *round) all() {
	fill(w.weights)
	fill(w.runs[0])
	fill(w.runs[1])
}

func fill(counts []int32) {
	for i := range counts {
		counts[i] = 1
	}
}

// compute fills in the values of a round.
func (w *round) compute(number int) {
	for k := range w.classes {
		positives := 0
		for _, im := range w.classes[k].truths {
			positives += int(w.weights[im.image]) * int(im.truths)
		}
		w.need(positives)
		for side := range w.sides {
			ap := w.class(side, k, positives)
			for metric := range metrics {
				w.values[side][metric][k][number] = ap[metric]
			}
		}
	}
	for side := range w.sides {
		for metric := range metrics {
			rows := w.values[side][metric]
			for g, classes := range w.groups {
				rows[len(w.classes)+g][number] = meanOf(rows, classes, number)
			}
		}
	}
}

// meanOf averages a round's values of some rows, leaving out NaN.
func meanOf(rows [][]float64, of []int, number int) float64 {
	sum, n := 0.0, 0
	for _, k := range of {
		if v := rows[k][number]; !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	return sum / float64(n)
}

// need finds the true positives from which each recall is reached.
func (w *round) need(positives int) {
	n := 0
	for i, recall := range w.recalls {
		n = reaching(recall, positives, n)
		w.needed[i] = n
	}
}

// class returns a class's APs, means over the runs of a side.
func (w *round) class(side, k, positives int) (ap [metrics]float64) {
	runs := 0
	if positives > 0 {
		for i, weight := range w.runs[side] {
			if weight == 0 {
				continue
			}
			runs += int(weight)
			w.trace(&w.sides[side][i].classes[k].stream)
			for t := range w.aps {
				w.aps[t] = w.average(w.curves[t])
			}
			for metric, thresholds := range w.averaged {
				sum := 0.0
				for _, t := range thresholds {
					sum += w.aps[t]
				}
				ap[metric] += float64(weight) * sum / float64(len(thresholds))
			}
		}
	}
	for metric := range ap {
		ap[metric] /= float64(runs) // NaN without truths or runs
	}
	return ap
}

// trace follows the curves of a class at all thresholds.
func (w *round) trace(s *stream) {
	clear(w.found)
	clear(w.missed)
	for t := range w.curves {
		w.curves[t] = w.curves[t][:0]
	}
	falses, done, rest := 0, int32(0), s.found
	for i := range s.events {
		e := &s.events[i]
		for _, image := range s.falses[done:e.before] {
			falses += int(w.weights[image])
		}
		done = e.before
		weight := int(w.weights[e.image])
		found := rest[:e.count]
		rest = rest[e.count:]
		if len(found) > 1 {
			// Each copy of the image has its detections one after the other.
			for range weight {
				for _, o := range found {
					w.add(o, 1, falses)
				}
			}
		} else if weight > 0 {
			w.add(found[0], weight, falses)
		}
	}
}

// add counts a detection a number of times. Of the points that true ones make
// the last has the highest precision, and stands for all.
func (w *round) add(o Outcome, weight, falses int) {
	for right := o.Right; right != 0; right &= right - 1 {
		t := bits.TrailingZeros64(right)
		w.found[t] += weight
		n := w.found[t]
		w.curves[t] = append(w.curves[t], reached{n, float64(n) / (float64(falses+w.missed[t]+n) + epsilon)})
	}
	for wrong := w.every &^ (o.Right | o.Ignored); wrong != 0; wrong &= wrong - 1 {
		w.missed[bits.TrailingZeros64(wrong)] += weight
	}
}

// average is the mean precision over the recall thresholds.
func (w *round) average(curve []reached) float64 {
	sum, best, at := 0.0, 0.0, len(curve)
	for i := len(w.needed) - 1; i >= 0; i-- {
		for ; at > 0 && curve[at-1].found >= w.needed[i]; at-- {
			best = max(best, curve[at-1].precision)
		}
		sum += best
	}
	return sum / float64(len(w.needed))
}
