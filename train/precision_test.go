package train_test

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/train"
	"cocostat/train/data"
)

// Convolutions in bfloat16 learn as those in float32 do: the loss of each epoch is the
// same to 10 %, and falls. Two trainings whose numbers differ part as they go on.
func TestBFloat16Learns(t *testing.T) {
	set := smallSet(t)
	c := tiny(set)
	c.Epochs, c.LR, c.Augment, c.EvalEvery = 8, 5e-3, data.Augment{}, 8
	losses := map[string][]train.Metric{}
	for _, p := range []string{train.PrecisionFloat32, train.PrecisionBFloat16} {
		c.Precision = p
		losses[p] = metrics(t, whole(t, c))
	}
	exact, rounded := losses[train.PrecisionFloat32], losses[train.PrecisionBFloat16]
	for i, m := range exact {
		if a, b := m.Losses.Total, rounded[i].Losses.Total; !(math.Abs(a-b) <= 0.1*a) || a == b {
			t.Errorf("epoch %d: loss %g in bfloat16, %g in float32", i+1, b, a)
		}
	}
	if first, last := rounded[0].Losses.Total, rounded[7].Losses.Total; !(last < 0.7*first) {
		t.Errorf("the loss went from %g to %g", first, last)
	}
}

// A run that was stopped goes on to the same bits, and its evaluation is that of
// float32, as anyone gets who uses the checkpoint.
func TestBFloat16Resumes(t *testing.T) {
	c := tiny(smallSet(t))
	c.Epochs, c.Precision = 2, train.PrecisionBFloat16
	want := whole(t, c)
	run := stopped(t, c, 2, 2)
	state, err := train.LoadCheckpoint(filepath.Join(run, train.LastFile))
	ok(t, err)
	if state.Config.Precision != train.PrecisionBFloat16 {
		t.Errorf("the checkpoint was made in %q", state.Config.Precision)
	}
	ok(t, goOn(t, run))
	sameRuns(t, want, run)

	best, err := train.LoadCheckpoint(filepath.Join(want, train.LastFile))
	ok(t, err)
	again, err := train.EvaluateCheckpoint(context.Background(), best, train.EvalOptions{Threads: c.Threads, Workers: 1})
	ok(t, err)
	sameJSON(t, again.Scores, best.Metrics[1].Val)
}

// A run goes on in the precision that it began with.
func TestResumeInAnotherPrecision(t *testing.T) {
	c := tiny(smallSet(t))
	c.Epochs = 2
	run := stopped(t, c, 1, 2)
	c, err := train.ReadConfig(run)
	ok(t, err)
	c.Precision = train.PrecisionBFloat16
	if _, err := open(t, c).Resume(context.Background(), run, quiet); err == nil || !strings.Contains(err.Error(), "another precision") {
		t.Errorf("error %v, want one about the precision", err)
	}
}

func TestPrecisionsThatThereAreNot(t *testing.T) {
	for precision, want := range map[string]string{"tf32": "--device cuda", "float16": "float32, tf32 or bfloat16"} {
		c := tiny(smallSet(t))
		c.Precision = precision
		if _, err := train.Open(context.Background(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", precision, err, want)
		}
	}
}

// On the CPU a precision that costs more than it saves is told of.
func TestPrecisionNote(t *testing.T) {
	for precision, want := range map[string]int{"": 0, train.PrecisionFloat32: 0, train.PrecisionBFloat16: 1} {
		c := tiny(smallSet(t))
		c.Precision = precision
		notes := 0
		for _, note := range open(t, c).Notes {
			if strings.Contains(note, "bfloat16") {
				notes++
			}
		}
		if notes != want {
			t.Errorf("precision %q: %d notes of bfloat16, want %d", precision, notes, want)
		}
	}
}
