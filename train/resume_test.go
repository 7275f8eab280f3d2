package train_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cocostat/internal/safetensors"
	"cocostat/train"
)

// stopAt returns a context that ends after a step of an epoch, and a watcher
// that ends it.
func stopAt(epoch, step int) (context.Context, train.Watcher) {
	ctx, cancel := context.WithCancel(context.Background())
	w := quiet
	w.Progress = func(p train.Progress) {
		if p.Epoch == epoch && p.Step == step && !p.Evaluating {
			cancel()
		}
	}
	return ctx, w
}

// stopped trains c until a step and returns the run folder.
func stopped(t *testing.T, c train.Config, epoch, step int) string {
	t.Helper()
	run := filepath.Join(t.TempDir(), "stopped")
	ctx, w := stopAt(epoch, step)
	if _, err := open(t, c).Run(ctx, run, w); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want the context's", err)
	}
	return run
}

// whole trains c to its end and returns the run folder.
func whole(t *testing.T, c train.Config) string {
	t.Helper()
	run := filepath.Join(t.TempDir(), "whole")
	_, err := open(t, c).Run(context.Background(), run, quiet)
	ok(t, err)
	return run
}

// goOn resumes a run with its own configuration.
func goOn(t *testing.T, run string) error {
	t.Helper()
	c, err := train.ReadConfig(run)
	ok(t, err)
	_, err = open(t, c).Resume(context.Background(), run, quiet)
	return err
}

// sameRuns compares everything that two runs leave: each number of the
// checkpoints bit for bit, the detections, and the metrics without their times.
func sameRuns(t *testing.T, a, b string) {
	t.Helper()
	for _, name := range []string{train.LastFile, train.BestFile} {
		sameTensors(t, filepath.Join(a, name), filepath.Join(b, name))
	}
	sameJSON(t, metrics(t, a), metrics(t, b))
	if !bytes.Equal(readFile(t, filepath.Join(a, train.DetectionsFile)), readFile(t, filepath.Join(b, train.DetectionsFile))) {
		t.Error("the detections differ")
	}
}

func sameTensors(t *testing.T, a, b string) {
	t.Helper()
	x, err := safetensors.ReadFile(a)
	ok(t, err)
	y, err := safetensors.ReadFile(b)
	ok(t, err)
	if len(x.Tensors) != len(y.Tensors) || len(x.Tensors) == 0 {
		t.Fatalf("%d and %d tensors", len(x.Tensors), len(y.Tensors))
	}
	same := func(v, w float32) bool { return math.Float32bits(v) == math.Float32bits(w) }
	for i, v := range x.Tensors {
		if w := y.Tensors[i]; v.Name != w.Name || !slices.EqualFunc(v.Data, w.Data, same) {
			t.Errorf("%s of %s differs", v.Name, filepath.Base(a))
		}
	}
}

// A run that is stopped in the middle of an epoch, in its evaluation or at its
// end, leaves only whole files and goes on at that very step: it ends with the
// same numbers, bit for bit, as the run that was never stopped.
func TestInterruptAndResume(t *testing.T) {
	c := tiny(smallSet(t))
	want := whole(t, c)
	for _, at := range [][2]int{{3, 2}, {2, 4}, {4, 4}, {1, 1}} {
		t.Run(fmt.Sprintf("epoch %d, step %d of 4", at[0], at[1]), func(t *testing.T) {
			run := stopped(t, c, at[0], at[1])
			state, err := train.LoadCheckpoint(filepath.Join(run, train.LastFile))
			ok(t, err)
			if state.Epoch != at[0]-1 || state.Step != at[1] || len(state.Metrics) != at[0]-1 {
				t.Errorf("saved after epoch %d, step %d with %d metrics, want epoch %d, step %d", state.Epoch, state.Step, len(state.Metrics), at[0]-1, at[1])
			}
			if at[0] > 1 && len(metrics(t, run)) != at[0]-1 {
				t.Errorf("%d epochs recorded, want %d", len(metrics(t, run)), at[0]-1)
			}
			for _, name := range []string{train.DetectionsFile, train.ResultsFile} {
				if _, err := os.Stat(filepath.Join(run, name)); err == nil {
					t.Errorf("an interrupted run left %s", name)
				}
			}
			var seen []int
			w := quiet
			w.Progress = func(p train.Progress) {
				if !p.Evaluating {
					seen = append(seen, (p.Epoch-1)*4+p.Step)
				}
			}
			_, err = open(t, c).Resume(context.Background(), run, w)
			ok(t, err)
			if n := 16 - (at[0]-1)*4 - at[1]; len(seen) != n || n > 0 && seen[0] != 17-n {
				t.Errorf("the steps %v after resuming, want the last %d", seen, n)
			}
			sameRuns(t, want, run)
		})
	}
}

