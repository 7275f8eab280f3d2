package train_test

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cocostat/internal/safetensors"
	"cocostat/train"
)

// byName reads the tensors of a checkpoint.
func byName(t *testing.T, path string) map[string][]float32 {
	t.Helper()
	f, err := safetensors.ReadFile(path)
	ok(t, err)
	all := map[string][]float32{}
	for _, x := range f.Tensors {
		all[x.Name] = x.Data
	}
	return all
}

// The average of three steps is what the formula gives for the three networks,
// computed here in float64: with d = 0.25 the decays are 2/11, 3/12 and 0.25.
func TestAverageOfWeights(t *testing.T) {
	c := tiny(smallSet(t))
	c.Epochs, c.EMA, c.SaveEvery = 1, 0.25, 0
	c.EvalEvery = 9
	begin := c
	begin.LR, begin.Warmup = 1e-30, 0 // so that a step leaves all but the statistics
	beginning := byName(t, filepath.Join(stopped(t, begin, 1, 1), train.LastFile))
	var after []map[string][]float32
	for step := 1; step <= 3; step++ {
		after = append(after, byName(t, filepath.Join(stopped(t, c, 1, step), train.LastFile)))
	}
	checked := 0
	for name, first := range beginning {
		if strings.HasPrefix(name, "adam.") || strings.HasPrefix(name, "ema.") || strings.Contains(name, "running_") {
			continue
		}
		checked++
		for i := range first {
			mean := float64(first[i])
			for k, d := range []float64{2. / 11, 0.25, 0.25} {
				mean += (1 - d) * (float64(after[k][name][i]) - mean)
			}
			if got := float64(after[2]["ema."+name][i]); math.Abs(got-mean) > 1e-6*(1+math.Abs(mean)) {
				t.Fatalf("%s[%d]: the average is %g, want %g", name, i, got, mean)
			}
		}
	}
	if checked < 10 {
		t.Errorf("only %d tensors", checked)
	}
	for name := range after[2] {
		if strings.Contains(name, "running_mean") && !strings.HasPrefix(name, "ema.") && after[2]["ema."+name] == nil {
			t.Errorf("%s is not averaged", name)
		}
	}
}

// A run with an average evaluates it, keeps it as the best, and goes on with
// both, bit for bit.
func TestAverageIsUsedAndResumed(t *testing.T) {
	c := tiny(smallSet(t))
	c.EMA, c.SaveEvery = 0.9, time.Nanosecond
	want := whole(t, c)
	run := stopped(t, c, 2, 3)
	ok(t, goOn(t, run))
	sameRuns(t, want, run)

	last, best := byName(t, filepath.Join(want, train.LastFile)), byName(t, filepath.Join(want, train.BestFile))
	for name := range best {
		if strings.HasPrefix(name, "ema.") || strings.HasPrefix(name, "adam.") || last["ema."+name] == nil {
			t.Errorf("the best network has %s", name)
		}
	}
	checkpoint, err := train.LoadCheckpoint(filepath.Join(want, train.LastFile))
	ok(t, err)
	results := t.TempDir()
	_, err = train.EvaluateCheckpoint(context.Background(), checkpoint, train.EvalOptions{Threads: 1, Out: results})
	ok(t, err)
	if a, b := readFile(t, filepath.Join(want, train.DetectionsFile)), readFile(t, filepath.Join(results, train.DetectionsFile)); string(a) != string(b) {
		t.Error("evaluating the checkpoint gives other detections than the run")
	}
	c.EMA = 0
	plain := whole(t, c)
	if a, b := readFile(t, filepath.Join(want, train.DetectionsFile)), readFile(t, filepath.Join(plain, train.DetectionsFile)); string(a) == string(b) {
		t.Error("the average gives the same detections as the last weights")
	}
	network := byName(t, filepath.Join(plain, train.LastFile))
	for name, x := range network {
		if y := last[name]; len(y) != len(x) || x[0] != y[0] {
			t.Errorf("%s: the average changed the training", name)
		}
	}
}
