package lt

import (
	"math"
	"slices"
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
	sorted := slices.Sorted(slices.Values(counts))
	var total, weighted float64
	for i, n := range sorted {
		total += float64(n)
		weighted += float64(2*(i+1)-len(sorted)-1) * float64(n)
	}
	if total == 0 {
		return 0
	}
	return weighted / (float64(len(sorted)) * total)
}

// Entropy returns Shannon's entropy of the classes' shares in bits,
// −Σ p_j log2 p_j: log2 C if all classes have the same count, 0 if one class
// has everything or if there are no instances.
func Entropy(counts []int64) float64 {
	var total float64
	for _, n := range counts {
		total += float64(n)
	}
	var h float64
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / total
			h -= p * math.Log2(p)
		}
	}
	return h
}

// EffectiveClasses returns 2 to the power of Entropy: the number of equally
// large classes that would have the same entropy, Hill's number of order 1.
// It lies in [1, C], and is 0 without instances.
func EffectiveClasses(counts []int64) float64 {
	if slices.IndexFunc(counts, func(n int64) bool { return n > 0 }) < 0 {
		return 0
	}
	return math.Exp2(Entropy(counts))
}
