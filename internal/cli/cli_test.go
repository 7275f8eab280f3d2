package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"cocostat/internal/cli"
)

// command returns a builder of a command with a flag --n, one argument and a
// body that returns err.
func command(err error) func(cli.Streams) *cobra.Command {
	return func(cli.Streams) *cobra.Command {
		cmd := &cobra.Command{Use: "tool", Args: cli.Args(cobra.MaximumNArgs(1)), RunE: func(*cobra.Command, []string) error { return err }}
		cmd.Flags().Int("n", 0, "")
		cmd.AddCommand(&cobra.Command{Use: "sub", RunE: func(*cobra.Command, []string) error { return err }})
		return cmd
	}
}

func TestExitCodes(t *testing.T) {
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		err  error
		args []string
		code int
		says string
	}{
		"success":          {context.Background(), nil, nil, cli.ExitOK, ""},
		"failure":          {context.Background(), errors.New("disk full"), nil, cli.ExitFailure, "tool: disk full\n"},
		"prefixed failure": {context.Background(), errors.New("tool: disk full"), nil, cli.ExitFailure, "tool: disk full\n"},
		"usage":            {context.Background(), fmt.Errorf("outer: %w", cli.Usagef("bad %d", 7)), nil, cli.ExitUsage, "tool: outer: bad 7\n"},
		"unknown flag":     {context.Background(), nil, []string{"--m"}, cli.ExitUsage, "see 'tool --help'"},
		"flag value":       {context.Background(), nil, []string{"--n", "x"}, cli.ExitUsage, `"x"`},
		"arguments":        {context.Background(), nil, []string{"a", "b"}, cli.ExitUsage, "at most 1"},
		"interrupted":      {canceled, context.Canceled, nil, cli.ExitInterrupted, "tool: interrupted\n"},
		"verdict":          {context.Background(), fmt.Errorf("outer: %w", cli.Exit(cli.ExitErrors)), nil, 4, ""},
		"failed meanwhile": {canceled, errors.New("disk full"), nil, cli.ExitInterrupted, "tool: disk full\n"},
	} {
		var out, errs bytes.Buffer
		code := cli.Run(c.ctx, command(c.err), cli.Streams{Out: &out, Err: &errs}, c.args)
		if code != c.code || !strings.Contains(errs.String(), c.says) || strings.Contains(errs.String(), "tool: tool:") || (c.says == "" && errs.Len() > 0) {
			t.Errorf("%s: exit %d, %q; want %d, %q", name, code, errs.String(), c.code, c.says)
		}
		if out.Len() > 0 {
			t.Errorf("%s: %q on standard output", name, out.String())
		}
	}
}

func TestBufferIsNoTerminal(t *testing.T) {
	if cli.IsTerminal(&bytes.Buffer{}) || cli.Colors(&bytes.Buffer{}) {
		t.Error("a buffer passes for a terminal")
	}
}
