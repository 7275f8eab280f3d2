package balance

import (
	"fmt"
	"math"
	"slices"
)

// Constants of CenterNet's heatmap loss.
const (
	Gamma   = 2    // focal exponent γ
	Penalty = 4    // exponent of (1−g)
	Clamp   = 1e-4 // p stays in [Clamp, 1−Clamp]
)

// FCOSAlpha is the α of FCOS's classification loss.
const FCOSAlpha = 0.25

// Shape is the shape of a heatmap: B images, C classes, H rows, W columns.
type Shape [4]int

// Weighting says how a heatmap loss spreads class weights over the terms of a
// location, that is over the C channels of one cell.
type Weighting string

// The weightings. A location is foreground where some channel's heatmap is
// above 0, else background.
const (
	// ClassWise multiplies every term of channel i by the weight of class i,
	// eq. (6).
	ClassWise Weighting = "class-wise"
	// LocationWise multiplies all channels of a foreground location by the
	// weight of its class, the one with the largest heatmap value there (of
	// equal ones the first); at a background location the weight is 1. This is
	// eq. (1), the class-balanced loss (CBL).
	LocationWise Weighting = "location-wise"
	// Equalised is the equalization loss (EQL): channel j has weight 1 where
	// its own heatmap is above 0, elsewhere Foreground[j] at foreground
	// locations and Background[j] at background ones; times the weight of class j.
	Equalised Weighting = "equalised"
)

// HeatmapLoss is a focal loss with class weights. Its zero value is the
// penalty-reduced sigmoid cross entropy with class-wise weights.
type HeatmapLoss struct {
	Gamma float64 // γ ≥ 0: 2 is the focal loss, 0 the sigmoid cross entropy
	// Alpha is 0 for the penalty-reduced loss of CenterNet; in (0, 1) it is the
	// factor α of the terms with g = 1 in the α-balanced loss of FCOS, whose
	// others have 1−α ([FCOSAlpha]).
	Alpha     float64
	Weighting Weighting // "" means ClassWise

	// Weights per class away from the class's own objects; only of Equalised.
	Foreground, Background []float64
}

// NewEqualised returns the equalization loss with γ = 2. tail[j] says whether
// class j belongs to the tail: other classes' objects do not push its
// predictions down, Foreground[j] = 0, and background does so with weight
// background ∈ [0, 1], 1 in the published loss. Head classes have weights 1.
func NewEqualised(tail []bool, background float64) HeatmapLoss {
	ones := slices.Repeat([]float64{1}, len(tail))
	l := HeatmapLoss{Gamma: Gamma, Weighting: Equalised, Foreground: ones, Background: slices.Clone(ones)}
	for j, t := range tail {
		if t {
			l.Foreground[j], l.Background[j] = 0, background
		}
	}
	return l
}

// Validate reports an unknown weighting, a negative γ, an α outside [0, 1), and
// per-class weights that do not fit the number of classes.
func (l HeatmapLoss) Validate(classes int) error {
	if !(l.Gamma >= 0) || math.IsInf(l.Gamma, 1) {
		return fmt.Errorf("balance: gamma %v is not a finite number of at least 0", l.Gamma)
	}
	if !(l.Alpha >= 0 && l.Alpha < 1) {
		return fmt.Errorf("balance: alpha %v is not in (0, 1), nor 0, which stands for the penalty-reduced loss", l.Alpha)
	}
	want := 0
	switch l.Weighting {
	case "", ClassWise, LocationWise:
	case Equalised:
		want = classes
	default:
		return fmt.Errorf("balance: unknown weighting %q: use %s, %s or %s", string(l.Weighting), ClassWise, LocationWise, Equalised)
	}
	if len(l.Foreground) != want || len(l.Background) != want {
		return fmt.Errorf("balance: %d foreground and %d background weights for %d classes, a %s loss has %d of each",
			len(l.Foreground), len(l.Background), classes, l.Weighting, want)
	}
	return nil
}

