package lt

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// Shares returns p_j = n_j / Σ n for every class; nil if all counts are 0.
func Shares(counts []int64) []float64 {
	p := asFloats(counts)
	total := floats.Sum(p)
	if total == 0 {
		return nil
	}
	floats.Scale(1/total, p)
	return p
}

// TotalVariation returns the total variation distance of the class
// distributions p and q that belong to the counts a and b,
//
//	½ Σ_j |p_j − q_j|
//
// in [0, 1]: the share of the instances of one that would have to change their
// class to give the distribution of the other. It is NaN if a or b has no
// instances, and panics if they differ in length.
func TotalVariation(a, b []int64) float64 {
	return distance(a, b, func(p, q []float64) float64 { return floats.Distance(p, q, 1) / 2 })
}

// JensenShannon returns the Jensen–Shannon divergence of the distributions p
// and q of the counts a and b, with logarithms to base 2,
//
//	½ Σ_j p_j log2(p_j/m_j) + ½ Σ_j q_j log2(q_j/m_j),   m = (p+q)/2
//
// in [0, 1]; 1 if they have no class in common. Its square root is a metric.
// It is NaN if a or b has no instances, and panics if they differ in length.
func JensenShannon(a, b []int64) float64 {
	return distance(a, b, func(p, q []float64) float64 {
		var sum float64
		for j := range p {
			m := (p[j] + q[j]) / 2
			sum += relative(p[j], m) + relative(q[j], m)
		}
		return min(max(sum/2, 0), 1) // rounding
	})
}

// relative returns p log2(p/m), 0 for p = 0.
func relative(p, m float64) float64 {
	if p == 0 {
		return 0
	}
	return p * math.Log2(p/m)
}

// Hellinger returns the Hellinger distance of the distributions p and q of the
// counts a and b,
//
//	sqrt(½ Σ_j (√p_j − √q_j)²)
//
// in [0, 1]. It is NaN if a or b has no instances, and panics if they differ
// in length.
func Hellinger(a, b []int64) float64 {
	return distance(a, b, func(p, q []float64) float64 {
		var sum float64
		for j := range p {
			d := math.Sqrt(p[j]) - math.Sqrt(q[j])
			sum += d * d
		}
		return min(math.Sqrt(sum/2), 1)
	})
}

// distance applies d to the distributions of a and b.
func distance(a, b []int64, d func(p, q []float64) float64) float64 {
	if len(a) != len(b) {
		panic("lt: counts of different classes")
	}
	p, q := Shares(a), Shares(b)
	if p == nil || q == nil {
		return math.NaN()
	}
	return d(p, q)
}
