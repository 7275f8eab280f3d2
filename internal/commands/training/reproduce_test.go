package training

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"cocostat/internal/cli"
	"cocostat/internal/sample"
	"cocostat/train"
	"cocostat/train/data"
	"cocostat/train/reproduce"
	"cocostat/weights/codec"
)

// tailSet is a small set whose rarest class is in the tail.
func tailSet(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "set")
	if _, err := sample.Generate(context.Background(), dir, sample.Options{
		Classes: 4, Images: 16, ValImages: 6, Size: 64, Imbalance: 20, Seed: 1, Quality: 90,
	}, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

// stopper cancels a context when a text is written.
type stopper struct {
	bytes.Buffer
	text string
	stop func()
}

func (s *stopper) Write(p []byte) (int, error) {
	n, err := s.Buffer.Write(p)
	if strings.Contains(s.String(), s.text) {
		s.stop()
	}
	return n, err
}

var tinyStudy = []string{"--size", "64", "--width", "0.1", "--neck", "8,8,8", "--head-channels", "8", "--batch", "4", "--epochs", "2", "--seeds", "2", "--threads", "1"}

func reproduceArgs(set, out string, more ...string) []string {
	return append(append([]string{"reproduce", "table11", "--data", set, "-o", out}, tinyStudy...), more...)
}

// A study is stopped in its second run, goes on, and comes out the same as one
// that was never stopped; a further call trains nothing.
func TestReproduceGoesOn(t *testing.T) {
	set, out := tailSet(t), filepath.Join(t.TempDir(), "study")
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	errs := &stopper{text: "table11/eql seed 1: epoch 1", stop: stop}
	code := cli.Run(ctx, NewTrain, cli.Streams{In: strings.NewReader(""), Out: new(bytes.Buffer), Err: errs}, reproduceArgs(set, out))
	if code != cli.ExitInterrupted || !strings.Contains(errs.String(), "the same command goes on") {
		t.Fatalf("stopped: exit %d\n%s", code, errs)
	}
	_, list, _ := run(t, context.Background(), reproduceArgs(set, out, "--dry-run")...)
	for _, want := range []string{"finished", "begun, 1 of 2 epochs", "to do", "4 runs, 3 of them to train"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list lacks %q:\n%s", want, list)
		}
	}
	code, text, log := run(t, context.Background(), reproduceArgs(set, out)...)
	if code != cli.ExitOK || strings.Contains(log, "run 1 of 4") || !strings.Contains(log, "run 2 of 4: table11/eql seed 1, from epoch 2 of 2") {
		t.Fatalf("gone on: exit %d\n%s", code, log)
	}
	code, again, log := run(t, context.Background(), reproduceArgs(set, out)...)
	if code != cli.ExitOK || again != text || strings.Contains(log, "run ") {
		t.Errorf("finished: exit %d\n%s\n%s", code, log, again)
	}
	whole := filepath.Join(t.TempDir(), "whole")
	if code, _, log := run(t, context.Background(), reproduceArgs(set, whole, "-q")...); code != cli.ExitOK {
		t.Fatalf("unstopped: exit %d\n%s", code, log)
	}
	for _, dir := range []string{"table10/eql/seed-1", "table1/baseline/seed-2"} {
		a, err := os.ReadFile(filepath.Join(out, dir, train.DetectionsFile))
		b, err2 := os.ReadFile(filepath.Join(whole, dir, train.DetectionsFile))
		if err != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: other detections than without the stop (%v, %v)", dir, err, err2)
		}
	}
	checkSeeds(t, out)
	checkStart(t, out)
	// 2 epochs of 4 steps: 5e-4·√(8000/8) is beyond the bound
	code, _, log = run(t, context.Background(), reproduceArgs(set, out, "--lr", "0.01")...)
	if code != cli.ExitFailure || !strings.Contains(log, "lr was 0.004, now 0.01") {
		t.Errorf("changed setting: exit %d, %s", code, log)
	}
}

