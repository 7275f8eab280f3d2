package commands

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/commandtest"
)

// On a terminal nothing is wider than it is, and what is wide enough is as in a
// file.
func TestTablesFitTheTerminal(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	w := t.TempDir() + "/w.arrow"
	if _, errs, code := cocostat(t.Context(), "", "weights", trainJSON, "-o", w); code != 0 {
		t.Fatal(errs)
	}
	for _, args := range []string{
		"analyze " + trainJSON + " testdata/shards/shard.json", "analyze --columns all " + tiny, "validate " + tiny, "compare " + trainJSON + " " + valJSON,
		"weights " + trainJSON, "groups " + w, "schedule --epochs 4 " + w, "lt --imbalance 3 " + trainJSON,
		"eval " + evalTruthJSON + " " + evalA + " --weights " + evalWeights, "eval " + evalTruthJSON + " " + evalA + " " + evalB + " --rounds 100",
	} {
		for _, columns := range []int{60, 80, 100, 1000} {
			terminal, read := commandtest.Terminal(t, columns)
			var errs bytes.Buffer
			cli.Run(t.Context(), NewCocostat, cli.Streams{Out: terminal, Err: &errs}, strings.Fields(args))
			got := read()
			want, _, _ := cocostat(t.Context(), "", strings.Fields(args)...)
			if columns == 1000 && got != want {
				t.Errorf("%s: on a wide terminal\n%s\nwant\n%s", args, got, want)
			}
			for line := range strings.Lines(got) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > columns {
					t.Errorf("%s: at %d columns a line of %d: %s", args, columns, n, line)
				}
			}
			for _, number := range numbersIn.FindAllString(want, -1) {
				if !strings.Contains(got, number) {
					t.Errorf("%s: at %d columns %s is missing", args, columns, number)
				}
			}
		}
	}
}

// numbersIn finds what is to be read at any width.
var numbersIn = regexp.MustCompile(`[0-9][0-9,]*\.[0-9]+`)
