// Package schedule is the command "cocostat schedule".
package schedule

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/balance"
	"cocostat/internal/atomicfile"
	"cocostat/internal/charts"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/weightfile"
	"cocostat/internal/textable"
	"cocostat/weights"
	"cocostat/weights/codec"
)

type options struct {
	streams  cli.Streams
	path     string
	out      string
	plot     string
	format   string
	epochs   int
	steps    int // per epoch, 0 for a row per epoch
	classes  []string
	schedule weights.Schedule // where given, in the place of the file's
	changes  struct{ name, deferred bool }
}

var schedules = []string{weights.ScheduleConstant, weights.ScheduleDeferred, weights.ScheduleLinear, weights.ScheduleDeferredLinear}

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &options{streams: s}
	cmd := &cobra.Command{
		Use:   "schedule WEIGHTS",
		Short: "Show how the class weights grow during a training",
		Long: `Show how the class weights of a weights file grow during a training of so many
epochs: the normalised epoch (lambda), and the weight of each class by then,

  1 + s lambda (alpha - 1)            s is the intensity that the file asks for

and the base of the factor per object, 1 + lambda (eta - 1), where the file
schedules the base. The schedule is the file's unless flags say otherwise. Epochs
are counted from 0; with --steps there is a row for each step, at which lambda
moves too.

Of many classes a table shows those with the greatest, the middle and the least
weight; CSV and JSON hold all. --classes chooses, by names or ids, or all.

--plot draws the classes as the paper's figures 1 and 2 draw weights: a learning
rate that falls as a cosine from 1 to 0, times the weights of the classes that a
table shows, with the schedule and without; and the greatest of these weights
under each of the four schedules.`,
		Example: `  cocostat schedule weights.arrow --epochs 140
  cocostat schedule weights.arrow --epochs 12 --deferred-epochs 3 --classes person,toaster
  cocostat schedule weights.arrow --epochs 2 --steps 100 --format csv > steps.csv
  cocostat schedule weights.arrow --plot schedule.svg`,
		Args:              cli.Args(cobra.ExactArgs(1)),
		ValidArgsFunction: weightfile.CompleteNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.path = args[0]
			if err := o.complete(cmd.Flags().Changed); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.epochs, "epochs", 140, "epochs of the training")
	f.IntVar(&o.steps, "steps", 0, "a row per step, of so many in an epoch (default: a row per epoch)")
	f.StringSliceVar(&o.classes, "classes", nil, "`classes` to show: names or ids with commas, or all")
	cli.CompleteList(cmd, "classes", func(_ *cobra.Command, args []string) []string {
		if len(args) == 0 {
			return nil
		}
		return append(weightfile.ClassNames(args[0]), "all")
	})
	cli.Choice(cmd, &o.schedule.Name, "schedule", "", "schedule: "+strings.Join(schedules, ", ")+" (default: the file's)", schedules...)
	f.IntVar(&o.schedule.DeferredEpochs, "deferred-epochs", 0, "epochs before lambda begins to rise from 0 (default: the file's)")
	output.AddFormatFlag(cmd, &o.format, "", "output: "+strings.Join(output.Formats, ", ")+" (default: what -o ends in, else table)")
	f.StringVarP(&o.out, "output", "o", "", "write to this `file` instead of standard output")
	f.StringVar(&o.plot, "plot", "", "picture `file` to draw, .png or .svg")
	return cmd
}

func (o *options) complete(given func(flag string) bool) error {
	if !given("format") {
		var err error
		if o.format, err = output.FormatOf("output", o.out); err != nil {
			return err
		}
	}
	switch {
	case o.epochs < 1 || o.epochs > 100_000:
		return cli.Usagef("--epochs %d: must be from 1 to 100000", o.epochs)
	case given("steps") && o.steps < 1:
		return cli.Usagef("--steps %d: must be at least 1", o.steps)
	case o.schedule.DeferredEpochs < 0:
		return cli.Usagef("--deferred-epochs %d: must not be negative", o.schedule.DeferredEpochs)
	}
	o.changes.name, o.changes.deferred = given("schedule"), given("deferred-epochs")
	if given("plot") {
		if o.epochs < 2 {
			return cli.Usagef("--plot: there is nothing to draw of one epoch")
		}
		if _, err := charts.Format(o.plot); err != nil {
			return cli.Usagef("--plot: %w", err)
		}
	}
	for _, f := range []struct{ flag, path string }{{"output", o.out}, {"plot", o.plot}} {
		if !given(f.flag) {
			continue
		}
		if f.path == "" {
			return cli.Usagef("--%s is empty", f.flag)
		}
		if input.SameFile(f.path, o.path) {
			return cli.Usagef("--%s would overwrite the weights", f.flag)
		}
		if err := atomicfile.Check(f.path); err != nil {
			return err
		}
	}
	return nil
}

func run(ctx context.Context, o *options) error {
	t, from, err := codec.Open(o.path)
	if err != nil {
		return err
	}
	weightfile.NoteBare(o.streams.Err, o.path, from)
	r, err := newScheduleReport(o, t)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if last := r.Rows[len(r.Rows)-1]; last.Lambda < 1 {
		deferred := ""
		if r.defers() {
			deferred = " with " + textable.Integer(r.DeferredEpochs) + " deferred"
		}
		fmt.Fprintf(o.streams.Err, "lambda ends at %s instead of 1: too few epochs, %s%s\n",
			textable.Decimal(float64(last.Lambda), 4), output.Plural(r.Epochs, "epoch"), deferred)
	}
	if o.plot != "" {
		if err := o.draw(t, r.config); err != nil {
			return err
		}
		fmt.Fprintf(o.streams.Err, "wrote %s\n", o.plot)
	}
	if o.out != "" {
		if err := atomicfile.Write(o.out, func(w io.Writer) error { return r.print(w, o.format) }); err != nil {
			return err
		}
		fmt.Fprintf(o.streams.Err, "wrote %s\n", o.out)
		return nil
	}
	if err := r.print(o.streams.Out, o.format); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	return nil
}

// config returns the file's plan with the changes of the flags.
func (o *options) config(m weights.Metadata) balance.Config {
	c := balance.FromMetadata(m)
	if o.changes.name {
		c.Schedule = balance.Schedule(o.schedule.Name)
	}
	if o.changes.deferred {
		c.DeferredEpochs = o.schedule.DeferredEpochs
	}
	if o.steps > 0 {
		c.Update = weights.UpdateStep
	} else {
		c.Update = weights.UpdateEpoch
	}
	return c
}