// checkSeeds compares seeds.csv with the runs' own results.
func checkSeeds(t *testing.T, out string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(out, reproduce.SeedsFile))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(lines) != 5 {
		t.Fatalf("%d lines, want 5 (%v)", len(lines), err)
	}
	for _, line := range lines[1:] {
		var e train.Evaluation
		text, err := os.ReadFile(filepath.Join(line[5], train.ResultsFile))
		if err == nil {
			err = json.Unmarshal(text, &e)
		}
		ap, err2 := strconv.ParseFloat(line[6], 64)
		if err != nil || err2 != nil || math.Abs(ap-100*float64(e.Scores.AP)) > 1e-3 {
			t.Errorf("%s: AP %s, want %g (%v, %v)", line[5], line[6], 100*float64(e.Scores.AP), err, err2)
		}
	}
}

// checkStart looks for the word on random first weights in all that is kept.
func checkStart(t *testing.T, out string) {
	t.Helper()
	for _, name := range []string{reproduce.MarkdownFile, reproduce.JSONFile, "table10/eql/seed-1/" + train.ConfigFile, "table1/baseline/seed-2/" + train.ConfigFile} {
		if n := strings.Count(read(t, filepath.Join(out, name)), another); n != 1 {
			t.Errorf("%s says %d times that it is another experiment", name, n)
		}
	}
}

