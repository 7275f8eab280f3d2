package training

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/cli"
)

// evalRun runs train eval with the checkpoint of trained.
func evalRun(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	_, dir := trained()
	return run(t, context.Background(), append([]string{"eval", "--checkpoint", filepath.Join(dir, "last.safetensors"), "--threads", "1"}, args...)...)
}

// The checkpoint is all that eval needs, from whatever folder it is called.
func TestEvalFromAnotherFolder(t *testing.T) {
	_, dir := trained()
	want := read(t, filepath.Join(dir, "results.json"))
	t.Chdir(t.TempDir())
	if code, _, errs := evalRun(t, "-o", "results"); code != cli.ExitOK || read(t, "results/results.json") != want {
		t.Errorf("exit %d, other results than the run's: %s", code, errs)
	}
}

func TestEvalErrors(t *testing.T) {
	set, dir := trained()
	val := filepath.Join(set, "annotations", "instances_val.json")
	empty := t.TempDir()
	other := filepath.Join(empty, "other.json")
	if err := os.WriteFile(other, []byte(strings.ReplaceAll(read(t, val), `"star"`, `"walrus"`)), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"annotations as checkpoint":    {[]string{"--checkpoint", val}, cli.ExitFailure, "no safetensors file (a run folder's are last.safetensors"},
		"configuration as checkpoint":  {[]string{"--checkpoint", filepath.Join(dir, "config.json")}, cli.ExitFailure, "config.json"},
		"folder as checkpoint":         {[]string{"--checkpoint", dir}, cli.ExitFailure, "last.safetensors"},
		"other classes":                {[]string{other}, cli.ExitFailure, "walrus"},
		"no annotations":               {[]string{filepath.Join(empty, "none.json")}, cli.ExitFailure, "none.json"},
		"missing images":               {[]string{val, "--images", empty}, cli.ExitFailure, "4 of 4 images are missing"},
		"missing images of its own":    {[]string{"--images", empty}, cli.ExitFailure, "4 of 4 images are missing"},
		"unknown device":               {[]string{"--device", "tpu"}, cli.ExitFailure, "cpu, cuda or cuda:N"},
		"device without number":        {[]string{"--device", "cuda:x"}, cli.ExitFailure, "cpu, cuda or cuda:N"},
		"device that is not there":     {[]string{"--device", "cuda:99"}, cli.ExitFailure, "CUDA device"},
		"threads":                      {[]string{"--threads", "-1"}, cli.ExitUsage, "-1 threads: must be from 0"},
		"policy":                       {[]string{"--on-bad-image", "eat"}, cli.ExitUsage, "eat"},
		"output in the place of files": {[]string{"-o", val}, cli.ExitFailure, "instances_val.json"},
	} {
		if code, out, errs := evalRun(t, c.args...); code != c.code || !strings.Contains(errs, c.want) || out != "" {
			t.Errorf("%s: exit %d, output %q, error %q; want %d and %q", name, code, out, errs, c.code, c.want)
		}
	}
}

// A bad image ends the evaluation or, if wished, is told and has no detections.
func TestEvalBadImage(t *testing.T) {
	set := smallSet(t)
	bad := filepath.Join(set, "val", "000002.jpg")
	if err := os.WriteFile(bad, []byte("%PDF-1.7"), 0o644); err != nil {
		t.Fatal(err)
	}
	val := filepath.Join(set, "annotations", "instances_val.json")
	if code, _, errs := evalRun(t, val); code != cli.ExitFailure || !strings.Contains(errs, bad) || !strings.Contains(errs, "PDF") {
		t.Errorf("exit %d, %q", code, errs)
	}
	if code, out, errs := evalRun(t, val, "--on-bad-image", "skip"); code != cli.ExitOK || !strings.Contains(out, "AP50") || strings.Count(errs, "skipped: ") != 1 {
		t.Errorf("skipped: exit %d, %q", code, errs)
	}
}
