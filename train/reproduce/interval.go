package reproduce

import (
	"encoding/json"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"cocostat/train/recipes"
)

// Confidence is that of all intervals of a report.
const Confidence = 0.95

// Spread are the mean, the sample standard deviation and the confidence interval
// of the mean by metric. What fewer than two values do not have is NaN.
type Spread struct {
	N    int    `json:"n"` // values
	Mean Values `json:"mean"`
	Std  Values `json:"std"`
	Range
}

// Range are the ends of confidence intervals by metric, NaN where there is none.
type Range struct {
	Low  Values `json:"low"`
	High Values `json:"high"`
}

func noRange() Range { return Range{none(), none()} }

// spreadOf summarises values over seeds. A metric that a seed lacks is lacking.
// The interval takes the values for normally distributed (Student's t):
//
//	mean ± t((1+Confidence)/2, n−1)·std/√n
func spreadOf(all []Values) Spread {
	s := Spread{N: len(all), Mean: none(), Std: none(), Range: noRange()}
	n := float64(len(all))
	for i := range s.Mean {
		sum, squares := 0.0, 0.0
		for _, v := range all {
			sum += float64(v[i])
		}
		mean := sum / n
		for _, v := range all {
			squares += (float64(v[i]) - mean) * (float64(v[i]) - mean)
		}
		s.Mean[i] = Percent(mean)
		if n < 2 {
			continue
		}
		std := math.Sqrt(squares / (n - 1))
		half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile((1+Confidence)/2) * std / math.Sqrt(n)
		s.Std[i], s.Low[i], s.High[i] = Percent(std), Percent(mean-half), Percent(mean+half)
	}
	return s
}

// Verdict is whether a difference is told from zero.
type Verdict string

const (
	Unknown Verdict = ""                // no interval: fewer than two seeds
	NotTold Verdict = "not told from 0" // an interval holds 0
	Above   Verdict = "above 0"
	Below   Verdict = "below 0"
)

// Verdicts are verdicts by metric.
type Verdicts [8]Verdict

// MarshalJSON writes an object with the metrics as keys, null where nothing is
// known.
func (v Verdicts) MarshalJSON() ([]byte, error) {
	object := map[string]*Verdict{}
	for i, name := range recipes.Metrics {
		object[name] = nil
		if v[i] != Unknown {
			object[name] = &v[i]
		}
	}
	return json.Marshal(object)
}

// verdicts judges differences: they are told from zero where the interval over
// the seeds leaves 0 out, and that of the bootstrap, if there is one, on the
// same side.
func verdicts(seeds, bootstrap Range) (v Verdicts) {
	for i := range v {
		v[i] = seeds.side(i)
		if other := bootstrap.side(i); v[i] != Unknown && other != Unknown && other != v[i] {
			v[i] = NotTold
		}
	}
	return v
}

// side is on which side of 0 the interval of a metric lies.
func (r Range) side(metric int) Verdict {
	low, high := float64(r.Low[metric]), float64(r.High[metric])
	switch {
	case math.IsNaN(low) || math.IsNaN(high):
		return Unknown
	case low > 0:
		return Above
	case high < 0:
		return Below
	}
	return NotTold
}