// A run that fails is reported and does not stop the others; a run that was
// stopped before its first checkpoint begins anew.
func TestReproduceFailingRun(t *testing.T) {
	set, out := tailSet(t), filepath.Join(t.TempDir(), "study")
	stray := filepath.Join(out, "table1", "baseline", "seed-1", "notes.txt") // table 11 shares the runs of tables 1 and 10
	if err := os.MkdirAll(filepath.Dir(stray), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stray, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := reproduceArgs(set, out, "--seeds", "1")
	code, text, errs := run(t, context.Background(), args...)
	if code != cli.ExitFailure || !strings.Contains(errs, "1 of 2 runs failed") || !strings.Contains(text, "Baseline, seed 1, failed") || !strings.Contains(errs, "table11/eql seed 1: epoch 2") {
		t.Errorf("exit %d\n%s\n%s", code, text, errs)
	}
	if err := os.Remove(stray); err != nil {
		t.Fatal(err)
	}
	eql := filepath.Join(out, "table10", "eql", "seed-1")
	for _, name := range []string{train.LastFile, train.BestFile, train.MetricsFile, train.ResultsFile, train.DetectionsFile} {
		if err := os.Remove(filepath.Join(eql, name)); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, errs := run(t, context.Background(), args...); code != cli.ExitOK || !strings.Contains(errs, "table11/eql seed 1, from epoch 1") {
		t.Errorf("tried again: exit %d\n%s", code, errs)
	}
}

// Rows that lose epochs to λ = 0 are named together, once: of 14 epochs, with one
// deferred (5 of 140, in proportion), two are neutral, a tenth and more; of 28
// there are two as well, fewer than a tenth.
func TestReproduceLambdaNotes(t *testing.T) {
	set, out := tailSet(t), filepath.Join(t.TempDir(), "study")
	for epochs, want := range map[string]int{"14": 1, "28": 0} {
		_, _, errs := run(t, context.Background(), "reproduce", "table1", "--data", set, "-o", out, "--batch", "4", "--dry-run", "--epochs", epochs)
		if n := strings.Count(errs, "λ is 0"); n != want {
			t.Errorf("%s epochs: told %d times, want %d: %s", epochs, n, want, errs)
		}
		if line := "Warning: table1/wf-ls, table1/bb-ls, table1/ours: λ is 0, and all weights 1, in the first 2 of 14 epochs"; want == 1 && !strings.Contains(errs, line) {
			t.Errorf("no line %q: %s", line, errs)
		}
	}
}

// The learning rate follows from the steps that are trained, also with the
// weights of another dataset: as train takes it.
func TestReproduceWithOtherWeights(t *testing.T) {
	set, dir := tailSet(t), t.TempDir()
	annotated, err := os.ReadFile(filepath.Join(set, "annotations", "instances_train.json"))
	if err != nil {
		t.Fatal(err)
	}
	more := `"images":[`
	for id := 999990; id < 999994; id++ { // a step more in each epoch
		more += fmt.Sprintf(`{"id":%d,"width":64,"height":64,"file_name":"%d.png"},`, id, id)
	}
	text := strings.Replace(string(annotated), `"images":[`, more, 1)
	other, file := filepath.Join(dir, "more.json"), filepath.Join(dir, "weights.arrow")
	if err := os.WriteFile(other, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, table, err := train.OpenWeights(context.Background(), train.Config{Data: data.Layout{TrainJSON: other, TrainImages: dir, ValJSON: other, ValImages: dir}})
	if err != nil {
		t.Fatal(err)
	}
	if err := codec.WriteFile(file, table); err != nil {
		t.Fatal(err)
	}
	args := []string{"reproduce", "table1", "--rows", "baseline", "--data", set, "-o", filepath.Join(dir, "study"), "--batch", "4", "--epochs", "100", "--seeds", "1", "--dry-run"}
	_, own, _ := run(t, context.Background(), args...)
	if _, zero, _ := run(t, context.Background(), append(args, "--lr", "0")...); !strings.Contains(zero, "--lr 0.00224") { // 400 steps: 5e-4·√20
		t.Errorf("--lr 0 is not the rule: %s", zero)
	}
	_, others, errs := run(t, context.Background(), append(args, "--weights", file)...)
	if table.Meta.Images != 20 || own != others || !strings.Contains(own, "--lr ") {
		t.Errorf("weights of %d images (want 20): %s\nwith the set's own: %s\n%s", table.Meta.Images, others, own, errs)
	}
}

// What the flags say goes to the rows that have it; what rows differ in is
// refused; equal configurations share a folder, in any table.
func TestReproducePlan(t *testing.T) {
	set, out := tailSet(t), filepath.Join(t.TempDir(), "study")
	plan := func(args ...string) (int, string, string) {
		return run(t, context.Background(), append([]string{"reproduce", "--data", set, "-o", out, "--batch", "4", "--dry-run", "--seeds", "1"}, args...)...)
	}
	_, list, _ := plan("table1", "table5", "--epochs", "28", "--deferred-epochs", "3")
	for _, want := range []string{"table1/ours, table5/deferred-linear ", "--deferred-epochs 3", "--warmup 11 ", "9 runs, 9 of them"} {
		if !strings.Contains(list, want) { // 28 epochs of 4 steps: a tenth are 11
			t.Errorf("the list lacks %q:\n%s", want, list)
		}
	}
	if strings.Contains(list, "--loss focal --deferred") {
		t.Errorf("the baseline has deferred epochs:\n%s", list)
	}
	if _, list, _ = plan("table5", "--rows", "deferred-linear"); !strings.Contains(list, filepath.Join(out, "table1", "ours", "seed-1")) {
		t.Errorf("table5/deferred-linear has another folder than table1/ours:\n%s", list)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a dry run writes")
	}
	if _, _, errs := plan("table4", "--epochs", "14"); !strings.Contains(errs, "table4/deferred-1 and table4/deferred-5 have the same settings") {
		t.Errorf("no warning of rows that are the same: %s", errs)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"differs":        {[]string{"table2", "--eta", "0.5"}, "what the rows of table2 differ in"},
		"no meaning":     {[]string{"table11", "--eta", "0.5"}, "table11/baseline: --eta has no meaning"},
		"unknown table":  {[]string{"table13"}, `no table "table13"`},
		"unknown row":    {[]string{"table1", "--rows", "ours,theirs"}, "no row theirs in table1"},
		"no seeds":       {[]string{"table1", "--seeds", "0"}, "--seeds 0"},
		"no epochs":      {[]string{"table1", "--epochs", "0"}, "--epochs 0"},
		"seed of train":  {[]string{"table1", "--seed", "3"}, "--seed"},
		"unknown format": {[]string{"table1", "--format", "xml"}, "xml"},
	} {
		if code, _, errs := plan(c.args...); code != cli.ExitUsage || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit %d, %s; want %d and %q", name, code, errs, cli.ExitUsage, c.want)
		}
	}
}
