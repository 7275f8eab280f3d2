package train

import (
	"testing"

	"cocostat/evaluate"
)

// The expected numbers are those of Python's float("{:.2f}".format(v)), which
// CenterNet uses: halves that no float64 holds go where the float64 lies.
func TestRoundResults(t *testing.T) {
	d := evaluate.Detection{Score: 0.0049, BBox: [4]float64{1.005, -0.125, 2.675, 1e-9}}
	round(&d)
	if want := (evaluate.Detection{Score: 0, BBox: [4]float64{1, -0.12, 2.67, 0}}); d != want {
		t.Errorf("%+v, want %+v", d, want)
	}
}
