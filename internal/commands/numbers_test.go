package commands

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/commandtest"
)

// oddNumbers are values that no number of a flag should be, or hardly.
var oddNumbers = []string{"-1", "0", "1", "-0.5", "3000000", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1e308", "1e-320", "NaN", "Inf", "-Inf", ""}

// Whatever number a flag gets, the command ends soon, with little memory, and
// with a sentence unless it did what was asked.
func TestOddNumbers(t *testing.T) {
	dir := commandtest.WeightsFolder(t)
	toy, dets, weights := filepath.Join(dir, "toy.json"), filepath.Join(dir, "dets.json"), filepath.Join(dir, "weights.arrow")
	found := `[{"image_id": 1, "category_id": 7, "bbox": [0, 0, 3, 3], "score": 0.5}]`
	if err := os.WriteFile(dets, []byte(found), 0o644); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.json")
	if err := os.WriteFile(other, []byte(found), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := cocostat(t.Context(), "", "weights", toy, "-o", weights); code != 0 {
		t.Fatal(errs)
	}
	set := filepath.Join(dir, "set")
	calls := map[string][]string{
		"sample":   {"sample", set, "--force", "--images", "2", "--val-images", "2", "--classes", "2", "--size", "48"},
		"analyze":  {"analyze", toy},
		"compare":  {"compare", toy, toy},
		"weights":  {"weights", toy, "-o", filepath.Join(dir, "w.arrow"), "--images", filepath.Join(dir, "i.arrow")},
		"groups":   {"groups", weights},
		"schedule": {"schedule", weights},
		"lt":       {"lt", toy, "-o", filepath.Join(dir, "lt.json")},
		"eval":     {"eval", toy, dets},
	}
	beside := map[string][]string{ // what a flag needs to have a meaning
		"beta": {"--alpha", "effective"}, "exponent": {"--alpha", "power"}, "offset": {"--alpha", "log"},
		"steps": {"--epochs", "3"}, "largest": {"--imbalance", "2"}, "rounds": {other}, "seed": {}, "confidence": {other, "--rounds", "100"},
	}
	tried := 0
	for _, cmd := range NewCocostat(cli.Streams{}).Commands() {
		if cmd.Hidden {
			continue
		}
		args, has := calls[cmd.Name()]
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			numbers := slices.Contains([]string{"int", "uint64", "float64", "intSlice", "float64Slice", "[NAME=]VALUE"}, f.Value.Type())
			if !numbers && !slices.Contains([]string{"iou", "areas"}, f.Name) {
				return
			}
			if !has {
				t.Errorf("%s has the flag --%s and is not tried", cmd.Name(), f.Name)
				return
			}
			for _, odd := range oddNumbers {
				for _, value := range valuesOf(f, odd) {
					call := slices.Concat(args, beside[f.Name], []string{"--" + f.Name + "=" + value})
					if cmd.Name() == "eval" && f.Name == "seed" {
						call = slices.Insert(call, 3, other)
					}
					tried++
					endsWell(t, call)
				}
			}
		})
	}
	t.Logf("%d calls", tried)
}

// valuesOf writes the number as a flag takes it.
func valuesOf(f *pflag.Flag, odd string) []string {
	switch f.Name {
	case "clip":
		return []string{odd + "," + odd, "0.1," + odd, odd + ",10"}
	case "areas":
		return []string{"x=" + odd + ":" + odd, "x=0:" + odd}
	case "iou":
		return []string{odd, "0:1:" + odd, odd + ":1:0.1", "0:" + odd + ":0.1"}
	case "max-dets", "thresholds", "image-thresholds":
		return []string{odd, "1," + odd, strings.TrimSuffix(strings.Repeat(odd+",", 1000), ",")}
	}
	return []string{odd}
}

// endsWell runs the command, which may refuse, but not crash, hang or take
// hundreds of megabytes.
func endsWell(t *testing.T, args []string) {
	t.Helper()
	const most = 256 << 20 // bytes
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, errs, code := cocostat(ctx, "", args...)
	runtime.ReadMemStats(&after)
	name := strings.Join(args, " ")
	name = name[:min(len(name), 200)]
	if n := after.TotalAlloc - before.TotalAlloc; n > most {
		t.Errorf("%s: took %d MiB", name, n>>20)
	}
	if code > cli.ExitUsage || code != 0 && errs == "" {
		t.Errorf("%s: exit %d, %q", name, code, errs)
	}
}
