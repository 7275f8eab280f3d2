// Package curves is the command "cocostat curves".
package curves

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"cocostat/internal/atomicfile"
	"cocostat/internal/charts"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/runlog"
)

type options struct {
	streams cli.Streams
	runs    []string
	out     string
	format  string // "" for none
}

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &options{streams: s}
	cmd := &cobra.Command{
		SuggestFor: []string{"plot", "draw"},
		Use:        "curves RUN...",
		Short:      "Draw how trainings went: loss, AP, schedules",
		Long: `Draw loss, AP, AP of the tail and of the head, lambda and learning rate by epoch,
of one or several run folders that 'train' writes, or of their metrics.jsonl. A
run may still be going on.

Without -o, or with --format, the numbers go to standard output: a row per run
and epoch. AP is from 0 to 1, there as in the picture.`,
		Example: `  cocostat curves runs/1 -o curves.png
  cocostat curves runs/focal runs/bofl -o curves.svg
  cocostat curves runs/* --format csv > runs.csv`,
		Args: cli.Args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.runs = args
			if err := o.complete(cmd.Flags().Changed); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "output", "o", "", "picture `file` to draw, .png or .svg")
	output.AddFormatFlag(cmd, &o.format, "", "numbers to print: table, json, csv or markdown (default: table, or none with -o)")
	return cmd
}

func (o *options) complete(given func(flag string) bool) error {
	if !given("format") && !given("output") {
		o.format = "table"
	}
	if given("output") {
		if _, err := charts.Format(o.out); err != nil {
			return cli.Usagef("--output: %w", err)
		}
		return atomicfile.Check(o.out)
	}
	return nil
}

func run(ctx context.Context, o *options) error {
	var runs []*runlog.Run
	for _, path := range o.runs {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, err := runlog.Open(path)
		if err != nil {
			return err
		}
		for _, note := range r.Notes {
			fmt.Fprintln(o.streams.Err, note)
		}
		if len(r.Epochs) > 0 {
			runs = append(runs, r)
		}
	}
	if len(runs) == 0 {
		return errors.New("no run has finished an epoch yet: there is nothing to show")
	}
	runlog.NameAll(runs)
	if o.out != "" {
		if err := o.draw(runs); err != nil {
			return err
		}
		fmt.Fprintf(o.streams.Err, "wrote %s\n", o.out)
	}
	if o.format == "" {
		return nil
	}
	if err := printRuns(o.streams.Out, o.format, runs); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	return nil
}

func (o *options) draw(runs []*runlog.Run) error {
	format, err := charts.Format(o.out)
	if err != nil {
		return err
	}
	var all []charts.TrainingRun
	for _, r := range runs {
		c := charts.TrainingRun{Name: r.Name}
		for _, row := range r.Epochs {
			c.Epochs = append(c.Epochs, float64(row.Epoch))
			c.Loss, c.Lambda, c.Rate = append(c.Loss, row.Losses.Total), append(c.Lambda, row.Lambda), append(c.Rate, row.LR)
			v := cmp.Or(row.Val, runlog.NoScores())
			c.AP, c.APTail, c.APHead = append(c.AP, float64(v.AP)), append(c.APTail, float64(v.APTail)), append(c.APHead, float64(v.APHead))
		}
		all = append(all, c)
	}
	return atomicfile.Write(o.out, func(w io.Writer) error { return charts.WriteTraining(w, format, all) })
}
