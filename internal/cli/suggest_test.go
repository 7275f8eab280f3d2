package cli_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"cocostat/internal/cli"
)

// By hand: an exchange of neighbours is one letter, as are one more, one less and
// another; of words of three letters one may be wrong, of nine three.
func TestClosest(t *testing.T) {
	known := []string{"name", "instances", "images", "per_image", "group"}
	for word, want := range map[string]string{
		"instance": "instances", "inst": "instances", "isntances": "instances", "intsances": "instances", "instncs": "instances", "Images": "images",
		"nmae": "name", "groups": "group", "xyz": "", "n": "", "colour": "", "": "",
	} {
		if got := cli.Closest(word, known); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

// pipeline is a program with a command that has flags of each kind.
func pipeline(chosen *string) func(cli.Streams) *cobra.Command {
	return func(s cli.Streams) *cobra.Command {
		root := &cobra.Command{Use: "tool"}
		cmd := &cobra.Command{Use: "eval", SuggestFor: []string{"evaluate"}, RunE: func(*cobra.Command, []string) error {
			_, err := s.Err.Write([]byte("a note\n"))
			return err
		}}
		cli.Choice(cmd, chosen, "format", "table", "form", "table", "json")
		cmd.Flags().StringSlice("columns", nil, "")
		cmd.Flags().String("normalise", "", "")
		cmd.Flags().String("output", "", "")
		root.AddCommand(cmd)
		return root
	}
}

// What is misspelt is answered with what was meant, American spelling is taken,
// and -q silences notes and no error.
func TestMisspelt(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"eval --colums a", cli.ExitUsage, "tool: unknown flag: --colums; did you mean --columns?\nsee 'tool eval --help'\n"},
		{"eval --out a", cli.ExitUsage, "tool: unknown flag: --out; did you mean --output?\nsee 'tool eval --help'\n"},
		{"eval --zzz", cli.ExitUsage, "tool: unknown flag: --zzz\nsee 'tool eval --help'\n"},
		{"eval --format jsn", cli.ExitUsage, "tool: --format \"jsn\": did you mean \"json\"? It must be one of table, json\n"},
		{"eval --format xml", cli.ExitUsage, "tool: --format \"xml\": must be one of table, json\n"},
		{"evaluate", cli.ExitUsage, "tool: unknown command \"evaluate\" for \"tool\"; did you mean eval?\n"},
		{"eavl", cli.ExitUsage, "tool: unknown command \"eavl\" for \"tool\"; did you mean eval?\n"},
		{"statistics", cli.ExitUsage, "tool: unknown command \"statistics\" for \"tool\"\n"},
		{"eval --normalize sum --format json", cli.ExitOK, "a note\n"},
		{"eval -q --format json", cli.ExitOK, ""},
		{"eval -q --format xml", cli.ExitUsage, "tool: --format \"xml\": must be one of table, json\n"},
	} {
		var out, errs bytes.Buffer
		chosen := ""
		code := cli.Run(context.Background(), pipeline(&chosen), cli.Streams{Out: &out, Err: &errs}, strings.Fields(c.args))
		if code != c.code || errs.String() != c.says {
			t.Errorf("%s: exit %d, %q; want %d, %q", c.args, code, errs.String(), c.code, c.says)
		}
		if want := "json"; code == cli.ExitOK && chosen != want {
			t.Errorf("%s: chosen %q", c.args, chosen)
		}
	}
}

// A choice is offered by completion, and its usual value is shown by the help.
func TestChoice(t *testing.T) {
	var out, errs bytes.Buffer
	chosen := ""
	run := func(args ...string) string {
		out.Reset()
		if code := cli.Run(context.Background(), pipeline(&chosen), cli.Streams{Out: &out, Err: &errs}, args); code != cli.ExitOK {
			t.Fatalf("%q: exit %d, %s", args, code, errs.String())
		}
		return out.String()
	}
	if got := run("__complete", "eval", "--format", ""); got != "table\njson\n:4\n" {
		t.Errorf("completion %q", got)
	}
	if got := run("eval", "--help"); !strings.Contains(got, "--format string      form (default \"table\")") || !strings.Contains(got, "-q, --quiet") {
		t.Errorf("help %s", got)
	}
}
