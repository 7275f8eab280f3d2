package weights

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Normalisations lists the values of Alpha.Normalisation.
var Normalisations = []string{NormalisationNone, NormalisationSum, NormalisationMean, NormalisationInstances}

// Bases lists the values of Alpha.Base.
var Bases = []string{BaseInstances, BaseImages}

// Complete returns a with what is empty filled in: the base is instances, and the
// normalisation that of the method, see schemes.
func (a Alpha) Complete() Alpha {
	a.Normalisation = cmp.Or(a.Normalisation, schemeOf(a.Method).usual)
	a.Base = cmp.Or(a.Base, BaseInstances)
	return a
}

// Validate reports unknown names, numbers outside their ranges, and settings
// that mean nothing together. An empty normalisation or base is that of
// Complete.
func (a Alpha) Validate() error {
	a = a.Complete()
	err := errors.Join(
		oneOf("alpha method", a.Method, Methods...),
		oneOf("normalisation", a.Normalisation, Normalisations...),
		oneOf("counting base", a.Base, Bases...))
	if err != nil {
		return err
	}
	return errors.Join(a.validateParameters(), a.validateClip(), a.validateUniform())
}

// validateParameters wants the parameter of the method and no other one.
func (a Alpha) validateParameters() error {
	for _, s := range schemes {
		if s.parameter != nil && s.name != a.Method && s.parameter.of(a) != 0 {
			return fmt.Errorf("%s is a parameter of the alpha method %s, not of %s", s.parameter.name, s.name, a.Method)
		}
	}
	if p := schemeOf(a.Method).parameter; p != nil {
		return p.check(a)
	}
	return nil
}

func (a Alpha) validateClip() error {
	if a.Clip == nil {
		return nil
	}
	low, high := a.Clip[0], a.Clip[1]
	switch {
	case !(low >= 0 && high <= math.MaxFloat64):
		return fmt.Errorf("clip %v,%v is no interval of finite numbers of at least 0", low, high)
	case !(low < high):
		return fmt.Errorf("clip %v,%v: the first must be below the second; for equal weights use the alpha method uniform", low, high)
	}
	return nil
}

func (a Alpha) validateUniform() error {
	switch {
	case a.Method != Uniform:
	case a.Normalisation != NormalisationNone:
		return errors.New("a normalisation changes nothing in uniform weights, which are 1")
	case a.Base != BaseInstances:
		return errors.New("a counting base changes nothing in uniform weights, which are 1")
	case a.Clip != nil:
		return errors.New("uniform weights are 1: there is nothing to clip")
	}
	return nil
}

// Weights computes α of every class from its numbers of instances and images:
// the formula, then the normalisation, then the clipping. It is NaN for a class
// without instances. What a leaves empty is that of Complete. It fails if a is
// not valid, or if a weight comes out as 0 or infinite.
func (a Alpha) Weights(instances, images []int64) ([]float64, error) {
	if err := a.Validate(); err != nil {
		return nil, err
	}
	return a.Complete().weights(instances, images)
}

// weights is Weights of a complete and valid scheme.
func (a Alpha) weights(instances, images []int64) ([]float64, error) {
	counts := instances
	if a.Base == BaseImages {
		counts = images
	}
	scheme := schemeOf(a.Method)
	var parameter float64
	if scheme.parameter != nil {
		parameter = scheme.parameter.of(a)
	}
	alpha := scheme.weights(counts, parameter)
	switch a.Normalisation {
	case NormalisationSum, NormalisationMean:
		rescaleMean(alpha)
	case NormalisationInstances:
		rescaleInstances(alpha, instances)
	}
	if a.Clip != nil {
		clip(alpha, *a.Clip)
	}
	for y, v := range alpha {
		if counts[y] > 0 && !(v > 0 && v <= math.MaxFloat64) && !(v == 0 && a.Clip != nil) {
			return nil, fmt.Errorf("alpha of a class of %d %s comes out as %v: milder settings are needed", counts[y], a.Base, v)
		}
	}
	return alpha, nil
}

// rescaleMean multiplies the weights by one factor, so that the mean over the
// classes that have one is 1 and their sum therefore C.
func rescaleMean(alpha []float64) {
	var values []float64
	for _, a := range alpha {
		if !math.IsNaN(a) {
			values = append(values, a)
		}
	}
	scale(alpha, float64(len(values))/sum(values))
}

// rescaleInstances multiplies the weights by one factor, so that the mean over
// the instances is 1: Σ n_y·α_y = Σ n_y.
func rescaleInstances(alpha []float64, instances []int64) {
	var values []float64
	for y, a := range alpha {
		if !math.IsNaN(a) {
			values = append(values, a*float64(instances[y]))
		}
	}
	n, _ := totals(instances)
	scale(alpha, n/sum(values))
}

func scale(alpha []float64, factor float64) {
	for y := range alpha {
		alpha[y] *= factor
	}
}

// sum adds up numbers from the least to the greatest, so that their order does
// not change the rounding. It sorts them.
func sum(values []float64) float64 {
	slices.Sort(values)
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

// clip puts the weights into the interval. NaN stays.
func clip(alpha []float64, interval [2]float64) {
	for y, a := range alpha {
		if !math.IsNaN(a) {
			alpha[y] = min(max(a, interval[0]), interval[1])
		}
	}
}
