package train_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"path/filepath"
	"testing"

	"cocostat/train"
)

// The phases of an epoch add up to its time, and each of them takes some.
func TestTimesAddUp(t *testing.T) {
	c := tiny(smallSet(t))
	c.Epochs = 1
	dir := filepath.Join(t.TempDir(), "run")
	_, err := open(t, c).Run(context.Background(), dir, quiet)
	ok(t, err)
	var m struct {
		Seconds float64
		Time    map[string]float64
	}
	ok(t, json.NewDecoder(bytes.NewReader(readFile(t, filepath.Join(dir, train.MetricsFile)))).Decode(&m))
	sum := 0.0
	for _, phase := range []string{"waiting", "copying", "forward", "loss", "backward", "optimiser", "other"} {
		sum += m.Time[phase]
	}
	if math.Abs(sum-m.Seconds) > 1e-9*m.Seconds {
		t.Errorf("phases of %g s in an epoch of %g s", sum, m.Seconds)
	}
	if len(m.Time) != 10 {
		t.Errorf("%d phases, want 7 and 3 of the loader: %v", len(m.Time), m.Time)
	}
	for name, v := range m.Time {
		if !(v > 0) {
			t.Errorf("%s took %g s", name, v)
		}
	}
}
