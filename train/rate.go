package train

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// The learning rate schedules of table 6.
const (
	RateCosine = "cosine" // half a cosine from LR to 0
	RateStep   = "step"   // a tenth from each of the epochs Drops on
)

// The kinds of warm-up.
const (
	WarmupLinear   = "linear"   // from near 0 to the learning rate
	WarmupConstant = "constant" // at a third of it, as in FCOS (WARMUP_METHOD in configs/fcos/*.yaml, WARMUP_FACTOR in fcos_core/config/defaults.py)
)

// Rate is the learning rate over a training.
type Rate struct {
	LR       float64 `json:"lr"`                 // after the warm-up; 0 means RuleLR
	Schedule string  `json:"lr_schedule"`        // RateCosine or RateStep
	Drops    []int   `json:"lr_drops,omitempty"` // of RateStep: epochs trained before each drop, ascending; nil means 9/14 and 12/14 of all
	Warmup   int     `json:"warmup"`             // steps of warm-up; -1 means 500, but at most a tenth of all
	// WarmupKind is WarmupLinear, also if empty, or WarmupConstant.
	WarmupKind string `json:"warmup_kind,omitempty"`
}

// What RuleLR rests on.
const (
	paperLR    = 5e-4 // section 5.1
	paperBatch = 128
	longSteps  = 8000 // from which on a batch of paperBatch gets paperLR; the paper has 129,000
	greatestLR = 4e-3

	fcosLR      = 0.01 // fcos_core/config/defaults.py and configs/fcos
	fcosBatch   = 16
	greatestSGD = 0.02
)

// RuleLR returns the learning rate of a training of so many steps, to three digits.
// With SGD it is FCOS's 0.01 for 16 images a step, in proportion to the batch, at
// most 0.02. With Adam it is
//
//	5e-4 · max(batch/128, √(8000/steps)), at most 4e-3.
//
// That gives the paper's 5e-4 for its 128 images, and follows the batch in
// proportion as CenterNet's settings do (1.25e-4 for 32 images in
// src/lib/opts.py, 5e-4 for 128 in experiments/ctdet_coco_dla_1x.sh; Goyal et al.,
// "Accurate, Large Minibatch SGD", 2017). Trainings of a few hundred steps learn
// next to nothing at that rate: docs/training.md has the measurements behind the
// root and the bound. Deformable convolutions take no more than the proportion, or
// 5e-4: a step of Adam moves their sampling points too far.
func (c Config) RuleLR(steps int) float64 {
	images := float64(c.StepImages())
	proportion := paperLR * images / paperBatch
	lr := min(greatestLR, max(proportion, paperLR*math.Sqrt(longSteps/float64(steps))))
	switch {
	case c.Optimiser.sgd():
		lr = min(greatestSGD, fcosLR*images/fcosBatch)
	case c.Model.Deforms():
		lr = min(lr, max(proportion, paperLR))
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(lr, 'g', 3, 64), 64) // its own text
	return rounded
}

// validate reports values outside their ranges for a number of epochs.
func (r Rate) validate(epochs int) error {
	switch {
	case !(r.LR >= 0) || math.IsInf(r.LR, 0):
		return fmt.Errorf("train: learning rate %g, want a finite number above 0, or 0 for the rule", r.LR)
	case r.Warmup < -1:
		return fmt.Errorf("train: %d warm-up steps, want at least 0", r.Warmup)
	case r.Schedule != RateCosine && r.Schedule != RateStep:
		return fmt.Errorf("train: unknown learning rate schedule %q: use %s or %s", r.Schedule, RateCosine, RateStep)
	case r.WarmupKind != "" && r.WarmupKind != WarmupLinear && r.WarmupKind != WarmupConstant:
		return fmt.Errorf("train: unknown kind of warm-up %q: use %s or %s", r.WarmupKind, WarmupLinear, WarmupConstant)
	case r.Schedule == RateCosine && len(r.Drops) > 0:
		return fmt.Errorf("train: a cosine has no steps to drop at: use the learning rate schedule %s", RateStep)
	}
	for i, e := range r.Drops {
		if e < 1 || e >= epochs || i > 0 && e <= r.Drops[i-1] {
			return fmt.Errorf("train: the learning rate drops after epochs %v: want ascending numbers from 1 to %d", r.Drops, epochs-1)
		}
	}
	return nil
}

func (r Rate) equal(s Rate) bool {
	return r.LR == s.LR && r.Schedule == s.Schedule && r.Warmup == s.Warmup && r.WarmupKind == s.WarmupKind && slices.Equal(r.Drops, s.Drops)
}

// rate is a Rate for a known number of steps.
type rate struct {
	lr            float64
	warmup, steps int
	constant      bool  // in the warm-up
	drops         []int // steps; nil means a cosine
}

// over resolves r for a number of epochs of perEpoch steps each.
func (r Rate) over(epochs, perEpoch int) rate {
	steps := epochs * perEpoch
	over := rate{lr: r.LR, warmup: r.Warmup, steps: steps, constant: r.WarmupKind == WarmupConstant}
	if r.Warmup < 0 {
		over.warmup = min(500, steps/10)
	}
	if r.Schedule == RateCosine {
		return over
	}
	over.drops = []int{steps * 9 / 14, steps * 12 / 14} // 90 and 120 of 140 epochs
	if r.Drops != nil {
		over.drops = nil
		for _, e := range r.Drops {
			over.drops = append(over.drops, e*perEpoch)
		}
	}
	return over
}

// warmupNote says that a warm-up leaves hardly a step at the full learning rate,
// as that of a long training does in a short one; "" if it takes half of the
// steps at most, or one step, which has the full rate.
func (r rate) warmupNote() string {
	if r.warmup <= max(1, r.steps/2) {
		return ""
	}
	return fmt.Sprintf("the warm-up of %d steps takes more than half of the training, which has %d: the learning rate is hardly reached; name fewer with --warmup, -1 for a tenth",
		r.warmup, r.steps)
}

// at returns the learning rate of a step ∈ [0, steps): the warm-up, multiplied by half a cosine (Loshchilov and Hutter, 2017; section 5.1) or by
// 0.1 for each drop so far.
func (r rate) at(step int) float64 {
	lr := r.lr
	if r.drops == nil {
		lr *= (1 + math.Cos(math.Pi*float64(step)/float64(r.steps))) / 2
	}
	for _, drop := range r.drops {
		if step >= drop {
			lr /= 10
		}
	}
	switch {
	case step >= r.warmup:
	case r.constant:
		lr /= 3
	default:
		lr *= float64(step+1) / float64(r.warmup)
	}
	return lr
}
