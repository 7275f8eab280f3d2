package train_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cocostat/train"
)

// openAhead opens a training that looks at losses later, as on a CUDA device.
func openAhead(t *testing.T, c train.Config) *train.Job {
	t.Helper()
	j := open(t, c)
	j.GoAhead()
	return j
}

// Whether losses are waited for or looked at a batch later, a run leaves the same:
// numbers, metrics and detections, also where steps have several batches.
func TestAheadLeavesTheSame(t *testing.T) {
	set := smallSet(t)
	for _, accumulate := range []int{1, 2} {
		c := tiny(set)
		c.Batch, c.Accumulate, c.SaveEvery = 6/accumulate, accumulate, time.Nanosecond
		steps := 0
		w := quiet
		w.Progress = func(p train.Progress) {
			if !p.Evaluating {
				steps++
			}
		}
		run := filepath.Join(t.TempDir(), "ahead")
		_, err := openAhead(t, c).Run(context.Background(), run, w)
		ok(t, err)
		sameRuns(t, whole(t, c), run)
		if want := c.Epochs * 4; steps != want {
			t.Errorf("accumulate %d: progress of %d steps, want %d", accumulate, steps, want)
		}
	}
}

// A run that is ahead when it is stopped saves what it has learnt, and goes on to the
// same bits.
func TestAheadResumes(t *testing.T) {
	set := smallSet(t)
	for _, accumulate := range []int{1, 2} {
		c := tiny(set)
		c.Batch, c.Accumulate = 6/accumulate, accumulate
		want := whole(t, c)
		for _, at := range [][2]int{{1, 1}, {2, 4}, {3, 2}} {
			run := filepath.Join(t.TempDir(), "stopped")
			ctx, w := stopAt(at[0], at[1])
			if _, err := openAhead(t, c).Run(ctx, run, w); !errors.Is(err, context.Canceled) {
				t.Fatalf("stopped at %v: %v, want the context's error", at, err)
			}
			state, err := train.LoadCheckpoint(filepath.Join(run, train.LastFile))
			ok(t, err)
			// It learns at most from one batch more than it has looked at.
			if done, seen := state.Epoch*4+state.Step, (at[0]-1)*4+at[1]; done < seen || done > seen+1 {
				t.Errorf("stopped at %v, saved after %d epochs and %d steps", at, state.Epoch, state.Step)
			}
			saved, err := train.ReadConfig(run)
			ok(t, err)
			_, err = openAhead(t, saved).Resume(context.Background(), run, quiet)
			ok(t, err)
			sameRuns(t, want, run)
		}
	}
}

// A loss that is not finite ends the run with the same words, and nothing of it is
// saved, although more was learnt when it is looked at.
func TestAheadDiverges(t *testing.T) {
	set := smallSet(t)
	for _, every := range []time.Duration{0, time.Nanosecond} {
		for _, accumulate := range []int{1, 2} {
			c := tiny(set)
			c.LR, c.Warmup, c.Epochs, c.SaveEvery = 1e30, 0, 20, every
			c.Batch, c.Accumulate = 6/accumulate, accumulate
			_, want := open(t, c).Run(context.Background(), filepath.Join(t.TempDir(), "run"), quiet)
			run := filepath.Join(t.TempDir(), "ahead")
			_, err := openAhead(t, c).Run(context.Background(), run, quiet)
			if !errors.Is(err, train.ErrDiverged) {
				t.Fatalf("error %v, want one of divergence", err)
			}
			if want == nil || words(err) != words(want) {
				t.Errorf("error %q, without being ahead %q", err, want)
			}
			if c, err := train.LoadCheckpoint(filepath.Join(run, train.LastFile)); err == nil && c.Step != 1 {
				t.Errorf("saved after epoch %d, step %d", c.Epoch, c.Step)
			}
		}
	}
}

// words are those of an error without the losses, in which what is infinite and what is
// no number may differ with the order of sums.
func words(err error) string {
	before, after, _ := strings.Cut(err.Error(), "the loss is not finite")
	_, images, _ := strings.Cut(after, "; images")
	return before + images
}
