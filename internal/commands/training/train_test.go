package training

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/commandtest"
	"cocostat/internal/sample"
)

// run runs the command and returns its exit code and what it wrote.
func run(t *testing.T, ctx context.Context, args ...string) (code int, out, errs string) {
	t.Helper()
	return runWith(ctx, args...)
}

func runWith(ctx context.Context, args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = cli.Run(ctx, NewTrain, cli.Streams{In: strings.NewReader(""), Out: &o, Err: &e}, args)
	return code, o.String(), e.String()
}

func smallSet(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "set")
	if err := drawSet(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// drawSet draws two classes, 12 training and 4 validation images of 64×64.
func drawSet(dir string) error {
	_, err := sample.Generate(context.Background(), dir, sample.Options{
		Classes: 2, Images: 12, ValImages: 4, Size: 64, Imbalance: 2, Seed: 5, Quality: 90,
	}, nil)
	return err
}

// tiny are the flags of a training that takes a second.
var tiny = []string{"--size", "64", "--width", "0.25", "--neck", "8,8,8", "--head-channels", "8", "--batch", "6", "--epochs", "2", "--threads", "1"}

func TestUsageErrors(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing":                  {nil, "nothing to train on"},
		"unknown flag":             {[]string{"--epoch", "3"}, "--epoch"},
		"unknown loss":             {[]string{"a", "--loss", "mse"}, "unknown loss"},
		"unknown part":             {[]string{"a", "--loss", "focal+linear"}, "the parts wf, bb, ls"},
		"schedule of nothing":      {[]string{"a", "--loss", "focal+ls"}, "nothing to schedule"},
		"eta without bb":           {[]string{"a", "--loss", "focal+wf", "--eta", "0.7"}, "--eta has no meaning"},
		"cells without bb":         {[]string{"a", "--detector", "fcos", "--loss", "focal", "--eta-objects", "cells"}, "--eta-objects has no meaning"},
		"cells of a table":         {[]string{"a", "--detector", "fcos", "--eta-objects", "cells", "--eta-counts", "table"}, "positive cells"},
		"one cell of one image":    {[]string{"a", "--batch", "1", "--size", "32"}, "--batch 2"},
		"schedule of the baseline": {[]string{"a", "--loss", "focal", "--schedule", "linear"}, "--schedule has no meaning"},
		"intensity without wf":     {[]string{"a", "--loss", "focal+bb", "--intensity", "0.5"}, "without class weights"},
		"deferred constant":        {[]string{"a", "--schedule", "constant", "--deferred-epochs", "3"}, "use deferred or deferred-linear"},
		"background without eql":   {[]string{"a", "--background-weight", "0.5"}, "belongs to the loss eql"},
		"beta without cbl":         {[]string{"a", "--beta", "0.99"}, "belongs to the effective number"},
		"gamma of cross entropy":   {[]string{"a", "--loss", "ce", "--gamma", "2"}, "no focal exponent"},
		"drops of a cosine":        {[]string{"a", "--lr-drops", "3"}, "no steps to drop at"},
		"drops beyond the end":     {[]string{"a", "--epochs", "5", "--lr-schedule", "step", "--lr-drops", "3,5"}, "from 1 to 4"},
		"bad image policy":         {[]string{"a", "--on-bad-image", "ignore"}, "ignore"},
		"decay of 1":               {[]string{"a", "--ema", "1"}, "outside [0, 1)"},
		"size":                     {[]string{"a", "--size", "100"}, "multiple of 32"},
		"epochs":                   {[]string{"a", "--epochs", "0"}, "0 epochs"},
		"a command's name, nearly": {[]string{"evaluate"}, "did you mean 'train eval'?"},
		"an American's name":       {[]string{"a", "--optimizer", "sdg"}, `--optimiser "sdg": did you mean "sgd"?`},
		"a recipe, nearly":         {[]string{"a", "--recipe", "tabel1/ours"}, `did you mean "table1/ours"?`},
		"a recipe to list, nearly": {[]string{"recipes", "table1/our"}, `did you mean "table1/ours"?`},
		"a table, nearly":          {[]string{"reproduce", "tabel1", "--data", "a"}, `did you mean "table1"?`},
		"a loss, nearly":           {[]string{"a", "--loss", "bolf"}, `did you mean "bofl"?`},
		"augmentation":             {[]string{"a", "--augment", "heavy"}, "centernet, light, flip, none"},
		"format":                   {[]string{"a", "--format", "xml"}, "must be one of table, json"},
		"resume with another lr":   {[]string{"--resume", "a", "--lr", "1"}, "--lr cannot be changed"},
		"resume with a dataset":    {[]string{"--resume", "a", "b"}, "keeps its dataset"},
		"eval without checkpoint":  {[]string{"eval"}, "checkpoint"},
		"eta":                      {[]string{smallSet(t), "--eta", "2"}, "eta 2 is not in [0, 1]"},
	} {
		code, _, errs := run(t, context.Background(), c.args...)
		if code != cli.ExitUsage || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit %d, %q; want %d and %q", name, code, errs, cli.ExitUsage, c.want)
		}
	}
}

