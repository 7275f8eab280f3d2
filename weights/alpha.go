package weights

import "math"

// InverseFrequency returns α_y = n / (C·n_y), eq. (5), of every class; n is
// the sum of the counts and C the number of classes with instances. It is NaN
// for a class without instances.
func InverseFrequency(instances []int64) []float64 {
	n, c := 0.0, 0.0
	for _, count := range instances {
		if count > 0 {
			n += float64(count)
			c++
		}
	}
	return perClass(instances, func(count float64) float64 { return n / (c * count) })
}

// EffectiveNumber returns (1−β) / (1−β^n_y), eq. (2), of every class, for β in
// (0, 1). It is NaN for a class without instances. β^n = e^(n·log β) is close
// to 1 for the β and n of interest, so the differences from 1 are formed
// without subtraction.
func EffectiveNumber(instances []int64, beta float64) []float64 {
	logBeta := math.Log1p(beta - 1)
	return perClass(instances, func(count float64) float64 { return (1 - beta) / -math.Expm1(count*logBeta) })
}

func perClass(instances []int64, weight func(count float64) float64) []float64 {
	alpha := make([]float64, len(instances))
	for y, count := range instances {
		alpha[y] = math.NaN()
		if count > 0 {
			alpha[y] = weight(float64(count))
		}
	}
	return alpha
}

// rescale multiplies the weights so that Σ α_y is the number of classes that
// have one.
func rescale(alpha []float64) {
	sum, c := 0.0, 0.0
	for _, a := range alpha {
		if !math.IsNaN(a) {
			sum += a
			c++
		}
	}
	for y := range alpha {
		alpha[y] *= c / sum
	}
}