// Compute returns the loss and its gradient with respect to the logits:
//
//	L = −1/P Σ w · (1−p)^γ · log p              where g = 1
//	              (1−g)^4 · p^γ · log(1−p)     elsewhere
//
// with Alpha = 0, and with α = Alpha > 0
//
//	L = −1/P Σ w · α · (1−p)^γ · log p          where g = 1
//	              (1−α) · p^γ · log(1−p)       elsewhere
//
// logits and heatmap g have shape B×C×H×W, heatmap values lie in [0, 1] and are
// exactly 1 at object centres. weights has shape B×C and holds ŵ_{i,k}, from
// which the weighting makes w; nil stands for ones. P is the number of cells
// with g = 1, and 1 if there is none. With Alpha = 0, p is clamped to
// [Clamp, 1−Clamp]; where the clamp acts, the gradient is 0, for every γ. With
// α it is not clamped, and an infinite logit is no number to rely on. A logit that is NaN gives a loss and a slope that are NaN.
// Compute panics if a length does not fit the shape or Validate finds a fault.
func (l HeatmapLoss) Compute(logits, heatmap, weights []float64, shape Shape) (loss float64, grad []float64) {
	l.mustFit(logits, heatmap, weights, shape)
	if weights == nil {
		weights = slices.Repeat([]float64{1}, shape[0]*shape[1])
	}
	cells := shape[2] * shape[3]
	grad = make([]float64, len(logits))
	centres := 0
	for b := range shape[0] {
		for cell := range cells {
			at := location{heatmap: heatmap[b*shape[1]*cells+cell:], cells: cells, weights: weights[b*shape[1]:][:shape[1]]}
			dominant := at.dominant()
			for j := range shape[1] {
				i := (b*shape[1]+j)*cells + cell
				value, slope := l.term(logits[i], heatmap[i])
				w := l.weight(at, j, dominant)
				loss += w * value
				grad[i] = w * slope
				if heatmap[i] == 1 {
					centres++
				}
			}
		}
	}
	if centres > 0 {
		loss /= float64(centres)
		for i := range grad {
			grad[i] /= float64(centres)
		}
	}
	return loss, grad
}

func (l HeatmapLoss) mustFit(logits, heatmap, weights []float64, shape Shape) {
	maps, cells := shape[0]*shape[1], shape[2]*shape[3]
	if len(logits) != maps*cells || len(heatmap) != maps*cells || weights != nil && len(weights) != maps {
		panic(fmt.Sprintf("balance: %d logits, %d heatmap values and %d weights do not fit the shape %v",
			len(logits), len(heatmap), len(weights), shape))
	}
	if err := l.Validate(shape[1]); err != nil {
		panic(err.Error())
	}
}

// location is one cell of one image: channel j of it is heatmap[j·cells].
type location struct {
	heatmap []float64
	cells   int
	weights []float64 // per class
}

// dominant returns the class of a foreground location, and −1 for background.
func (at location) dominant() int {
	class, largest := -1, 0.0
	for j := range at.weights {
		if g := at.heatmap[j*at.cells]; g > largest {
			class, largest = j, g
		}
	}
	return class
}

// weight returns the weight of channel j's term at a location of the given
// class, see Weighting.
func (l HeatmapLoss) weight(at location, j, dominant int) float64 {
	switch {
	case l.Weighting == LocationWise && dominant < 0:
		return 1
	case l.Weighting == LocationWise:
		return at.weights[dominant]
	case l.Weighting != Equalised || at.heatmap[j*at.cells] > 0:
		return at.weights[j]
	case dominant < 0:
		return l.Background[j] * at.weights[j]
	}
	return l.Foreground[j] * at.weights[j]
}

// term returns one term of the sum, before its weight, and its derivative with
// respect to the logit x.
func (l HeatmapLoss) term(x, g float64) (value, slope float64) {
	positive, atCentre, elsewhere := clampedTerm, 1.0, math.Pow(1-g, Penalty)
	if l.Alpha > 0 {
		positive, atCentre, elsewhere = exactTerm, l.Alpha, 1-l.Alpha
	}
	if g == 1 {
		value, slope = positive(x, l.Gamma)
		return atCentre * value, atCentre * slope
	}
	// −p^γ log(1−p) is the positive term at −x, as 1−σ(x) = σ(−x).
	value, slope = positive(-x, l.Gamma)
	return elsewhere * value, -elsewhere * slope
}

// exactTerm returns −(1−p)^γ log p at p = σ(x) and its derivative with respect
// to x, see clampedTerm. 1−p = σ(−x), and −log p = log(1+e^−x) has no overflow.
func exactTerm(x, gamma float64) (value, slope float64) {
	p, rest := sigmoid(x), sigmoid(-x)
	cost := math.Log1p(math.Exp(-math.Abs(x))) + math.Max(-x, 0) // −log p
	modulation := math.Pow(rest, gamma)
	return modulation * cost, -modulation * (gamma*p*cost + rest)
}

// clampedTerm returns −(1−p)^γ log p at p = σ(x), clamped, and its derivative
// with respect to x:
//
//	d/dp = γ(1−p)^(γ−1) log p − (1−p)^γ / p,   dp/dx = p(1−p)
//	d/dx = γ p (1−p)^γ log p − (1−p)^(γ+1)
func clampedTerm(x, gamma float64) (value, slope float64) {
	p := sigmoid(x)
	clamped := min(max(p, Clamp), 1-Clamp)
	modulation := math.Pow(1-clamped, gamma)
	value = -modulation * math.Log(clamped)
	if clamped == p || math.IsNaN(p) {
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