// Saving as often as possible changes no number, and the checkpoint before the
// last is kept.
func TestSavingChangesNothing(t *testing.T) {
	c := tiny(smallSet(t))
	want := whole(t, c)
	c.SaveEvery = time.Nanosecond
	run := whole(t, c)
	sameRuns(t, want, run)
	last, err := train.LoadCheckpoint(filepath.Join(run, train.LastFile))
	ok(t, err)
	previous, err := train.LoadCheckpoint(filepath.Join(run, train.PreviousFile))
	ok(t, err)
	if last.Epoch != 4 || previous.Epoch != 3 || previous.Step == 0 {
		t.Errorf("last after epoch %d, previous after epoch %d, step %d: want the end and within epoch 4", last.Epoch, previous.Epoch, previous.Step)
	}
}

// A run that was stopped before its first checkpoint begins anew from its
// config.json.
func TestResumeBeforeTheFirstCheckpoint(t *testing.T) {
	set := smallSet(t)
	c := tiny(set)
	c.Weights = weightsOf(t, trainJSON(set))
	want := whole(t, c)
	for name, left := range map[string][]string{
		"config alone":             {train.ConfigFile},
		"config and weights":       {train.ConfigFile, train.WeightsFile},
		"with a half written file": {train.ConfigFile, train.WeightsFile, ".last.safetensors.tmp-next"},
	} {
		t.Run(name, func(t *testing.T) {
			run := t.TempDir()
			for _, file := range left {
				content := []byte("half")
				if !strings.HasPrefix(file, ".") {
					content = readFile(t, filepath.Join(want, file))
				}
				ok(t, os.WriteFile(filepath.Join(run, file), content, 0o644))
			}
			ok(t, goOn(t, run))
			sameRuns(t, want, run)
			if hidden, _ := filepath.Glob(filepath.Join(run, ".*")); len(hidden) > 0 {
				t.Errorf("temporary files left: %v", hidden)
			}
		})
	}
}

// Truncated or flipped anywhere, a checkpoint is refused with its name and the
// place, or is the same as before; without it the run goes on from the one
// before, to the same end.
func TestDamagedCheckpoint(t *testing.T) {
	c := tiny(smallSet(t))
	c.Epochs = 3
	want := whole(t, c)
	run := stopped(t, c, 3, 2)
	last := filepath.Join(run, train.LastFile)
	raw := readFile(t, last)
	ok(t, os.WriteFile(filepath.Join(want, "copy"), raw, 0o644))
	sound, err := train.LoadCheckpoint(last)
	ok(t, err)
	header := 8 + int(binary.LittleEndian.Uint64(raw))

	var places []int
	for i := range 25 {
		places = append(places, i*header/25, header+i*(len(raw)-header)/25)
	}
	for _, at := range append(places, len(raw)-1) {
		ok(t, os.WriteFile(last, raw[:at], 0o644))
		if _, err := train.LoadCheckpoint(last); err == nil || !strings.Contains(err.Error(), last) {
			t.Fatalf("%d of %d bytes: error %v, want one that names the file", at, len(raw), err)
		}
		flipped := slices.Clone(raw)
		flipped[at] ^= 1 << (at % 8)
		ok(t, os.WriteFile(last, flipped, 0o644))
		switch c, err := train.LoadCheckpoint(last); {
		case err == nil: // the case of a letter that makes no difference, in the header
			sameJSON(t, c.State, sound.State)
			sameTensors(t, last, filepath.Join(want, "copy"))
		case !strings.Contains(err.Error(), last):
			t.Fatalf("byte %d of %d flipped: error %v, want one that names the file", at, len(raw), err)
		}
	}
	flipped := slices.Clone(raw)
	flipped[len(raw)-1] ^= 1
	ok(t, os.WriteFile(last, flipped, 0o644))
	err = goOn(t, run)
	for _, words := range []string{last, "adam.second.", "checksum", train.PreviousFile, "after epoch 2", "without " + train.LastFile} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("error %v, want one with %q", err, words)
		}
	}
	ok(t, os.Remove(last))
	ok(t, goOn(t, run))
	sameRuns(t, want, run)
}

