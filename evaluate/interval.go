package evaluate

import (
	"math"
	"slices"
)

// comparison sums up the rounds.
func (s *sampling) comparison() *Comparison {
	c := &Comparison{Rounds: s.opt.Rounds, Level: s.opt.Level}
	for row := range len(s.classes) + len(s.groups) {
		x := APsCompared{s.compared(meanAP, row), s.compared(ap50, row), s.compared(ap75, row)}
		switch {
		case row < len(s.classes):
			c.Classes = append(c.Classes, x)
		case row < len(s.classes)+len(s.groups)-1:
			c.Groups = append(c.Groups, x)
		default:
			c.All = x
		}
	}
	return c
}

func (s *sampling) compared(metric, row int) Compared {
	a, b := s.values[0][metric][row], s.values[1][metric][row]
	difference := make([]float64, len(a))
	above, n := 0.0, 0.0
	for i := range a {
		difference[i] = b[i] - a[i]
		if i == s.opt.Rounds || math.IsNaN(difference[i]) {
			continue
		}
		n++
		if difference[i] > 0 {
			above++
		} else if difference[i] == 0 {
			above += 0.5
		}
	}
	return Compared{A: s.interval(a), B: s.interval(b), Difference: s.interval(difference), Above: above / n}
}

// interval returns the value of the last round and the percentiles of the
// others.
func (s *sampling) interval(values []float64) Interval {
	rounds := slices.DeleteFunc(slices.Clone(values[:s.opt.Rounds]), math.IsNaN)
	slices.Sort(rounds)
	tail := (1 - s.opt.Level) / 2
	return Interval{values[s.opt.Rounds], quantile(rounds, tail), quantile(rounds, 1-tail)}
}

// quantile interpolates between the sorted values, as numpy.quantile does.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := q * float64(len(sorted)-1)
	below := math.Floor(at)
	i := int(below)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-below)*(sorted[i+1]-sorted[i])
}
