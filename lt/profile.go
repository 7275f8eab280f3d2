package lt

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Values of Profile.Shape: how the counts fall from the largest class to the
// smallest. With C classes of rank i = 0…C−1 and the imbalance factor ρ,
const (
	Exponential = "exponential" // n_i = n_0 ρ^(−i/(C−1)), as CIFAR-LT
	Pareto      = "pareto"      // n_i = n_0 (i+1)^(−ln ρ / ln C): a power law
)

// Profile is a long tail that a dataset is to get.
type Profile struct {
	Shape     string  // Exponential or Pareto
	Imbalance float64 // ρ ≥ 1, the largest count over the smallest
	// Largest is n_0, the count of the largest class; 0 for the largest with
	// which no class is asked for more than it has.
	Largest float64
}

// mostInstances is the largest count that a profile may ask for.
const mostInstances = 1e15

// Validate reports an unknown shape and numbers outside their ranges.
func (p Profile) Validate() error {
	switch {
	case p.Shape != Exponential && p.Shape != Pareto:
		return fmt.Errorf("profile %q is not %s or %s", p.Shape, Exponential, Pareto)
	case !(p.Imbalance >= 1) || math.IsInf(p.Imbalance, 0):
		return fmt.Errorf("imbalance factor %v is not a finite number of at least 1", p.Imbalance)
	case !(p.Largest >= 0 && p.Largest <= mostInstances):
		return fmt.Errorf("largest class %v is not a number from 0 to %g", p.Largest, float64(mostInstances))
	}
	return nil
}

// Counts returns what the profile asks of each class, given how many instances
// there are. The classes are ranked by these, from the largest on; equal ones
// keep their order. Classes without instances have no rank and are asked for 0,
// the others for at least 1. Numbers are rounded to the nearest; with Largest 0
// none is above what there is. It panics for a profile that is not valid.
func (p Profile) Counts(instances []int64) []int64 {
	if err := p.Validate(); err != nil {
		panic("lt: " + err.Error())
	}
	order := ranked(instances)
	share := p.shares(len(order))
	largest, _ := p.limit(instances, order, share)
	out := make([]int64, len(instances))
	for i, j := range order {
		out[j] = max(1, int64(math.Round(largest*share[i])))
	}
	return out
}

// Limit returns n_0, and the class that forbids a larger one: -1 where the
// profile has its own, or where there are no instances.
func (p Profile) Limit(instances []int64) (largest float64, class int) {
	order := ranked(instances)
	return p.limit(instances, order, p.shares(len(order)))
}

func (p Profile) limit(instances []int64, order []int, share []float64) (largest float64, class int) {
	if p.Largest > 0 {
		return p.Largest, -1
	}
	largest, class = math.Inf(1), -1
	for i, j := range order {
		if n := float64(instances[j]) / share[i]; n < largest {
			largest, class = n, j
		}
	}
	return largest, class
}

// ranked returns the classes with instances, from the largest on.
func ranked(instances []int64) []int {
	var order []int
	for j, n := range instances {
		if n > 0 {
			order = append(order, j)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(instances[b], instances[a]) })
	return order
}

// shares returns n_i / n_0 for n classes.
func (p Profile) shares(n int) []float64 {
	share := make([]float64, n)
	for i := range share {
		share[i] = 1
		switch {
		case i == 0:
		case p.Shape == Exponential:
			share[i] = math.Exp(-math.Log(p.Imbalance) * float64(i) / float64(n-1))
		default:
			share[i] = math.Exp(-math.Log(p.Imbalance) * math.Log(float64(i+1)) / math.Log(float64(n)))
		}
	}
	return share
}
