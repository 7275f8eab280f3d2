package balance

import (
	"fmt"
	"math"

	"cocostat/weights"
)

// EtaReading tells what the hat over η in eq. (8) applies to.
type EtaReading string

// The readings.
const (
	// EtaBase is the literal one: the base is scheduled, (1 + λ(η−1))^n.
	EtaBase EtaReading = weights.ReadingBase
	// EtaPowered schedules the whole factor: 1 + λ(η^n − 1).
	EtaPowered EtaReading = weights.ReadingPower
)

// AlphaHat returns α̂_i = 1 + s·λ(α_i − 1), eq. (7) with the intensity s of
// section 5.8 (1 in eq. (7) itself). lambda and intensity are in [0, 1]. A
// class without a weight (NaN) gets 1.
func AlphaHat(alpha []float64, lambda, intensity float64) []float64 {
	hat := make([]float64, len(alpha))
	for i, a := range alpha {
		hat[i] = 1
		if !math.IsNaN(a) {
			hat[i] = 1 + intensity*lambda*(a-1)
		}
	}
	return hat
}

// EtaPower returns the batch-wise factor of a class with n objects, in [0, 1]:
// 1 for n = 0, for η = 1 and for λ = 0. It panics on an unknown reading.
func EtaPower(reading EtaReading, eta, lambda float64, n int) float64 {
	switch reading {
	case EtaBase:
		return math.Pow(1+lambda*(eta-1), float64(n))
	case EtaPowered:
		return 1 + lambda*(math.Pow(eta, float64(n))-1)
	}
	panic(fmt.Sprintf("balance: unknown reading %q of eta", string(reading)))
}

// Weights returns ŵ_{i,k} = α̂_i · η̂^n_{i,k} of every class for one image k,
// eq. (8). objects[i] is n_{i,k}, the objects of class i that the image's
// targets hold. It panics if objects and alphaHat differ in length.
func Weights(alphaHat []float64, objects []int32, reading EtaReading, eta, lambda float64) []float64 {
	if len(objects) != len(alphaHat) {
		panic(fmt.Sprintf("balance: %d object counts for %d classes", len(objects), len(alphaHat)))
	}
	w := make([]float64, len(alphaHat))
	for i, a := range alphaHat {
		w[i] = a * EtaPower(reading, eta, lambda, int(objects[i]))
	}
	return w
}
