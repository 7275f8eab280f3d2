package balance_test

import (
	"math"
	"strings"
	"testing"

	"cocostat/balance"
	"cocostat/weights"
)

func nearAll(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d values, want %d", what, len(got), len(want))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= tolerance) {
			t.Errorf("%s[%d] = %v, want %v ± %v", what, i, got[i], want[i], tolerance)
		}
	}
}

func TestAlphaHat(t *testing.T) {
	alpha := []float64{3, 0.5, math.NaN(), 1}
	// By hand from eq. (7).
	nearAll(t, "λ = 0", balance.AlphaHat(alpha, 0, 1), []float64{1, 1, 1, 1}, 0)
	nearAll(t, "λ = 1/4", balance.AlphaHat(alpha, 0.25, 1), []float64{1.5, 0.875, 1, 1}, 1e-15)
	nearAll(t, "λ = 1", balance.AlphaHat(alpha, 1, 1), []float64{3, 0.5, 1, 1}, 1e-15)
	nearAll(t, "intensity 5 %", balance.AlphaHat(alpha, 1, 0.05), []float64{1.1, 0.975, 1, 1}, 1e-15)
}

func TestEtaPower(t *testing.T) {
	// By hand. η = 0.8, λ = 1/2: the base is 0.9; 0.9³ = 0.729. The other
	// reading: 0.8³ = 0.512, halfway to 1 is 0.756.
	for _, c := range []struct {
		reading     balance.EtaReading
		eta, lambda float64
		n           int
		want        float64
	}{
		{balance.EtaBase, 0.8, 0.5, 3, 0.729},
		{balance.EtaPowered, 0.8, 0.5, 3, 0.756},
		{balance.EtaBase, 0.8, 1, 3, 0.512},
		{balance.EtaPowered, 0.8, 1, 3, 0.512},
		{balance.EtaBase, 0.8, 0, 3, 1},
		{balance.EtaPowered, 0.8, 0, 3, 1},
		{balance.EtaBase, 0.8, 1, 0, 1},
		{balance.EtaPowered, 0.8, 1, 0, 1},
		{balance.EtaBase, 1, 1, 7, 1},
		{balance.EtaBase, 0, 1, 0, 1}, // no object: weight α̂ even so
		{balance.EtaBase, 0, 1, 2, 0},
	} {
		got := balance.EtaPower(c.reading, c.eta, c.lambda, c.n)
		near(t, string(c.reading), got, c.want, 1e-15)
	}
}

func TestWeights(t *testing.T) {
	// α̂ · 0.8^n with n = 0, 1, 2.
	got := balance.Weights([]float64{2, 0.5, 3}, []int32{0, 1, 2}, balance.EtaBase, 0.8, 1)
	nearAll(t, "ŵ", got, []float64{2, 0.4, 1.92}, 1e-15)
}

// The paper's method with the switches of table 1, by hand. α = (3, 0.5), one
// object of class 0, two of class 1, η = 0.8, T = 5, d = 2: λ is 0, 0, 0, 1/2, 1.
func TestPlan(t *testing.T) {
	const last, half = 4, 3
	for _, c := range []struct {
		wf, bb, ls bool
		epoch      float64
		want       []float64
	}{
		{false, false, false, last, []float64{1, 1}},
		{true, false, false, 0, []float64{3, 0.5}},
		{false, true, false, 0, []float64{0.8, 0.64}},
		{true, false, true, 0, []float64{1, 1}},
		{true, false, true, half, []float64{2, 0.75}},
		{false, true, true, half, []float64{0.9, 0.81}},
		{true, true, true, 1.5, []float64{1, 1}},
		{true, true, true, half, []float64{1.8, 0.6075}},
		{true, true, true, half + 0.7, []float64{1.8, 0.6075}}, // per epoch
		{true, true, true, last, []float64{2.4, 0.32}},
	} {
		config := bofl()
		config.WF, config.BB, config.LS = c.wf, c.bb, c.ls
		plan, err := balance.NewPlan([]float64{3, 0.5}, config, 5)
		if err != nil {
			t.Fatal(err)
		}
		nearAll(t, "ŵ", plan.At(c.epoch).Weights([]int32{1, 2}), c.want, 1e-15)
	}
}

