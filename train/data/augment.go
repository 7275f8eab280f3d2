package data

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"cocostat/internal/jsonkeys"
)

// Augment says how training images are varied. The zero value varies nothing;
// [CenterNetAugment] returns those of CenterNet. The square that is cut
// from an image for a [Square] has the side scale·max(width, height).
type Augment struct {
	// MinScale, MaxScale and ScaleStep: the scale is one of MinScale,
	// MinScale+ScaleStep, … MaxScale. MaxScale 0 means scale 1. CenterNet:
	// 0.6, 1.3, 0.1.
	MinScale  float64 `json:"min_scale"`
	MaxScale  float64 `json:"max_scale"`
	ScaleStep float64 `json:"scale_step"`
	// Shift puts the centre of the square at a random source pixel that is at
	// least Border pixels from the edges; Border is halved until a pixel is
	// left. Without Shift it is the image's centre. CenterNet: on, 128.
	Shift  bool `json:"shift"`
	Border int  `json:"border"`
	// Flip is the probability of mirroring left and right, CenterNet: 0.5.
	Flip float64 `json:"flip"`
	// Jitter is the largest relative change of brightness, contrast and
	// saturation, in random order, CenterNet: 0.4.
	Jitter float64 `json:"jitter"`
	// Lighting is the standard deviation of the shift along the principal
	// components of ImageNet's colours, CenterNet: 0.1.
	Lighting float64 `json:"lighting"`
}

// UnmarshalJSON also reads the keys of runs of before.
func (a *Augment) UnmarshalJSON(text []byte) error {
	type plain Augment
	return jsonkeys.Unmarshal(text, (*plain)(a), map[string]string{
		"MinScale": "min_scale", "MaxScale": "max_scale", "ScaleStep": "scale_step",
	})
}

// CenterNetAugment returns the settings of CenterNet's training
// (src/lib/datasets/sample/ctdet.py, src/lib/utils/image.py, src/lib/opts.py).
func CenterNetAugment() Augment {
	return Augment{
		MinScale: 0.6, MaxScale: 1.3, ScaleStep: 0.1,
		Shift: true, Border: 128, Flip: 0.5, Jitter: 0.4, Lighting: 0.1,
	}
}

// Validate says whether the settings make sense.
func (a Augment) Validate() error {
	switch {
	case a.MaxScale != 0 && !(a.MinScale > 0 && a.MinScale <= a.MaxScale && a.MaxScale <= 100):
		return fmt.Errorf("data: scales from %g to %g, want 0 < minimum ≤ maximum ≤ 100", a.MinScale, a.MaxScale)
	case a.MaxScale > a.MinScale && !(a.ScaleStep >= 1e-3):
		return fmt.Errorf("data: scale step %g, want at least 0.001", a.ScaleStep)
	case a.Shift && a.Border < 1:
		return errors.New("data: a random centre needs a border of at least 1 pixel")
	case !(a.Flip >= 0 && a.Flip <= 1):
		return fmt.Errorf("data: flip probability %g is outside [0, 1]", a.Flip)
	case !(a.Jitter >= 0 && a.Jitter < 1):
		return fmt.Errorf("data: colour jitter %g is outside [0, 1)", a.Jitter)
	case !(a.Lighting >= 0) || math.IsInf(a.Lighting, 1):
		return fmt.Errorf("data: lighting %g, want a finite number of at least 0", a.Lighting)
	}
	return nil
}

// smallest returns the smallest scale that is drawn.
func (a Augment) smallest() float64 {
	if a.MaxScale == 0 {
		return 1
	}
	return a.MinScale
}

// draws are the random numbers, in [0, 1), that decide where an image lies.
type draws struct{ scale, x, y, flip float64 }

// drawPlace takes the same random numbers whatever is switched on.
func drawPlace(rng *rand.Rand) (d draws) {
	d.scale, d.x, d.y, d.flip = rng.Float64(), rng.Float64(), rng.Float64(), rng.Float64()
	return d
}

// scale returns the scale that at ∈ [0, 1) selects.
func (a Augment) scale(at float64) float64 {
	if a.MaxScale == 0 {
		return 1
	}
	steps := 1
	if a.MaxScale > a.MinScale {
		steps += int((a.MaxScale-a.MinScale)/a.ScaleStep + 1e-6)
	}
	return a.MinScale + a.ScaleStep*float64(int(at*float64(steps)))
}

// centre returns an integer in [b, size−b), b being the border halved until
// 2b < size; at ∈ [0, 1) selects it.
func (a Augment) centre(at float64, size int) float64 {
	b := a.Border
	for size <= 2*b {
		b /= 2
	}
	return float64(b + int(at*float64(size-2*b)))
}
