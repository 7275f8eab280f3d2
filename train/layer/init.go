package layer

import (
	"math"
	"math/rand/v2"
)

// Init draws first numbers for a parameter with so many inputs to each output,
// and outputs of each input.
type Init func(fanIn, fanOut int, rng *rand.Rand) func() float64

// HeNormal is a normal distribution that keeps the variance of gradients
// through ReLUs, of deviation √(2/fanOut) (He et al., "Delving deep into
// rectifiers", 2015; "fan out" in PyTorch).
func HeNormal(_, fanOut int, rng *rand.Rand) func() float64 {
	return normal(math.Sqrt(2/float64(fanOut)), rng)
}

// Normal is a normal distribution of a deviation, around 0.
func Normal(deviation float64) Init {
	return func(_, _ int, rng *rand.Rand) func() float64 { return normal(deviation, rng) }
}

func normal(deviation float64, rng *rand.Rand) func() float64 {
	return func() float64 { return deviation * rng.NormFloat64() }
}

// Uniform is He's uniform distribution for a slope a of the activation below 0,
// between ∓√(6/((1+a²)·fanIn)): a = √5 is the default of PyTorch's convolutions,
// ∓1/√fanIn.
func Uniform(a float64) Init {
	return func(fanIn, _ int, rng *rand.Rand) func() float64 {
		bound := math.Sqrt(6 / ((1 + a*a) * float64(fanIn)))
		return func() float64 { return bound * (2*rng.Float64() - 1) }
	}
}

// Constant is one number.
func Constant(v float64) Init {
	return func(int, int, *rand.Rand) func() float64 { return func() float64 { return v } }
}
