// Package compare is the command "cocostat compare".
package compare

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/internal/atomicfile"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/classtable"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/commands/shared/output"
)

type options struct {
	input.Files
	by     string
	format string
	out    string
	classtable.Table[compareRow]
}

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &options{Files: input.Files{Streams: s}}
	o.Table = classtable.Table[compareRow]{All: compareColumns, Usual: usualCompareColumns, Sort: "difference",
		First: 40, Used: func(r *compareRow) bool { return r.InstancesA+r.InstancesB > 0 }}
	cmd := &cobra.Command{
		SuggestFor: []string{"diff"},
		Use:        "compare A B | DIR",
		Short:      "Compare the classes of two sets of annotations",
		Long: `Compare the classes of two sets of annotations: training with validation, or a
dataset before and after a change. One folder, or file that describes one, alone
is its training against its validation annotations.

` + input.FormatsHelp + `

Classes are the same if their names are; of equal names in one file, those at
the same place by id. With --by id they are the same if their ids are.

Columns, after --columns and --sort:

` + o.ColumnHelp() + `

  share        instances of the class / all instances of the set
  difference   share in B − share in A, sorted by its size
  ratio        share in B / share in A

Distances of the class distributions, all from 0 (the same) to 1 (no class in
common): total variation is the share of the instances that would have to change
their class; Jensen–Shannon divergence, base 2; Hellinger distance.

The images of A and B are shuffled up to 999 times (less often where that takes
seconds) into two sets of the same sizes, to see how far apart these are, and how
many are at least as far apart as A and B. If few are, A and B were not split at
random, or are not of the same data. This is left out where A and B share images:
file names, at least half of them with the same size and number of objects.

Also named are pictures that both have under other names: those that Roboflow
exported as NAME_EXT.rf.HASH.EXT, where NAME.EXT is the picture before it was
augmented; and, which is a hint and no proof, file names that are the same but for
the folder.`,
		Example: `  cocostat compare instances_train2017.json instances_val2017.json
  cocostat compare roboflow-export/
  cocostat compare --top 10 --sort ratio before.json after.json
  cocostat compare train.json val.json -o differences.csv`,
		Args:              cli.Args(cobra.RangeArgs(1, 2)),
		ValidArgsFunction: input.CompleteNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = slices.Clone(args)
			if err := o.complete(cmd.Flags().Changed); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	cli.Choice(cmd, &o.by, "by", "name", "what makes two classes the same: "+strings.Join(input.ClassKeys, " or "), input.ClassKeys...)
	output.AddFormatFlag(cmd, &o.format, "", "output: "+strings.Join(output.Formats, ", ")+" (default: what -o ends in, else table)")
	o.AddFlags(cmd)
	f.StringVarP(&o.out, "output", "o", "", "write to this `file` instead of standard output")
	o.AddCrowdFlag(f)
	return cmd
}

func (o *options) complete(given func(flag string) bool) error {
	if given("output") && o.out == "" {
		return cli.Usagef("--output is empty")
	}
	if !given("format") {
		var err error
		if o.format, err = output.FormatOf("output", o.out); err != nil {
			return err
		}
	}
	if err := o.Table.Complete(o.format, given); err != nil {
		return err
	}
	if len(o.Paths) == 1 {
		if err := o.split(); err != nil {
			return err
		}
	}
	if err := o.OpenFolders(); err != nil {
		return err
	}
	if o.out != "" {
		return o.CheckFiles(o.out)
	}
	return nil
}

// split puts the training and the validation annotations in the place of a
// folder.
func (o *options) split() error {
	if !input.IsFolder(o.Paths[0]) && !dataset.IsFolder(o.Paths[0]) {
		return cli.Usagef("%s is no folder: name a second file to compare it with", o.Paths[0])
	}
	train, err := dataset.Train(o.Paths[0])
	if err != nil {
		return err
	}
	val := dataset.Validation(train)
	if val == "" {
		return fmt.Errorf("no validation annotations beside %s: name both files", train)
	}
	o.Notef("reading %s and %s", train, val)
	o.Paths = []string{train, val}
	return nil
}

func run(ctx context.Context, o *options) error {
	o.NoHash = o.format != "json"
	var counts [2]*annotations.Counts
	for i, path := range o.Paths {
		side := o.Files
		side.Paths = []string{path}
		var err error
		if counts[i], err = side.Count(ctx); err != nil {
			return err
		}
	}
	c := newComparison(ctx, counts[0], counts[1], o.by)
	if err := ctx.Err(); err != nil {
		return err
	}
	if o.out != "" {
		if err := atomicfile.Write(o.out, func(w io.Writer) error { return c.print(w, o) }); err != nil {
			return err
		}
		o.Notef("wrote %s", o.out)
		return nil
	}
	if err := c.print(o.Streams.Out, o); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	return nil
}
