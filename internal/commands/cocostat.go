// Package commands puts the commands of cocostat together, each of which is a
// package of its own below it; shared holds what several have in common.
package commands

import (
	"github.com/spf13/cobra"

	"cocostat/internal/cli"
	"cocostat/internal/commands/analyze"
	"cocostat/internal/commands/compare"
	"cocostat/internal/commands/convert"
	"cocostat/internal/commands/curves"
	"cocostat/internal/commands/datasets"
	"cocostat/internal/commands/eval"
	"cocostat/internal/commands/groups"
	"cocostat/internal/commands/lt"
	"cocostat/internal/commands/sample"
	"cocostat/internal/commands/schedule"
	"cocostat/internal/commands/validate"
	"cocostat/internal/commands/weights"
)

// commands lists the subcommands, in the order of the pipeline.
func commands(s cli.Streams) []*cobra.Command {
	return []*cobra.Command{
		sample.NewCommand(s),
		analyze.NewCommand(s),
		validate.NewCommand(s),
		compare.NewCommand(s),
		weights.NewCommand(s),
		convert.NewCommand(s),
		groups.NewCommand(s),
		groups.NewSplitCommand(s),
		schedule.NewCommand(s),
		lt.NewCommand(s),
		datasets.NewCommand(s),
		eval.NewCommand(s),
		curves.NewCommand(s),
		cli.VersionCommand(s, "cocostat"),
	}
}

// NewCocostat returns the program with all its commands.
func NewCocostat(s cli.Streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "cocostat",
		Short: "Measure the class imbalance of a detection dataset and write weights against it",
		Example: `  cocostat sample toys
  cocostat analyze toys
  cocostat weights toys -o weights.arrow`,
		Version: cli.Version(),
	}
	root.AddCommand(commands(s)...)
	return root
}
