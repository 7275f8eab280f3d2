package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"cocostat/internal/cli"
	"cocostat/train"
	"cocostat/train/data"
)

type evalOptions struct {
	train.EvalOptions
	streams    cli.Streams
	checkpoint string
	format     string
	quiet      bool
	flipSet    bool // whether --test-flip was given
	roundSet   bool
}

func newEvalCommand(s cli.Streams) *cobra.Command {
	o := &evalOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "eval --checkpoint FILE [ANNOTATIONS]",
		Short: "Evaluate a checkpoint: COCO AP, overall, by class, by tail and head",
		Long: `Evaluate the network of a checkpoint on ANNOTATIONS, or on the validation set
that it was trained with.`,
		Example: `  train eval --checkpoint runs/1/last.safetensors
  train eval --checkpoint runs/1/best.safetensors data/annotations/instances_test.json -o results`,
		Args: cli.Args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.format != "table" && o.format != "json" {
				return cli.Usagef("unknown --format %q: use table or json", o.format)
			}
			if err := o.Validate(); err != nil {
				return cli.Usagef("%w", err)
			}
			o.flipSet, o.roundSet = cmd.Flags().Changed("test-flip"), cmd.Flags().Changed("round-results")
			if len(args) == 1 {
				o.Annotations = args[0]
			}
			return runEval(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.checkpoint, "checkpoint", "", "checkpoint `file`")
	f.StringVar(&o.Images, "images", "", "`folder` of the images (default: found by the annotations' name)")
	f.StringVarP(&o.Out, "out", "o", "", "`folder` for detections.json and results.json")
	f.BoolVar(&o.TestFlip, "test-flip", false, "average the answers to each image and its mirror image (default: as in training)")
	f.StringVar(&o.TestAs.Size, "test-size", "", "how images are tested: fixed (squares) or keep (at their own size) (default: as in training)")
	f.Var(nmsFlag{&o.TestAs}, "nms", "of FCOS: `IoU` with a better box of the class above which a box is dropped (default: as in training)")
	f.BoolVar(&o.Round, "round-results", false, "round boxes and scores to two decimals, as CenterNet does (default: as in training)")
	f.StringVar((*string)(&o.OnBadImage), "on-bad-image", string(data.FailOnBadImage), "what an image that cannot be read does: fail, or skip (nothing is detected on it)")
	f.StringVar(&o.Device, "device", "cpu", "cpu, cuda or cuda:N")
	f.IntVar(&o.Threads, "threads", 0, "threads of the network on the CPU; 0: one per processor")
	f.IntVar(&o.Workers, "workers", 0, "goroutines that load images; 0: one per two threads")
	f.StringVar(&o.format, "format", "table", "of the result: table or json")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress")
	complete(cmd, map[string][]string{
		"test-size": {train.TestFixed, train.TestKeep},
		"device":    {"cpu", "cuda"}, "format": {"table", "json"},
		"on-bad-image": {string(data.FailOnBadImage), string(data.SkipBadImage)},
	})
	_ = cmd.MarkFlagRequired("checkpoint") // fails only for a flag that does not exist
	return cmd
}

func runEval(ctx context.Context, o *evalOptions) error {
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
	screen := newScreen(o.streams, o.quiet)
	if note := train.CrowdNote(o.Threads, o.Workers); note != "" {
		screen.note("%s", note)
	}
	o.Tick = screen.tick
	o.Report = screen.skipped
	e, err := train.EvaluateCheckpoint(ctx, c, o.EvalOptions)
	screen.done()
	if err != nil {
		return err
	}
	return printEvaluation(o.streams.Out, e, o.format)
}
