package lt

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// ImbalanceRatio returns the largest count divided by the smallest one that is
// not 0. It is 0 if all counts are.
func ImbalanceRatio(counts []int64) float64 {
	var low, high int64
	for _, n := range counts {
		if n > 0 && (low == 0 || n < low) {
			low = n
		}
		high = max(high, n)
	}
	if high == 0 {
		return 0
	}
	return float64(high) / float64(low)
}

// Gini returns the Gini index of the counts: half their mean absolute
// difference over their mean,
//
//	G = Σ_j (2j − C − 1) n_(j) / (C Σ n),   n_(1) ≤ n_(2) ≤ … ≤ n_(C)
//
// It is 0 if all classes have the same count, and (C−1)/C if one class has
// everything. Classes without instances take part. It is 0 without instances.
func Gini(counts []int64) float64 {
	sorted := asFloats(counts)
	total := floats.Sum(sorted)
	if total == 0 {
		return 0
	}
	slices.Sort(sorted)
	factors := make([]float64, len(sorted))
	for i := range factors {
		factors[i] = float64(2*(i+1) - len(sorted) - 1)
	}
	return floats.Dot(factors, sorted) / (float64(len(sorted)) * total)
}

func asFloats(counts []int64) []float64 {
	f := make([]float64, len(counts))
	for i, n := range counts {
		f[i] = float64(n)
	}
	return f
}

// Entropy returns Shannon's entropy of the classes' shares in bits,
// −Σ p_j log2 p_j: log2 C if all classes have the same count, 0 if one class
// has everything or if there are no instances.
func Entropy(counts []int64) float64 {
	share := asFloats(counts)
	total := floats.Sum(share)
	if total == 0 {
		return 0
	}
	floats.Scale(1/total, share)
	return stat.Entropy(share) / math.Ln2 // from nats
}

// EffectiveClasses returns 2 to the power of Entropy: the number of equally
// large classes that would have the same entropy, Hill's number of order 1.
// It lies in [1, C], and is 0 without instances.
func EffectiveClasses(counts []int64) float64 {
	if !slices.ContainsFunc(counts, func(n int64) bool { return n > 0 }) {
		return 0
	}
	return math.Exp2(Entropy(counts))
}
