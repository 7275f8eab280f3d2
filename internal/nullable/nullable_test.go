package nullable_test

import (
	"encoding/json"
	"math"
	"testing"

	"cocostat/internal/nullable"
)

// JSON has no NaN and no infinity: these are null there, and null is NaN.
func TestJSON(t *testing.T) {
	for want, f := range map[string]nullable.Float{"0.5": 0.5, "-1e-300": -1e-300, "0": 0} {
		text, err := json.Marshal(f)
		if err != nil || string(text) != want {
			t.Errorf("%v is written as %s, %v", f, text, err)
		}
		var back nullable.Float
		if err := json.Unmarshal(text, &back); err != nil || back != f {
			t.Errorf("%s is read as %v, %v", text, back, err)
		}
	}
	for _, none := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if text, err := json.Marshal([]nullable.Float{nullable.Float(none)}); err != nil || string(text) != "[null]" {
			t.Errorf("%v is written as %s, %v", none, text, err)
		}
	}
	f := nullable.Float(1)
	if err := json.Unmarshal([]byte("null"), &f); err != nil || !math.IsNaN(float64(f)) {
		t.Errorf("null is read as %v, %v", f, err)
	}
	if err := json.Unmarshal([]byte(`"1"`), &f); err == nil {
		t.Error("a text is read as a number")
	}
}

// (1 + 2 + 6)/3 is 3, whatever is missing between them.
func TestMean(t *testing.T) {
	var m nullable.Mean
	if !math.IsNaN(float64(m.Value())) {
		t.Errorf("the mean of nothing is %v", m.Value())
	}
	for _, x := range []float64{1, math.NaN(), 2, 6} {
		m.Add(x)
	}
	if m.Value() != 3 {
		t.Errorf("the mean is %v, want 3", m.Value())
	}
}
