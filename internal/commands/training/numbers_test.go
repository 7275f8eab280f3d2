package training

import (
	"context"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cocostat/internal/cli"
	"cocostat/internal/resident"
)

// Whatever number a flag gets, nothing crashes, hangs or takes much memory. There
// is no dataset and no checkpoint, so that no number leads further than to its
// check.
func TestOddNumbers(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	calls := map[string][]string{
		"train": {none}, "eval": {"eval", "--checkpoint", none}, "predict": {"predict", "--checkpoint", none, none},
		"export":    {"export", "--checkpoint", none, "-o", filepath.Join(t.TempDir(), "m.onnx")},
		"reproduce": {"reproduce", "table1", "--data", none, "-o", filepath.Join(t.TempDir(), "out")},
	}
	odd := []string{"-1", "0", "-0.5", "3000000", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1e308", "1e-320", "NaN", "Inf", "-Inf", ""}
	root := NewTrain(cli.Streams{})
	debug.FreeOSMemory() // what tests before left is not counted
	before, _ := resident.Bytes()
	tried := 0
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		args, has := calls[cmd.Name()]
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !slices.Contains([]string{"int", "int64", "uint64", "float64", "intSlice", "duration"}, f.Value.Type()) {
				return
			}
			if !has {
				t.Errorf("%s has the flag --%s and is not tried", cmd.Name(), f.Name)
				return
			}
			for _, value := range odd {
				if f.Value.Type() == "duration" {
					value += "s"
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				allocated := allocatedBytes()
				code, out, errs := run(t, ctx, append(slices.Clone(args), "--"+f.Name+"="+value)...)
				cancel()
				tried++
				if allocated = allocatedBytes() - allocated; allocated > 32<<20 {
					t.Errorf("%v --%s=%s: %d MB were allocated", args, f.Name, value, allocated>>20)
				}
				if code != cli.ExitFailure && code != cli.ExitUsage || out != "" || errs == "" {
					t.Errorf("%v --%s=%s: exit %d, output %q, error %q", args, f.Name, value, code, out, errs)
				}
			}
		})
	}
	debug.FreeOSMemory() // nor are a thousand commands, 0.3 MB each: this is about what is not Go's
	if after, _ := resident.Bytes(); after-before > 256<<20 {
		t.Errorf("%d calls took %d MB", tried, (after-before)>>20)
	}
	t.Logf("%d calls", tried)
}

// allocatedBytes is how much the program has allocated in Go so far, freed or not.
func allocatedBytes() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// Numbers that are too large are errors of the call, before anything is read.
func TestNumbersTooLarge(t *testing.T) {
	for _, args := range [][]string{
		{"a", "--size", "1048576"}, {"a", "--batch", "1000000"}, {"a", "--epochs", "9223372036854775807"}, {"a", "--threads", "1000000"},
		{"a", "--workers", "1000000"}, {"a", "--cache", "9223372036854775807"}, {"--resume", "a", "--cache", "-1"}, {"a", "--warmup", "9223372036854775807"},
		{"predict", "--checkpoint", "a", "b", "--batch", "1000000"}, {"predict", "--checkpoint", "a", "b", "--workers", "1000000"},
		{"eval", "--checkpoint", "a", "--threads", "1000000"}, {"reproduce", "table1", "--data", "a", "--seeds", "1000000"},
	} {
		code, _, errs := run(t, t.Context(), args...)
		if code != cli.ExitUsage || errs == "" {
			t.Errorf("%v: exit %d, %q; want %d", args, code, errs, cli.ExitUsage)
		}
	}
}

// What no memory can hold is refused before it is tried, and more threads than
// processors get a word.
func TestMemoryAndThreads(t *testing.T) {
	set := smallSet(t)
	for _, args := range [][]string{
		{"--size", "16384", "--batch", "12"},
		{"--size", "64", "--batch", "12", "--width", "4", "--neck", "16384,16384,16384", "--head-channels", "16384"},
	} {
		code, _, errs := run(t, t.Context(), append([]string{set, "-o", filepath.Join(t.TempDir(), "run")}, args...)...)
		if code != cli.ExitFailure || !strings.Contains(errs, "takes at least") || !strings.Contains(errs, "choose less with --batch") {
			t.Errorf("%v: exit %d, %q", args, code, errs)
		}
	}
	many := strconv.Itoa(runtime.NumCPU() + 1)
	code, _, errs := run(t, t.Context(), append([]string{set, "-o", filepath.Join(t.TempDir(), "run"), "--workers", many}, tiny...)...)
	if code != cli.ExitOK || !strings.Contains(errs, "--workers "+many+": there are "+strconv.Itoa(runtime.NumCPU())+" processors") {
		t.Errorf("exit %d, %q", code, errs)
	}
}
