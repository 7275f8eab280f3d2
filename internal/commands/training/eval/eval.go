// Package eval is the command "train eval".
package eval

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/training/shared/screen"
	"cocostat/internal/commands/training/shared/settings"
	"cocostat/train"
	"cocostat/train/data"
)

type options struct {
	train.EvalOptions
	streams    cli.Streams
	checkpoint string
	format     string
	quiet      bool
	flipSet    bool // whether --test-flip was given
	roundSet   bool
}

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &options{streams: s}
	cmd := &cobra.Command{
		SuggestFor: []string{"evaluate", "evaluation", "test", "validate"},
		Use:        "eval --checkpoint FILE [ANNOTATIONS]",
		Short:      "Evaluate a checkpoint: COCO AP, overall, by class, by tail and head",
		Long: `Evaluate the network of a checkpoint on ANNOTATIONS, or on the validation set
that it was trained with.`,
		Example: `  train eval --checkpoint runs/1/last.safetensors
  train eval --checkpoint runs/1/best.safetensors data/annotations/instances_test.json -o results`,
		Args: cli.Args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Validate(); err != nil {
				return cli.Usagef("%w", err)
			}
			if err := output.CheckFolder("out", o.Out); err != nil {
				return err
			}
			o.flipSet, o.roundSet = cmd.Flags().Changed("test-flip"), cmd.Flags().Changed("round-results")
			if len(args) == 1 {
				o.Annotations = args[0]
			}
			return run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.checkpoint, "checkpoint", "", "checkpoint `file`")
	f.StringVar(&o.Images, "images", "", "`folder` of the images (default: found by the annotations' name)")
	f.StringVarP(&o.Out, "out", "o", "", "`folder` for detections.json and results.json")
	f.BoolVar(&o.TestFlip, "test-flip", false, "average the answers to each image and its mirror image (default: as in training)")
	cli.Choice(cmd, &o.TestAs.Size, "test-size", "", "how images are tested: fixed (squares) or keep (at their own size) (default: as in training)", train.TestFixed, train.TestKeep)
	f.Var(settings.NMSFlag{As: &o.TestAs}, "nms", "of FCOS: `IoU` with a better box of the class above which a box is dropped (default: as in training)")
	f.BoolVar(&o.Round, "round-results", false, "round boxes and scores to two decimals, as CenterNet does (default: as in training)")
	cli.Choice(cmd, (*string)(&o.OnBadImage), "on-bad-image", string(data.FailOnBadImage), "what an image that cannot be read does: fail, or skip (nothing is detected on it)", string(data.FailOnBadImage), string(data.SkipBadImage))
	f.StringVar(&o.Device, "device", "cpu", "cpu, cuda or cuda:N")
	f.IntVar(&o.Threads, "threads", 0, "threads of the network on the CPU; 0: one per processor")
	f.IntVar(&o.Workers, "workers", 0, "goroutines that load images; 0: one per two threads")
	cli.Choice(cmd, &o.format, "format", "table", "of the result: table or json", settings.ResultFormats...)
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress")
	cli.CompleteValues(cmd, "device", settings.Devices...)
	_ = cmd.MarkFlagRequired("checkpoint") // fails only for a flag that does not exist
	return cmd
}

func run(ctx context.Context, o *options) error {
	c, err := train.LoadCheckpoint(o.checkpoint)
	if err != nil {
		return err
	}
	if !o.flipSet {
		o.TestFlip = c.Config.TestFlip
	}
	if !o.roundSet {
		o.Round = c.Config.RoundResults
	}
	if o.Out != "" {
		if err := os.MkdirAll(o.Out, 0o755); err != nil {
			return err
		}
	}
	shown := screen.New(o.streams, o.quiet)
	if note := train.CrowdNote(o.Threads, o.Workers); note != "" {
		shown.Notef("%s", note)
	}
	o.Tick = shown.Tick
	o.Report = shown.Skipped
	e, err := train.EvaluateCheckpoint(ctx, c, o.EvalOptions)
	shown.Done()
	if err != nil {
		return err
	}
	return screen.PrintEvaluation(o.streams.Out, e, o.format)
}
