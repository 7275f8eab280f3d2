package weights

import (
	"cmp"
	"errors"
	"fmt"
	"math"
)

// Methods lists the values of Alpha.Method.
var Methods = []string{Inverse, Effective, Power, Log, Uniform}

// Normalisations lists the values of Alpha.Normalisation.
var Normalisations = []string{NormalisationNone, NormalisationSum, NormalisationMean, NormalisationInstances}

// Bases lists the values of Alpha.Base.
var Bases = []string{BaseInstances, BaseImages}

// Complete returns a with what is empty filled in: the base is instances, and
// the normalisation that of the method. Inverse and Uniform are used as they
// are, and their mean over the instances is 1; Effective sums to C, as its
// authors have it; Power and Log, whose formulas set no scale, get the mean of
// Inverse.
func (a Alpha) Complete() Alpha {
	usual := NormalisationNone
	switch a.Method {
	case Effective:
		usual = NormalisationSum
	case Power, Log:
		usual = NormalisationInstances
	}
	a.Normalisation = cmp.Or(a.Normalisation, usual)
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
	for _, p := range []struct {
		name, method string
		value        float64
	}{{"beta", Effective, a.Beta}, {"exponent", Power, a.Exponent}, {"offset", Log, a.Offset}} {
		if p.value != 0 && a.Method != p.method {
			return fmt.Errorf("%s is a parameter of the alpha method %s, not of %s", p.name, p.method, a.Method)
		}
	}
	switch {
	case a.Method == Effective && !(a.Beta > 0 && a.Beta < 1):
		return fmt.Errorf("beta %v is not between 0 and 1: at 0 all weights are equal, at 1 they are those of inverse", a.Beta)
	case a.Method == Power && !(a.Exponent > 0 && a.Exponent <= math.MaxFloat64):
		return fmt.Errorf("exponent %v is not above 0: at 0 all weights are equal, below it the frequent classes would get the larger ones", a.Exponent)
	case a.Method == Log && !(a.Offset > 1 && a.Offset <= math.MaxFloat64):
		return fmt.Errorf("offset %v is not above 1, where 1/ln(c + share) of a rare class would be infinite or negative", a.Offset)
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

// DefaultBeta is the usual β of Effective.
const DefaultBeta = 0.9999

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
	alpha := a.formula(counts)
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

func (a Alpha) formula(counts []int64) []float64 {
	switch a.Method {
	case Effective:
		return EffectiveNumber(counts, a.Beta)
	case Power:
		return PowerFrequency(counts, a.Exponent)
	case Log:
		return LogFrequency(counts, a.Offset)
	case Uniform:
		return UniformWeights(counts)
	}
	return InverseFrequency(counts)
}