func TestFailures(t *testing.T) {
	empty := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"missing dataset":    {[]string{filepath.Join(empty, "none")}, "none"},
		"folder without any": {[]string{empty}, "no training annotations in " + empty},
		"missing weights":    {[]string{"--weights", filepath.Join(empty, "w.arrow")}, "w.arrow"},
		"missing checkpoint": {[]string{"eval", "--checkpoint", filepath.Join(empty, "c")}, filepath.Join(empty, "c")},
		"no run":             {[]string{"--resume", empty}, "not a run folder"},
	} {
		code, out, errs := run(t, context.Background(), c.args...)
		if code != cli.ExitFailure || !strings.Contains(errs, c.want) || out != "" {
			t.Errorf("%s: exit %d, output %q, error %q; want %d and %q", name, code, out, errs, cli.ExitFailure, c.want)
		}
	}
}

// The folder's name is enough; the result goes to standard output, the rest to
// standard error; eval prints the same result again.
func TestTrainAndEval(t *testing.T) {
	set := smallSet(t)
	dir := filepath.Join(t.TempDir(), "run")
	code, out, errs := run(t, context.Background(), append([]string{set, "-o", dir}, tiny...)...)
	if code != cli.ExitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	for _, want := range []string{"AP50", "AP tail", "AP head", "AP small", "disc", "star"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q:\n%s", want, out)
		}
	}
	for _, want := range []string{"epoch 1:", "epoch 2:", "loss bofl", "images/s"} {
		if !strings.Contains(errs, want) {
			t.Errorf("the progress lacks %q:\n%s", want, errs)
		}
	}
	results := filepath.Join(t.TempDir(), "results")
	code, again, errs := run(t, context.Background(), "eval", "--checkpoint", filepath.Join(dir, "last.safetensors"), "--threads", "1", "-o", results)
	if code != cli.ExitOK || again != out {
		t.Errorf("eval: exit %d, %s\n%s\nwant\n%s", code, errs, again, out)
	}
	for _, name := range []string{"detections.json", "results.json"} {
		a, err := os.ReadFile(filepath.Join(dir, name))
		b, err2 := os.ReadFile(filepath.Join(results, name))
		if err != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s of eval differs from that of the run (%v, %v)", name, err, err2)
		}
	}
}

func TestInterrupted(t *testing.T) {
	set := smallSet(t)
	dir := filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	code, out, errs := run(t, ctx, append([]string{set, "-o", dir}, tiny...)...)
	if code != cli.ExitInterrupted || out != "" || !strings.Contains(errs, "interrupted") {
		t.Errorf("exit %d, output %q, error %q", code, out, errs)
	}
}

func TestHelpHasExamples(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"eval", "--help"}} {
		code, out, _ := run(t, context.Background(), args...)
		if code != cli.ExitOK || !strings.Contains(out, "Examples:") {
			t.Errorf("%v: exit %d without examples", args, code)
		}
	}
}

// A run that a damaged image has stopped goes on without it; the flag is one of
// those that --resume takes anew.
func TestResumeSkipsBadImages(t *testing.T) {
	set := smallSet(t)
	images, err := filepath.Glob(filepath.Join(set, "train", "*.jpg"))
	if err != nil || len(images) < 6 {
		t.Fatalf("%d images, %v", len(images), err)
	}
	if err := os.WriteFile(images[5], []byte("gone"), 0o644); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	code, _, errs := run(t, context.Background(), append([]string{set, "-o", dir}, tiny...)...)
	if code != cli.ExitFailure || !strings.Contains(errs, images[5]) {
		t.Fatalf("exit %d, %q; want %d and the image", code, errs, cli.ExitFailure)
	}
	code, out, errs := run(t, context.Background(), "--resume", dir, "--on-bad-image", "skip")
	if code != cli.ExitOK || !strings.Contains(out, "AP50") || strings.Count(errs, "skipped: ") != 1 {
		t.Errorf("exit %d, output %q, error %q; want %d, a result, and one image skipped", code, out, errs, cli.ExitOK)
	}
}

func TestExamplesAreCalls(t *testing.T) {
	commandtest.Examples(t, "../../..", func() *cobra.Command { return NewTrain(cli.Streams{}) })
}
