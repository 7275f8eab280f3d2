package sample

import (
	"context"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/cli"
)

// sampleCLI runs cocostat as main does.
func sampleCLI(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	stdout, stderr, code = cocostat(ctx, "", args...)
	return code, stdout, stderr
}

func TestSampleCommand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "toys")
	sheet := filepath.Join(t.TempDir(), "sheet.png")
	args := []string{"sample", dir, "--classes", "3", "--images", "10", "--val-images", "10", "--imbalance", "4", "--size", "48", "--contact-sheet", sheet}
	code, stdout, stderr := sampleCLI(t.Context(), args...)
	if code != cli.ExitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	// By hand: 35 objects in the ratio 4:2:1, and 35 in 2:√2:1 with at least 8.
	for _, want := range []string{"1  disc        20   16", "2  star        10   11", "3  square       5    8", "objects     35   35", "instances_val.json"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("output lacks %q:\n%s", want, stdout)
		}
	}
	f, err := os.Open(sheet)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := png.Decode(f); err != nil {
		t.Errorf("contact sheet: %v", err)
	}
	code, again, stderr := sampleCLI(t.Context(), args...)
	if code != cli.ExitOK || again != stdout || !strings.Contains(stderr, "already") {
		t.Errorf("second run: exit code %d, stderr %q, output\n%s", code, stderr, again)
	}
	if code, _, stderr := sampleCLI(t.Context(), append(args, "--seed", "2")...); code != cli.ExitFailure || !strings.Contains(stderr, "--seed 1, not 2") {
		t.Errorf("other seed: exit code %d, stderr %q", code, stderr)
	}
}

func TestSampleUsageErrors(t *testing.T) {
	for _, args := range [][]string{
		{"sample"},
		{"sample", "a", "b"},
		{"sample", "a", "--classes", "0"},
		{"sample", "a", "--classes", "x"},
		{"sample", "a", "--imbalance", "NaN"},
		{"sample", "a", "--images", "2"},
		{"sample", "a", "--size", "8"},
		{"sample", "a", "--quality", "101"},
		{"sample", "a", "--colour", "red"},
	} {
		t.Chdir(t.TempDir())
		code, _, stderr := sampleCLI(t.Context(), args...)
		if code != cli.ExitUsage || stderr == "" {
			t.Errorf("%v: exit code %d, stderr %q; want 2 and a word", args, code, stderr)
		}
		if _, err := os.Stat("a"); err == nil {
			t.Errorf("%v: made a folder", args)
		}
	}
}

func TestSampleInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, stdout, _ := sampleCLI(ctx, "sample", t.TempDir())
	if code != cli.ExitInterrupted || stdout != "" {
		t.Errorf("exit code %d, output %q; want 130 and nothing", code, stdout)
	}
}
