package evaluate

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// ClassGroup is a named group of classes, such as the tail.
type ClassGroup struct {
	Name    string
	Classes []int64 // category ids
}

// MostRounds is the largest number of resamplings: three numbers of each class
// and detector are kept for each.
const MostRounds = 100_000

// BootstrapOptions are the settings of [Bootstrap]. The zero value is of use.
type BootstrapOptions struct {
	Rounds int     // resamplings, at most MostRounds; 0 means 1000
	Level  float64 // of the confidence intervals, in (0, 1); 0 means 0.95
	Seed   uint64  // of the random numbers: the same seed, the same result
	Groups []ClassGroup

	// Runs draws, in each round, the runs of each side with replacement too, so
	// that the intervals hold the spread between seeds as well. It matters with
	// several runs only, and with few of them understates that spread.
	Runs bool
}

// Interval is a value with its confidence interval (percentiles of the rounds).
type Interval struct{ Value, Low, High float64 }

// Compared is a number of two detectors, A and B, and their difference B − A.
type Compared struct {
	A, B, Difference Interval
	// Above is the share of the rounds in which B is above A, with half of
	// those in which they are equal.
	Above float64
}

// APsCompared are the three average precisions of two detectors.
type APsCompared struct{ AP, AP50, AP75 Compared }

// Comparison is the result of [Bootstrap]. Numbers that do not exist, of
// classes without truths for instance, are NaN.
type Comparison struct {
	Rounds  int
	Level   float64
	All     APsCompared
	Classes []APsCompared // K, in the order of Params.Classes
	Groups  []APsCompared // in the order of the options
}

// Bootstrap compares two detectors on the same truths. a and b hold the
// samples of their runs, one for each seed of a recipe; the APs of a side are
// means over its runs. All must come from the same truths and parameters.
// Without b, only the intervals of A are there.
//
// In each round it draws as many images as there are, with replacement, the
// same ones for both sides, and computes the APs as an evaluation of those
// images would, an image that is drawn n times standing there n times, one
// after the other. Nothing is matched anew: the matches of that image count n
// times. The intervals lie between the percentiles (1−Level)/2 and (1+Level)/2
// of the rounds, interpolated as numpy.percentile does. Classes that have no
// truth in a round stay out of its means, and of their own intervals.
//
// It fails where the matches do not fit together, and with ctx's error once
// that is done.
//
// B. Efron, "Bootstrap methods: another look at the jackknife", Ann. Statist.
// 7(1), 1979.
func Bootstrap(ctx context.Context, a, b []*Sample, opt BootstrapOptions) (*Comparison, error) {
	opt, err := opt.resolve()
	if err != nil {
		return nil, err
	}
	if err := sameTruths(a, b); err != nil {
		return nil, err
	}
	s := newSampling(a, b, opt)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), opt.Rounds) {
		workers.Go(func() {
			w := newRound(s)
			for i := next.Add(1) - 1; i < int64(opt.Rounds) && ctx.Err() == nil; i = next.Add(1) - 1 {
				w.draw(int(i))
				w.compute(int(i))
			}
		})
	}
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := newRound(s)
	w.all()
	w.compute(opt.Rounds)
	return s.comparison(), nil
}

// resolve checks the options and fills in the defaults.
func (o BootstrapOptions) resolve() (BootstrapOptions, error) {
	if o.Rounds == 0 {
		o.Rounds = 1000
	}
	if o.Level == 0 {
		o.Level = 0.95
	}
	if o.Rounds < 1 || o.Rounds > MostRounds {
		return o, fmt.Errorf("evaluate: %d rounds of the bootstrap: must be from 1 to %d", o.Rounds, MostRounds)
	}
	if !(o.Level > 0 && o.Level < 1) {
		return o, fmt.Errorf("evaluate: confidence level %v: must lie between 0 and 1", o.Level)
	}
	return o, nil
}

// sameTruths checks that samples fit together.
func sameTruths(a, b []*Sample) error {
	if len(a) == 0 {
		return errors.New("evaluate: bootstrap: no matches")
	}
	first := a[0]
	p := &first.Params
	for _, m := range slices.Concat(a, b) {
		q := &m.Params
		if !slices.Equal(p.IoUThresholds, q.IoUThresholds) || !slices.Equal(p.RecallThresholds, q.RecallThresholds) ||
			!slices.Equal(p.Images, q.Images) || !slices.Equal(p.Classes, q.Classes) || first.Area != m.Area || p.ClassAgnostic != q.ClassAgnostic {
			return errors.New("evaluate: bootstrap: matches were made with different parameters")
		}
		for k := range first.classes {
			if !slices.Equal(first.classes[k].truths, m.classes[k].truths) {
				return fmt.Errorf("evaluate: bootstrap: matches have different truths, in category %d for one", p.category(k))
			}
		}
	}
	return nil
}
