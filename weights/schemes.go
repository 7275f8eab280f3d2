package weights

import (
	"fmt"
	"math"
)

// A scheme of class weights is a row of schemes, with its name and its formula in
// this file.

// Values of Alpha.Method.
const (
	Inverse   = "inverse"   // eq. (5): n / (C·n_y)
	Effective = "effective" // eq. (2): (1−β) / (1−β^n_y)
	Power     = "power"     // (n / (C·n_y))^p
	Log       = "log"       // 1 / ln(c + n_y/n)
	Uniform   = "uniform"   // 1
)

// scheme is a way to class weights.
type scheme struct {
	name      string
	weights   func(counts []int64, parameter float64) []float64
	parameter *parameter // nil: it has none
	usual     string     // normalisation, where none is asked for
}

// schemes have these normalisations where none is asked for: inverse and uniform are
// used as they are, and their mean over the instances is 1; effective sums to C, as
// its authors have it; power and log, whose formulas set no scale, get the mean of
// inverse.
var schemes = []scheme{
	{Inverse, func(counts []int64, _ float64) []float64 { return InverseFrequency(counts) }, nil, NormalisationNone},
	{Effective, EffectiveNumber, &beta, NormalisationSum},
	{Power, PowerFrequency, &exponent, NormalisationInstances},
	{Log, LogFrequency, &offset, NormalisationInstances},
	{Uniform, func(counts []int64, _ float64) []float64 { return UniformWeights(counts) }, nil, NormalisationNone},
}

// Methods lists the values of Alpha.Method.
var Methods = methods()

func methods() (names []string) {
	for _, s := range schemes {
		names = append(names, s.name)
	}
	return names
}

// schemeOf returns the scheme of a name, that of inverse for one that is unknown.
func schemeOf(name string) scheme {
	for _, s := range schemes {
		if s.name == name {
			return s
		}
	}
	return schemes[0]
}

// parameter is the number in a scheme's formula.
type parameter struct {
	name        string
	of          func(a Alpha) float64
	above, most float64 // it is above the one, and at most the other
	refusal     string  // why
}

var (
	beta     = parameter{"beta", func(a Alpha) float64 { return a.Beta }, 0, math.Nextafter(1, 0), "not between 0 and 1: at 0 all weights are equal, at 1 they are those of inverse"}
	exponent = parameter{"exponent", func(a Alpha) float64 { return a.Exponent }, 0, math.MaxFloat64, "not above 0: at 0 all weights are equal, below it the frequent classes would get the larger ones"}
	offset   = parameter{"offset", func(a Alpha) float64 { return a.Offset }, 1, math.MaxFloat64, "not above 1, where 1/ln(c + share) of a rare class would be infinite or negative"}
)

// check wants a number in the range.
func (p *parameter) check(a Alpha) error {
	if v := p.of(a); !(v > p.above && v <= p.most) {
		return fmt.Errorf("%s %v is %s", p.name, v, p.refusal)
	}
	return nil
}

// DefaultBeta is the usual β of Effective.
const DefaultBeta = 0.9999

// The formulas take a count n_y ≥ 0 per class, of instances or of
// images, and return a weight per class: NaN for a class whose count is 0, a
// number above 0 for every other one. C is the number of classes with a count
// above 0, n the sum of the counts. The order of the classes changes nothing
// but the order of the weights, not even by rounding.

// InverseFrequency returns α_y = n / (C·n_y), eq. (5). Σ n_y·α_y = n.
func InverseFrequency(counts []int64) []float64 {
	n, c := totals(counts)
	return perClass(counts, func(count float64) float64 { return n / (c * count) })
}

// EffectiveNumber returns (1−β) / (1−β^n_y), eq. (2), for β in (0, 1). It is
// exact to a few units in the last place for every β and n_y: β^n = e^(n·log β)
// is close to 1 for those of interest, so the differences from 1 are formed
// without subtraction.
func EffectiveNumber(counts []int64, beta float64) []float64 {
	logBeta := math.Log(beta)
	if beta > 0.5 {
		logBeta = math.Log1p(beta - 1) // the difference is exact here
	}
	return perClass(counts, func(count float64) float64 { return (1 - beta) / -math.Expm1(count*logBeta) })
}

// PowerFrequency returns (n / (C·n_y))^p, the inverse frequency raised to the
// exponent p. It is 1 for p = 0, and eq. (5) for p = 1.
func PowerFrequency(counts []int64, exponent float64) []float64 {
	n, c := totals(counts)
	return perClass(counts, func(count float64) float64 { return math.Pow(n/(c*count), exponent) })
}

// LogFrequency returns 1 / ln(c + n_y/n) with an offset c > 1, the weights of
// ENet. They lie between 1/ln(c+1) and 1/ln c.
func LogFrequency(counts []int64, offset float64) []float64 {
	n, _ := totals(counts)
	return perClass(counts, func(count float64) float64 { return 1 / math.Log1p(offset-1+count/n) })
}

// UniformWeights returns 1.
func UniformWeights(counts []int64) []float64 {
	return perClass(counts, func(float64) float64 { return 1 })
}

// totals returns n and C.
func totals(counts []int64) (n, c float64) {
	var sum int64
	for _, count := range counts {
		if count > 0 {
			sum += count
			c++
		}
	}
	return float64(sum), c
}

func perClass(counts []int64, weight func(count float64) float64) []float64 {
	alpha := make([]float64, len(counts))
	for y, count := range counts {
		alpha[y] = math.NaN()
		if count > 0 {
			alpha[y] = weight(float64(count))
		}
	}
	return alpha
}
