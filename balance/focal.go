package balance

import (
	"fmt"
	"math"
)

// Constants of CenterNet's heatmap loss.
const (
	Gamma   = 2    // focal exponent γ
	Penalty = 4    // exponent of (1−g)
	Clamp   = 1e-4 // p stays in [Clamp, 1−Clamp]
)

// Shape is the shape of a heatmap: B images, C classes, H rows, W columns.
type Shape [4]int

// FocalHeatmap is the heatmap loss of eq. (9) with γ = 2. See
// FocalHeatmapGamma.
func FocalHeatmap(logits, heatmap, weights []float64, shape Shape) (loss float64, grad []float64) {
	return FocalHeatmapGamma(logits, heatmap, weights, shape, Gamma)
}

// FocalHeatmapGamma returns CenterNet's penalty-reduced focal loss, weighted
// per image and class as in eqs. (6) and (9), and its gradient with respect to
// the logits.
//
// logits and heatmap have shape B×C×H×W, heatmap values lie in [0, 1] and are
// exactly 1 at object centres. weights has shape B×C and holds ŵ_{i,k}; nil
// stands for ones. gamma is γ ≥ 0. The loss is divided by the number of centres
// in the batch, unless there are none. Where the clamp of p acts, the gradient
// is 0. FocalHeatmapGamma panics if a length does not fit the shape.
func FocalHeatmapGamma(logits, heatmap, weights []float64, shape Shape, gamma float64) (loss float64, grad []float64) {
	maps, cells := shape[0]*shape[1], shape[2]*shape[3]
	if len(logits) != maps*cells || len(heatmap) != maps*cells || weights != nil && len(weights) != maps {
		panic(fmt.Sprintf("balance: %d logits, %d heatmap values and %d weights do not fit the shape %v",
			len(logits), len(heatmap), len(weights), shape))
	}
	grad = make([]float64, len(logits))
	centres := 0
	for i, x := range logits {
		w := 1.0
		if weights != nil {
			w = weights[i/cells]
		}
		var l, d float64
		if heatmap[i] == 1 {
			centres++
			l, d = focalTerm(x, gamma)
		} else {
			// −p^γ log(1−p) is the positive term at −x, as 1−σ(x) = σ(−x).
			l, d = focalTerm(-x, gamma)
			w *= math.Pow(1-heatmap[i], Penalty)
			d = -d
		}
		loss += w * l
		grad[i] = w * d
	}
	if centres > 0 {
		loss /= float64(centres)
		for i := range grad {
			grad[i] /= float64(centres)
		}
	}
	return loss, grad
}

// focalTerm returns −(1−p)^γ log p at p = σ(x), clamped, and its derivative
// with respect to x:
//
//	d/dp = γ(1−p)^(γ−1) log p − (1−p)^γ / p,   dp/dx = p(1−p)
//	d/dx = γ p (1−p)^γ log p − (1−p)^(γ+1)
func focalTerm(x, gamma float64) (value, slope float64) {
	p := sigmoid(x)
	clamped := min(max(p, Clamp), 1-Clamp)
	modulation := math.Pow(1-clamped, gamma)
	value = -modulation * math.Log(clamped)
	if clamped == p {
		slope = modulation * (gamma*p*math.Log(p) - (1 - p))
	}
	return value, slope
}

// sigmoid is 1 / (1 + e^−x) without overflow.
func sigmoid(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}