func TestPlanPerStep(t *testing.T) {
	config := bofl()
	config.Update = "step"
	plan, err := balance.NewPlan([]float64{3, math.NaN()}, config, 5)
	if err != nil {
		t.Fatal(err)
	}
	m := plan.At(3.5) // λ = 3/4
	near(t, "λ", m.Lambda, 0.75, 0)
	nearAll(t, "α̂", m.AlphaHat, []float64{2.5, 1}, 1e-15)
	near(t, "η̂²", m.EtaHat(2), 0.85*0.85, 1e-15)
}

// With the scope of a mini-batch, n is summed over its images.
func TestBatchWeights(t *testing.T) {
	for _, c := range []struct {
		scope, reading string
		want           []float64
	}{
		// By hand at λ = 1/2, α̂ = 2 and 1: η̂ = 0.9 in the base; 3 objects and 1
		// in the first image, none and 2 in the second.
		{"", "base", []float64{2 * 0.729, 0.9, 2, 0.81}},
		{"image", "power", []float64{2 * (1 + 0.512) / 2, 0.9, 2, (1 + 0.64) / 2}},
		{"batch", "base", []float64{2 * 0.729, 0.729, 2 * 0.729, 0.729}},
		{"batch", "power", []float64{1.512, 0.756, 1.512, 0.756}},
	} {
		config := bofl()
		config.Scope, config.Reading, config.Schedule = c.scope, balance.EtaReading(c.reading), "linear"
		plan, err := balance.NewPlan([]float64{3, math.NaN()}, config, 5)
		if err != nil {
			t.Fatal(err)
		}
		nearAll(t, c.scope+" "+c.reading, plan.At(2).BatchWeights([]int32{3, 1, 0, 2}), c.want, 1e-15)
	}
}

// Groups of a mini-batch count for themselves, the last one what is left of it: by
// hand as above, of 5 images with 3, 0, 1, 2 and 1 objects of a class with α = 3.
func TestGroupsOfABatch(t *testing.T) {
	config := bofl()
	config.Scope, config.Group, config.Schedule = "batch", 2, "linear"
	plan, err := balance.NewPlan([]float64{3}, config, 5)
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{2 * 0.729, 2 * 0.729, 2 * 0.729, 2 * 0.729, 2 * 0.9}
	nearAll(t, "groups of 2", plan.At(2).BatchWeights([]int32{3, 0, 1, 2, 1}), want, 1e-15)
	if got := plan.At(2).BatchWeights(nil); len(got) != 0 {
		t.Errorf("%d weights of no image", len(got))
	}
}

func bofl() balance.Config {
	return balance.FromMetadata(weights.Metadata{
		Eta:       weights.Eta{Value: 0.8, Reading: "base"},
		Intensity: 1,
		Schedule:  weights.Schedule{Name: "deferred-linear", DeferredEpochs: 2, Update: "epoch"},
	})
}

func TestConfigRefusesNonsense(t *testing.T) {
	for what, spoil := range map[string]func(*balance.Config){
		`"cosine"`:         func(c *balance.Config) { c.Schedule = "cosine" },
		"-1 is negative":   func(c *balance.Config) { c.DeferredEpochs = -1 },
		`"iteration"`:      func(c *balance.Config) { c.Update = "iteration" },
		"eta 1.1":          func(c *balance.Config) { c.Eta = 1.1 },
		"eta NaN":          func(c *balance.Config) { c.Eta = math.NaN() },
		`eta scope "gpu"`:  func(c *balance.Config) { c.Scope = "gpu" },
		`eta reading "no"`: func(c *balance.Config) { c.Reading = "no" },
		"groups of -1":     func(c *balance.Config) { c.Scope, c.Group = "batch", -1 },
		"scope batch":      func(c *balance.Config) { c.Group = 4 },
		"intensity -0.1":   func(c *balance.Config) { c.Intensity = -0.1 },
		"intensity NaN":    func(c *balance.Config) { c.Intensity = math.NaN() },
	} {
		config := bofl()
		if err := config.Validate(); err != nil {
			t.Fatal(err)
		}
		spoil(&config)
		if _, err := balance.NewPlan(nil, config, 1); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v, want one that says %q", err, what)
		}
	}
	if _, err := balance.NewPlan([]float64{1, -2}, bofl(), 1); err == nil || !strings.Contains(err.Error(), "class 1 is -2") {
		t.Errorf("negative alpha: %v", err)
	}
	if _, err := balance.NewPlan(nil, bofl(), 0); err == nil {
		t.Error("a training of 0 epochs was accepted")
	}
}
