package weights_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"testing"

	"cocostat/weights"
)

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Abs(want)) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func TestInverseFrequency(t *testing.T) {
	// By hand: n = 12 in 3 classes with instances.
	got := weights.InverseFrequency([]int64{8, 0, 3, 1})
	for y, want := range []float64{0.5, math.NaN(), 4.0 / 3, 4} {
		if math.IsNaN(want) != math.IsNaN(got[y]) {
			t.Errorf("alpha of class %d is %v, want %v", y, got[y], want)
		}
		if !math.IsNaN(want) {
			near(t, "alpha", got[y], want, 1e-15)
		}
	}
	for _, a := range weights.InverseFrequency([]int64{5, 5, 5}) {
		near(t, "alpha of equal classes", a, 1, 1e-15)
	}
}

// Expected values from Python's decimal with 80 digits, for the β that the
// float64 is.
func TestEffectiveNumber(t *testing.T) {
	for _, c := range []struct {
		n          int64
		beta, want float64
	}{
		{1, 0.9999, 1},
		{100, 0.9999, 0.010049583329027613},
		{262465, 0.9999, 0.00010000000000038776},
		{198, 0.999, 0.005564476845186097},
		{1_000_000_000, 0.999999999999, 1.000500072268285e-09},
		{1000, 0.999999999999, 0.001000000000499489},
		{5, 0.5, 0.5161290322580645},
		{7, 0.001, 0.999},
	} {
		got := weights.EffectiveNumber([]int64{c.n, 0}, c.beta)
		near(t, "weight", got[0], c.want, 1e-14)
		if !math.IsNaN(got[1]) {
			t.Errorf("weight of a class without instances is %v, want NaN", got[1])
		}
	}
}

// α of COCO train2017, from its published counts: person 860001/(80·262465),
// hair drier 860001/(80·198).
func TestInverseFrequencyOfCOCO(t *testing.T) {
	raw, err := os.ReadFile("../../shared/data/coco_train2017/class_counts.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the counts of COCO are not here: ../shared/data/coco_train2017 is missing")
	}
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Classes []struct {
			Name      string
			Instances int64
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	var instances []int64
	for _, c := range file.Classes {
		instances = append(instances, c.Instances)
	}
	alpha := weights.InverseFrequency(instances)
	seen := 0
	for y, c := range file.Classes {
		switch c.Name {
		case "person":
			seen++
			near(t, c.Name, alpha[y], 0.04096, 1e-4)
		case "hair drier":
			seen++
			near(t, c.Name, alpha[y], 54.29, 1e-4)
		}
	}
	if seen != 2 {
		t.Errorf("%d of the two classes found", seen)
	}
}
