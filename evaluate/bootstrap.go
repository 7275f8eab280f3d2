package evaluate

import "context"

// ClassGroup is a named group of classes, such as the tail.
type ClassGroup struct {
	Name    string
	Classes []int64 // category ids
}

// BootstrapOptions are the settings of [Bootstrap]. The zero value is of use.
type BootstrapOptions struct {
	Rounds int     // resamplings; 0 means 1000
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
// matches of their runs, one for each seed of a recipe; the APs of a side are
// means over its runs. All must come from the same truths and parameters.
//
// In each round it draws as many images as there are, with replacement, the
// same ones for both sides, and computes the APs as an evaluation of those
// images would, an image that is drawn n times standing there n times. Nothing
// is matched anew: a detection of that image counts n times. The intervals lie
// between the percentiles (1−Level)/2 and (1+Level)/2 of the rounds, values
// between two of them interpolated as numpy.percentile does.
//
// B. Efron, "Bootstrap methods: another look at the jackknife", Ann. Statist.
// 7(1), 1979.
func Bootstrap(ctx context.Context, a, b []*Matches, opt BootstrapOptions) (*Comparison, error) {
	return nil, nil
}
