package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/internal/atomicfile"
	"cocostat/internal/cli"
	"cocostat/weights"
)

type weightsOptions struct {
	input
	out    string
	etaOut string
	weights.Options
}

func newWeightsCommand(s cli.Streams) *cobra.Command {
	o := &weightsOptions{input: input{streams: s}, Options: weights.DefaultOptions()}
	cmd := &cobra.Command{
		Use:   "weights FILE|DIR...",
		Short: "Write the class weights of a dataset for training",
		Long: `Write the class weights of a dataset into an Arrow file that training reads.

FILE is COCO or LVIS JSON, plain or compressed (.gz, .zst); "-" is standard
input. Of a folder in the layout of COCO or Roboflow, the training annotations
are taken. Several files are counted as one dataset.

A class y of n_y instances among n in C classes gets the weight

  inverse     n / (C n_y)
  effective   (1-beta) / (1-beta^n_y), rescaled so that the weights sum to C

Beside the weights lies eta.arrow, with eta^n for the n objects of each class
in each image. The other settings are recorded in the weights file, and
training follows them. A class without instances has no weight, and does not
count in C.`,
		Example: `  cocostat weights annotations/instances_train2017.json
  cocostat weights roboflow-export/ -o weights.arrow
  cocostat weights train.json.gz -o runs/weights.arrow --eta-out runs/eta.arrow
  cocostat weights --alpha effective --beta 0.999 --intensity 0.05 train.json`,
		Args:              cli.Args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: completeAnnotations,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			if err := o.complete(cmd.Flags().Changed); err != nil {
				return err
			}
			return runWeights(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "output", "o", "weights.arrow", "weights `file` to write")
	f.StringVar(&o.etaOut, "eta-out", "", "eta `file` to write (default eta.arrow beside the weights)")
	f.StringVar(&o.Alpha.Method, "alpha", o.Alpha.Method, "class weights: inverse or effective")
	f.Float64Var(&o.Alpha.Beta, "beta", 0.9999, "beta of --alpha effective, between 0 and 1")
	f.Float64Var(&o.Eta.Value, "eta", o.Eta.Value, "base of the factor per object of an image, in [0, 1]; 1 turns it off")
	f.StringVar(&o.Eta.Reading, "eta-reading", o.Eta.Reading, "what the schedule moves: the base of eta^n, or the power")
	f.Float64Var(&o.Intensity, "intensity", o.Intensity, "share of the class weights that takes effect, in [0, 1]")
	f.StringVar(&o.Schedule.Name, "schedule", o.Schedule.Name, "constant, deferred, linear or deferred-linear")
	f.IntVar(&o.Schedule.DeferredEpochs, "deferred-epochs", o.Schedule.DeferredEpochs, "epochs without weights, of the deferred schedules")
	f.StringVar(&o.Schedule.Update, "update", o.Schedule.Update, "change the weights every epoch or every step")
	f.Float64Var(&o.TailTarget, "tail-ratio", o.TailTarget, "share of the (image, class) pairs that the tail classes hold at most")
	f.Float64Var(&o.RepeatThreshold, "repeat-threshold", o.RepeatThreshold, "frequency below which repeat factor sampling repeats images")
	o.addFlags(f)
	completeFlags(cmd, map[string][]string{
		"alpha":       {weights.Inverse, weights.Effective},
		"eta-reading": {weights.ReadingBase, weights.ReadingPower},
		"schedule":    {weights.ScheduleConstant, weights.ScheduleDeferred, weights.ScheduleLinear, weights.ScheduleDeferredLinear},
		"update":      {weights.UpdateEpoch, weights.UpdateStep},
	})
	return cmd
}

// complete fills in what follows from other flags and checks the combination.
// changed tells whether a flag was given.
func (o *weightsOptions) complete(changed func(flag string) bool) error {
	if o.Alpha.Method == weights.Inverse {
		if changed("beta") {
			return cli.Usagef("--beta is a parameter of --alpha effective")
		}
		o.Alpha.Beta = 0
	}
	if name := o.Schedule.Name; name == weights.ScheduleConstant || name == weights.ScheduleLinear {
		if changed("deferred-epochs") {
			return cli.Usagef("--deferred-epochs has no effect in the schedule %q; use deferred or deferred-linear", name)
		}
		o.Schedule.DeferredEpochs = 0
	}
	if err := o.Validate(); err != nil {
		return cli.Usagef("%w\nsee 'cocostat weights --help'", err)
	}
	if o.out == "" {
		return cli.Usagef("--output is empty")
	}
	if o.etaOut == "" {
		o.etaOut = filepath.Join(filepath.Dir(o.out), "eta.arrow")
	}
	if err := o.find(); err != nil {
		return err
	}
	if filepath.Clean(o.out) == filepath.Clean(o.etaOut) || sameFile(o.out, o.etaOut) {
		return cli.Usagef("the weights and eta would both be written to %s", o.out)
	}
	for _, out := range []string{o.out, o.etaOut} {
		for _, in := range o.paths {
			if sameFile(in, out) {
				return cli.Usagef("%s is an input and would be overwritten", in)
			}
		}
	}
	o.Version = cli.Version()
	return nil
}

func runWeights(ctx context.Context, o *weightsOptions) error {
	// A count can take long: find out first whether its result can be kept.
	for _, out := range []string{o.out, o.etaOut} {
		if err := atomicfile.Check(out); err != nil {
			return err
		}
	}
	counts, err := o.count(ctx)
	if err != nil {
		return err
	}
	table, err := weights.Build(counts, o.Options)
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(o.paths, ", "), err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := table.WriteFiles(weights.Files{Weights: o.out, Eta: o.etaOut}, counts); err != nil {
		return err
	}
	noteWeights(o, counts, table)
	if err := printWeights(o.streams.Out, table); err != nil {
		return fmt.Errorf("cannot print the weights: %w", err)
	}
	return nil
}
