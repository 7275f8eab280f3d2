package train

import (
	"math"
	"slices"
	"strings"
	"testing"

	"cocostat/train/model"
)

// By hand: 100 steps, 10 of them warm-up, rate 2. Step 0 has a tenth of the
// warm-up and cos 0; step 50 is the middle of the cosine; the last step has
// 1+cos(0.99π).
func TestCosine(t *testing.T) {
	r := Rate{LR: 2, Schedule: RateCosine, Warmup: 10}.over(10, 10)
	for step, want := range map[int]float64{
		0:  0.2,
		4:  2 * 0.5 * 0.5 * (1 + math.Cos(0.04*math.Pi)),
		50: 1,
		75: 1 - math.Sqrt2/2,
		99: 1 + math.Cos(0.99*math.Pi),
	} {
		if got := r.at(step); math.Abs(got-want) > 1e-12 {
			t.Errorf("step %d: rate %g, want %g", step, got, want)
		}
	}
}

// By hand. The paper: 140 epochs of train2017 at 128 images are 140·924 steps;
// CenterNet: 1.25e-4 at 32 (src/lib/opts.py). BCCD, 16 epochs of 205 images: 192
// steps of 16, √(8000/192) = 6.455, and 816 steps of 4, √(8000/816) = 3.131; 48
// steps of 64 would get 6.45e-3 and stay at the bound.
func TestRuleLR(t *testing.T) {
	const epochs, images = 140, 118_287
	for _, c := range []struct {
		batch, steps int
		want         float64
	}{
		{128, epochs * (images / 128), 5e-4}, {32, epochs * (images / 32), 1.25e-4}, {16, epochs * (images / 16), 6.25e-5},
		{256, epochs * (images / 256), 1e-3},
		{128, epochs * (100_170 / 128), 5e-4}, // COCO-LT's images
		{128, 8000, 5e-4}, {128, 2000, 1e-3},
		{4, 816, 1.57e-3}, {16, 192, 3.23e-3}, {64, 48, 4e-3},
	} {
		if got := (Config{Batch: c.batch}).RuleLR(c.steps); got != c.want {
			t.Errorf("batch %d, %d steps: %g, want %g", c.batch, c.steps, got, c.want)
		}
	}
}

// 500 steps of warm-up are the paper's; 10 epochs of 4 steps have 40. The first
// half of a training may be warm-up, and one step always: it has the full rate.
func TestWarmupNote(t *testing.T) {
	for _, c := range []struct {
		warmup, epochs, perEpoch int
		want                     bool
	}{
		{500, 10, 4, true}, {500, 10, 100, false}, {500, 9, 111, true}, {-1, 10, 4, false}, {1, 1, 1, false}, {2, 1, 2, true}, {0, 1, 1, false},
	} {
		note := Rate{LR: 1, Schedule: RateCosine, Warmup: c.warmup}.over(c.epochs, c.perEpoch).warmupNote()
		if (note != "") != c.want || c.want && !strings.Contains(note, "--warmup") {
			t.Errorf("%+v: note %q", c, note)
		}
	}
}

// The published step decay: a tenth after 90 and after 120 of 140 epochs.
func TestStepDecay(t *testing.T) {
	for name, r := range map[string]rate{
		"default": Rate{LR: 2, Schedule: RateStep, Warmup: 10}.over(140, 3),
		"named":   Rate{LR: 2, Schedule: RateStep, Warmup: 10, Drops: []int{90, 120}}.over(140, 3),
	} {
		for step, want := range map[int]float64{0: 0.2, 10: 2, 269: 2, 270: 0.2, 359: 0.2, 360: 0.02, 419: 0.02} {
			if got := r.at(step); math.Abs(got-want) > 1e-12 {
				t.Errorf("%s: step %d: rate %g, want %g", name, step, got, want)
			}
		}
	}
}

func TestWarmupSteps(t *testing.T) {
	for _, c := range []struct{ setting, steps, want int }{{-1, 100, 10}, {-1, 100000, 500}, {0, 100, 0}, {700, 100, 700}} {
		r := Rate{LR: 1, Schedule: RateCosine, Warmup: c.setting}
		if got := r.over(1, c.steps).warmup; got != c.want {
			t.Errorf("setting %d of %d steps: %d, want %d", c.setting, c.steps, got, c.want)
		}
	}
}

func TestRatesThatMeanNothing(t *testing.T) {
	good := Rate{LR: 1, Schedule: RateStep, Drops: []int{2, 5}}
	if err := good.validate(6); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Rate){
		"learning rate -1":  func(r *Rate) { r.LR = -1 },
		"learning rate NaN": func(r *Rate) { r.LR = math.NaN() },
		"-2 warm-up steps":  func(r *Rate) { r.Warmup = -2 },
		"cosine or step":    func(r *Rate) { r.Schedule = "poly" },
		"no steps":          func(r *Rate) { r.Schedule = RateCosine },
		"from 1 to 5":       func(r *Rate) { r.Drops = []int{2, 6} },
		"after epochs [3 3": func(r *Rate) { r.Drops = []int{3, 3} },
	} {
		r := good
		r.Drops = slices.Clone(good.Drops)
		change(&r)
		if err := r.validate(6); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want one with %q", r, err, want)
		}
	}
}

// FCOS's own rate for its own batch, and in proportion for others.
func TestRuleOfSGD(t *testing.T) {
	for batch, want := range map[int]float64{16: 0.01, 4: 0.0025, 6: 0.00375, 32: 0.02, 128: 0.02} {
		if got := (Config{Batch: batch, Optimiser: Optimiser{Name: SGD}}).RuleLR(100); got != want {
			t.Errorf("%d images: %g, want %g", batch, got, want)
		}
	}
}

// Deformable convolutions: the paper's rate, or that in proportion to the batch,
// and never the greater one of short trainings.
func TestRuleOfDeformableConvolutions(t *testing.T) {
	for _, backbone := range []string{"resnet18", "dla34"} {
		for _, s := range []struct {
			batch, steps int
			want         float64
		}{{4, 816, 5e-4}, {16, 192, 5e-4}, {256, 64_000, 1e-3}, {32, 517_000, 1.25e-4}} {
			c := Config{Batch: s.batch, Model: model.Default(model.CenterNet, backbone, 3)}
			if got := c.RuleLR(s.steps); got != s.want {
				t.Errorf("%s, batch %d, %d steps: %g, want %g", backbone, s.batch, s.steps, got, s.want)
			}
		}
	}
	plain := Config{Batch: 4, Model: model.Default(model.CenterNet, "resnet18", 3)}
	plain.Model.NeckConv = "plain"
	if got := plain.RuleLR(816); got != 1.57e-3 {
		t.Errorf("with plain convolutions %g, want 1.57e-3", got)
	}
}

// A constant warm-up, by hand: a third of the rate for 3 of 10 steps, then all of
// it until the drop.
func TestConstantWarmup(t *testing.T) {
	r := Rate{LR: 0.03, Schedule: RateStep, Drops: []int{8}, Warmup: 3, WarmupKind: WarmupConstant}.over(10, 1)
	for step, want := range []float64{0.01, 0.01, 0.01, 0.03, 0.03, 0.03, 0.03, 0.03, 0.003, 0.003} {
		if got := r.at(step); math.Abs(got-want) > 1e-12 {
			t.Errorf("step %d: %g, want %g", step, got, want)
		}
	}
	if err := (Rate{Schedule: RateCosine, WarmupKind: "cubic"}).validate(3); err == nil {
		t.Error("an unknown kind of warm-up is accepted")
	}
}