// Two processes cannot train in one folder.
func TestRunFolderInUse(t *testing.T) {
	c := tiny(smallSet(t))
	run := filepath.Join(t.TempDir(), "run")
	w, tried := quiet, false
	w.Progress = func(p train.Progress) {
		if tried {
			return
		}
		tried = true
		if err := goOn(t, run); !errors.Is(err, train.ErrRunInUse) || !strings.Contains(err.Error(), run) {
			t.Errorf("error %v, want that %s is in use", err, run)
		}
		if _, err := open(t, c).Run(context.Background(), run, quiet); !errors.Is(err, train.ErrRunInUse) {
			t.Errorf("error %v, want that the folder is in use", err)
		}
	}
	c.Epochs = 1
	_, err := open(t, c).Run(context.Background(), run, w)
	ok(t, err)
	ok(t, goOn(t, run)) // at its end already
}

// A run whose folder is deleted, or replaced, stops with a word about it and
// leaves nothing there.
func TestRunFolderDeleted(t *testing.T) {
	c := tiny(smallSet(t))
	for name, replace := range map[string]bool{"deleted": false, "replaced": true} {
		t.Run(name, func(t *testing.T) {
			run := filepath.Join(t.TempDir(), "run")
			w := quiet
			w.Progress = func(p train.Progress) {
				if p.Epoch == 2 && p.Step == 1 {
					ok(t, os.RemoveAll(run))
					if replace {
						ok(t, os.Mkdir(run, 0o755))
					}
				}
			}
			_, err := open(t, c).Run(context.Background(), run, w)
			if err == nil || !strings.Contains(err.Error(), run+" was deleted, moved or replaced") {
				t.Errorf("error %v, want one that says so", err)
			}
			if left, err := os.ReadDir(run); len(left) > 0 || replace != (err == nil) {
				t.Errorf("the folder holds %v (%v)", left, err)
			}
		})
	}
}

// A run does not go on with other boxes than it was stopped with.
func TestResumeWithOtherAnnotations(t *testing.T) {
	c := tiny(smallSet(t))
	run := stopped(t, c, 2, 2)
	before := readFile(t, c.Data.TrainJSON)
	at := bytes.Index(before, []byte(`"bbox":[`)) + len(`"bbox":[`)
	changed := bytes.Clone(before)
	changed[at] = '1' + changed[at]%2 // the first digit of a coordinate
	if bytes.Equal(changed, before) {
		changed[at]++
	}
	ok(t, os.WriteFile(c.Data.TrainJSON, changed, 0o644))
	if err := goOn(t, run); err == nil || !strings.Contains(err.Error(), c.Data.TrainJSON+" has other images or boxes") {
		t.Errorf("error %v, want one about the boxes", err)
	}
	ok(t, os.WriteFile(c.Data.TrainJSON, before, 0o644))
	ok(t, goOn(t, run))
}

// A run goes on with another validation set, but says that AP before and after
// are not of the same.
func TestResumeWithOtherValidation(t *testing.T) {
	set := smallSet(t)
	c := tiny(set)
	run := stopped(t, c, 2, 2)
	told := func() bool {
		var notes []string
		w := quiet
		w.Note = func(text string) { notes = append(notes, text) }
		ctx, stop := context.WithCancel(context.Background())
		w.Progress = func(train.Progress) { stop() }
		resumed, err := train.ReadConfig(run)
		ok(t, err)
		if _, err := open(t, resumed).Resume(ctx, run, w); !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v, want the context's", err)
		}
		return strings.Contains(strings.Join(notes, "\n"), "instances_val.json has other images or boxes")
	}
	if told() {
		t.Error("a note though the validation set is the same")
	}
	path := filepath.Join(set, "annotations", "instances_val.json")
	before := readFile(t, path)
	ok(t, os.WriteFile(path, bytes.Replace(before, []byte(`"bbox":[`), []byte(`"bbox":[1`), 1), 0o644))
	if bytes.Equal(before, readFile(t, path)) {
		t.Fatal("the set was not changed")
	}
	if !told() {
		t.Error("no note though a box was changed")
	}
}
