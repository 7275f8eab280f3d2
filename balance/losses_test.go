package balance_test

import (
	"encoding/json"
	"strings"
	"testing"

	"cocostat/balance"
)

// The parts are those of tables 1, 8 and 10 of the paper.
func TestParseLoss(t *testing.T) {
	for text, want := range map[string]balance.Loss{
		"focal":             {Base: "focal"},
		"focal+wf":          {Base: "focal", WF: true},
		"focal+ls+wf":       {Base: "focal", WF: true, LS: true},
		"focal+bb":          {Base: "focal", BB: true},
		"focal+bb+ls":       {Base: "focal", BB: true, LS: true},
		"bofl":              {Base: "focal", WF: true, BB: true, LS: true},
		"focal+bofl":        {Base: "focal", WF: true, BB: true, LS: true},
		"ce":                {Base: "ce"},
		"ce+bofl":           {Base: "ce", WF: true, BB: true, LS: true},
		"cbl":               {Base: "cbl", WF: true},
		"cbl+linear":        {Base: "cbl", WF: true, LS: true},
		"cbl+linear+approx": {Base: "cbl", WF: true, LS: true, Approx: true},
		"cbl+approx+linear+class-wise": {
			Base: "cbl", WF: true, LS: true, Approx: true, ClassWise: true},
		"eql": {Base: "eql"},
	} {
		got, err := balance.ParseLoss(text)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", text, got, err, want)
		}
		again, err := balance.ParseLoss(got.String())
		if err != nil || again != got {
			t.Errorf("%s is written as %s, which reads as %+v, %v", text, got, again, err)
		}
	}
}

func TestLossExamplesAreCanonical(t *testing.T) {
	for _, text := range balance.LossExamples {
		l, err := balance.ParseLoss(text)
		if err != nil || l.String() != text {
			t.Errorf("%s: %v, %v", text, l, err)
		}
	}
}

func TestMeaninglessLosses(t *testing.T) {
	for text, want := range map[string]string{
		"":              "unknown loss",
		"mse":           "use one of focal",
		"focal+ls":      "nothing to schedule",
		"focal+linear":  "wf, bb, ls",
		"focal+wf+wf":   "twice",
		"bofl+wf":       "unknown loss",
		"focal+bofl+ls": `not "bofl"`,
		"cbl+bb":        "linear, approx, class-wise",
		"eql+ls":        "no parts",
		"focal+":        `not ""`,
		"Focal":         "unknown loss",
	} {
		if _, err := balance.ParseLoss(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}

func TestLossInJSON(t *testing.T) {
	text, err := json.Marshal(balance.BOFL)
	if err != nil || string(text) != `"bofl"` {
		t.Errorf("%s, %v", text, err)
	}
	var l balance.Loss
	if err := json.Unmarshal([]byte(`"cbl+linear"`), &l); err != nil || !l.LS || l.Base != balance.CBL {
		t.Errorf("%+v, %v", l, err)
	}
	if err := json.Unmarshal([]byte(`"cbl+ls"`), &l); err == nil {
		t.Error("an impossible loss was read from JSON")
	}
}

// Section 5.5: cross entropy has no focusing; section 5.7: CBL takes the
// effective number, eq. (2), until the approximation, eq. (5), replaces it.
func TestLossSettings(t *testing.T) {
	for text, want := range map[string]struct {
		gamma float64
		alpha string
	}{
		"bofl":              {2, ""},
		"ce+bofl":           {0, ""},
		"cbl":               {2, "effective"},
		"cbl+linear+approx": {2, "inverse"},
		"eql":               {2, ""},
	} {
		l, err := balance.ParseLoss(text)
		if err != nil || l.Gamma() != want.gamma || l.AlphaMethod() != want.alpha {
			t.Errorf("%s: γ %g, alpha %q, %v; want %+v", text, l.Gamma(), l.AlphaMethod(), err, want)
		}
	}
}
