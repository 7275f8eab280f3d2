package weights_test

import (
	"math"
	"strings"
	"testing"

	"cocostat/weights"
	"cocostat/weights/weightstest"
)

func TestMakeEtaRefusesNonsense(t *testing.T) {
	for what, e := range map[string]weights.Eta{
		"eta -0.1": {-0.1, weights.ReadingBase, weights.ScopeImage}, "eta 1.1": {1.1, weights.ReadingBase, weights.ScopeImage}, "eta NaN": {math.NaN(), weights.ReadingBase, weights.ScopeImage},
		`eta reading ""`: {0.8, "", weights.ScopeImage}, `eta scope "epoch"`: {0.8, weights.ReadingBase, "epoch"},
	} {
		if _, err := weights.MakeEta(weightstest.Pairs(1), e, ""); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v, want one that says %q", err, what)
		}
	}
}

func TestEtaCheckWeights(t *testing.T) {
	c := weightstest.Pairs(4)
	c.Instances, c.Images, c.TotalInstances, c.AnnotatedImages = []int64{4, 3}, []int64{2, 2}, 7, 4
	w, err := weights.Build(c, weights.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	e, err := weights.MakeEta(weightstest.Pairs(4), w.Meta.Eta, "v1")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.CheckWeights(w); err != nil {
		t.Errorf("its own weights: %v", err)
	}
	for what, spoil := range map[string]func(){
		"the weights have {Value:0.9 Reading:base Scope:image}":                                func() { w.Meta.Eta.Value = 0.9 },
		`category 8 "" has 3 instances in 2 images in the eta file, and 4 in 2 in the weights`: func() { w.Rows[1].Instances = 4 },
		"row 1 of the eta file: class 1, category 8, is not among the weights":                 func() { w.Rows = w.Rows[:1] },
	} {
		kept := *w
		rows := append([]weights.Row{}, w.Rows...)
		spoil()
		if err := e.CheckWeights(w); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v, want one that says %q", err, what)
		}
		*w = kept
		w.Rows = rows
	}
}
