package weights

import (
	"math"
	"slices"
)

// The functions of this file take a count n_y ≥ 0 per class, of instances or of
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
