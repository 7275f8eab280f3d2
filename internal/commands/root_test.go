package commands

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/commandtest"
)

func TestVersion(t *testing.T) {
	for _, arg := range []string{"--version", "version"} {
		if out, errs, code := cocostat(t.Context(), "", arg); code != cli.ExitOK || out != "cocostat version "+cli.Version()+"\n" || errs != "" {
			t.Errorf("%s: exit code %d, %q, %q", arg, code, out, errs)
		}
	}
}

// What other programs call a command is answered with its name here.
func TestOtherNames(t *testing.T) {
	for arg, want := range map[string]string{
		"evaluate": "eval", "stats": "analyze", "analyse": "analyze", "comapre": "compare", "weight": "weights",
	} {
		if _, errs, code := cocostat(t.Context(), "", arg); code != cli.ExitUsage || !strings.Contains(errs, "did you mean "+want+"?") {
			t.Errorf("%s: exit code %d, %q", arg, code, errs)
		}
	}
}

// With -q every command says nothing but its errors on standard error, and does
// what it does without.
func TestQuiet(t *testing.T) {
	for _, args := range [][]string{{"analyze", tiny, "--format", "csv"}, {"lt", tiny, "--imbalance", "2"}, {"weights", tiny}} {
		want, notes, _ := cocostat(t.Context(), "", args...)
		got, errs, code := cocostat(t.Context(), "", append(args, "-q")...)
		if got != want || errs != "" || code != cli.ExitOK || notes == "" {
			t.Errorf("%q: exit code %d, notes %q, output\n%swithout -q, where %q is said,\n%s", args, code, errs, got, notes, want)
		}
	}
	for _, cmd := range NewCocostat(cli.Streams{}).Commands() {
		if _, errs, code := cocostat(t.Context(), "", cmd.Name(), "-q", "--no-such-flag"); code != cli.ExitUsage || strings.Contains(errs, "-q") || !strings.Contains(errs, "unknown flag") {
			t.Errorf("%s: exit code %d, %q", cmd.Name(), code, errs)
		}
	}
}

func TestExamplesAreCalls(t *testing.T) {
	commandtest.Examples(t, "../..", func() *cobra.Command { return NewCocostat(cli.Streams{}) })
}
