// Package convert is the command "cocostat convert".
package convert

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/weightfile"
	"cocostat/weights"
	"cocostat/weights/codec"
)

type options struct {
	streams cli.Streams
	in      string
	out     []string
	to      string // codec.Encoding; "": by extension
	target  string // framework of the snippet; "": none
}

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &options{streams: s}
	cmd := &cobra.Command{
		SuggestFor: []string{"export"},
		Use:        "convert WEIGHTS OUT...",
		Short:      "Write a weights file in other formats, or as code for a framework",
		Long: `Write a weights file in other formats, or print it as code for a framework.

WEIGHTS is a weights file in any of the formats below; "-" is standard input.
Each OUT gets the format of its extension, or of --to; "-" is standard output.
All of them appear, or none does.

  arrow        the format of cocostat weights
  parquet      the same table, for DuckDB, Spark, pandas, polars, …
  json         metadata and classes
  safetensors  a tensor per column of numbers, for PyTorch, JAX, …
  csv          without the metadata: settings such as the schedule are lost
  npy          NumPy's structured array; without the metadata, too

A class without instances has no weight: null in Arrow, Parquet and JSON, an
empty cell in CSV. In safetensors and NPY, alpha is 1 there and has_alpha false.

--for prints Python to paste or to load, with the weights in the order of the
channels as they are at the end of the schedule, 1 + intensity (alpha-1):

` + frameworkHelp(),
		Example: `  cocostat convert weights.arrow weights.csv
  cocostat convert weights.arrow weights.parquet weights.safetensors
  cocostat convert weights.parquet - --to json | jq '.classes[].alpha'
  cocostat convert weights.arrow --for torch > class_weights.py`,
		Args:              cli.Args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: weightfile.CompleteNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.in, o.out = args[0], args[1:]
			targets, err := o.targets()
			if err != nil {
				return err
			}
			return run(cmd.Context(), o, targets)
		},
	}
	cli.Choice(cmd, &o.to, "to", "", "format of every OUT (default: that of its extension)", encodingNames()...)
	cli.Choice(cmd, &o.target, "for", "", "print code for a `framework`: "+strings.Join(frameworkNames(), ", "), frameworkNames()...)
	return cmd
}

func encodingNames() []string {
	var names []string
	for _, e := range codec.Encodings() {
		names = append(names, string(e))
	}
	return names
}

// targets checks the arguments and finds the encoding of every output.
func (o *options) targets() ([]codec.Target, error) {
	switch {
	case len(o.out) == 0 && o.to != "":
		return nil, cli.Usagef("--to %s: name a file to write, or - for standard output", o.to)
	case len(o.out) == 0 && o.target == "":
		return nil, cli.Usagef("name a file to write, or a framework with --for")
	case o.target != "" && slices.Contains(o.out, "-"):
		return nil, cli.Usagef("--for prints to standard output: - cannot be written there, too")
	}
	var targets []codec.Target
	for i, out := range o.out {
		switch {
		case slices.ContainsFunc(o.out[:i], func(other string) bool {
			return filepath.Clean(other) == filepath.Clean(out) || input.SameFile(other, out)
		}):
			return nil, cli.Usagef("%s is given twice", out)
		case out != "-" && (filepath.Clean(out) == filepath.Clean(o.in) || input.SameFile(out, o.in)):
			return nil, cli.Usagef("%s is the input and would be overwritten", out)
		}
		e := codec.Encoding(o.to)
		if e == "" {
			known := false
			if e, known = codec.EncodingOf(out); !known {
				return nil, cli.Usagef("%s: the extension names no format; choose one with --to: %s", out, strings.Join(encodingNames(), ", "))
			}
		}
		targets = append(targets, codec.Target{Path: out, Encoding: e})
	}
	return targets, nil
}

func run(ctx context.Context, o *options, targets []codec.Target) error {
	table, from, err := o.read()
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	note := func(format string, args ...any) { fmt.Fprintf(o.streams.Err, format+"\n", args...) }
	weightfile.NoteBare(o.streams.Err, o.in, from)
	if o.target != "" {
		text, err := snippet(o.target, filepath.Base(o.in), table)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(o.streams.Out, text); err != nil {
			return fmt.Errorf("cannot print the code: %w", err)
		}
	}
	var files []codec.Target
	for _, t := range targets {
		if t.Path != "-" {
			files = append(files, t)
		} else if err := codec.Encode(o.streams.Out, table, t.Encoding); err != nil {
			return err
		}
	}
	if err := codec.WriteTargets(table, files...); err != nil {
		return err
	}
	for _, t := range files {
		lost := ""
		if from.KeepsMetadata() && !t.Encoding.KeepsMetadata() {
			lost = ", without the metadata"
		}
		note("wrote %s: %s as %s%s", t.Path, output.Plural(len(table.Rows), "class"), t.Encoding, lost)
	}
	return nil
}

func (o *options) read() (*weights.Table, codec.Encoding, error) {
	if o.in == "-" {
		return codec.Read(o.streams.In, "standard input")
	}
	return codec.Open(o.in)
}
