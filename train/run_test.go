package train_test

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/balance"
	"cocostat/train"
	"cocostat/train/data"
)

// metrics reads metrics.jsonl without what depends on the clock.
func metrics(t *testing.T, run string) (all []train.Metric) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(readFile(t, filepath.Join(run, train.MetricsFile))))
	for d.More() {
		var m train.Metric
		ok(t, d.Decode(&m))
		m.Seconds, m.ImagesPerSecond, m.Times = 0, 0, train.Times{}
		all = append(all, m)
	}
	return all
}

// sameJSON compares what JSON shows of two values, in which NaN is null.
func sameJSON(t *testing.T, a, b any) {
	t.Helper()
	x, err := json.Marshal(a)
	ok(t, err)
	y, err := json.Marshal(b)
	ok(t, err)
	if !bytes.Equal(x, y) {
		t.Errorf("these differ:\n%s\n%s", x, y)
	}
}

// A whole run: the loss falls, every file of the run folder is there and can be
// read, and evaluating the checkpoint gives the run's results again.
func TestRun(t *testing.T) {
	set := smallSet(t)
	c := tiny(set)
	c.Weights = weightsOf(t, trainJSON(set))
	c.Data.TrainJSON = "" // found by the weights file
	c.Epochs, c.LR, c.Augment = 24, 5e-3, data.Augment{}
	run := filepath.Join(t.TempDir(), "run")
	j := open(t, c)
	result, err := j.Run(context.Background(), run, quiet)
	ok(t, err)

	all := metrics(t, run)
	if len(all) != 24 {
		t.Fatalf("%d epochs in the metrics, want 24", len(all))
	}
	if first, last := all[0].Losses.Total, all[23].Losses.Total; !(last < 0.7*first) {
		t.Errorf("the loss went from %g to %g in 24 epochs", first, last)
	}
	for i, m := range all {
		if evaluated := (i+1)%2 == 0; (m.Val != nil) != evaluated {
			t.Errorf("epoch %d: evaluated %v, want %v", i+1, m.Val != nil, evaluated)
		}
	}
	if l := all[23].Lambda; l != 1 {
		t.Errorf("λ of the last epoch is %g, want 1", l)
	}
	for _, name := range []string{train.ConfigFile, train.WeightsFile, train.DetectionsFile, train.ResultsFile, train.BestFile, train.LastFile} {
		if len(readFile(t, filepath.Join(run, name))) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	leftovers, err := filepath.Glob(filepath.Join(run, ".*"))
	ok(t, err)
	if len(leftovers) > 0 {
		t.Errorf("temporary files left: %v", leftovers)
	}

	checkpoint, err := train.LoadCheckpoint(filepath.Join(run, train.LastFile))
	ok(t, err)
	again, err := train.EvaluateCheckpoint(context.Background(), checkpoint, train.EvalOptions{Threads: 1})
	ok(t, err)
	if sameJSON(t, again, result); !slices.Equal(again.Detections, result.Detections) {
		t.Error("evaluating the checkpoint gives other detections than the run")
	}
}

// The same seed gives the same metrics whatever the number of loading workers;
// another seed gives others.
func TestSeedDecidesTheRun(t *testing.T) {
	set := smallSet(t)
	dir := t.TempDir()
	runs := map[string]func(*train.Config){
		"a":     func(*train.Config) {},
		"b":     func(c *train.Config) { c.Workers = 1; c.Cache = 0 },
		"other": func(c *train.Config) { c.Seed = 2 },
	}
	for name, change := range runs {
		c := tiny(set)
		c.Epochs = 2
		change(&c)
		_, err := open(t, c).Run(context.Background(), filepath.Join(dir, name), quiet)
		ok(t, err)
	}
	a, b, other := metrics(t, filepath.Join(dir, "a")), metrics(t, filepath.Join(dir, "b")), metrics(t, filepath.Join(dir, "other"))
	sameJSON(t, a, b)
	if a[0].Losses.Total == other[0].Losses.Total {
		t.Error("another seed gave the same loss")
	}
}

// Without the parts of the loss every weight is 1; the runs must differ from
// the full loss once λ has left 0.
func TestPartsOfTheLossMatter(t *testing.T) {
	set := smallSet(t)
	dir := t.TempDir()
	losses := map[string]float64{}
	for name, change := range map[string]func(*train.Config){
		"all":               func(*train.Config) {},
		"no wf":             func(c *train.Config) { c.Loss.WF = false },
		"no bb":             func(c *train.Config) { c.Loss.BB = false },
		"focal":             func(c *train.Config) { c.Loss = balance.Loss{Base: balance.Focal} },
		"ce":                func(c *train.Config) { c.Loss = balance.Loss{Base: balance.CrossEntropy} },
		"cbl":               func(c *train.Config) { c.Loss = balance.Loss{Base: balance.CBL, WF: true} },
		"cbl of eq. 5":      func(c *train.Config) { c.Loss = balance.Loss{Base: balance.CBL, WF: true, Approx: true} },
		"eql":               func(c *train.Config) { c.Loss = balance.Loss{Base: balance.EQL} },
		"eql, half as much": func(c *train.Config) { c.Loss, c.Background = balance.Loss{Base: balance.EQL}, 0.5 },
	} {
		c := tiny(set)
		c.Weights = weightsOf(t, trainJSON(set))
		c.Loss.LS = false // λ = 1 from the first epoch
		change(&c)
		c.Epochs = 1
		_, err := open(t, c).Run(context.Background(), filepath.Join(dir, strings.ReplaceAll(name, " ", "-")), quiet)
		ok(t, err)
		losses[name] = metrics(t, filepath.Join(dir, strings.ReplaceAll(name, " ", "-")))[0].Losses.Part("heatmap")
	}
	seen := map[float64]string{}
	for name, l := range losses {
		if twin, twice := seen[l]; twice {
			t.Errorf("%q and %q have the same heatmap loss %g", name, twin, l)
		}
		seen[l] = name
	}
}
