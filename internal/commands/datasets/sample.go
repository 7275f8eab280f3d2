package datasets

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"cocostat/dataset/reshape"
	"cocostat/dataset/write"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/progress"
	"cocostat/internal/textable"
)

type sampleOptions struct {
	target
	images  int64
	seed    uint64
	uniform bool
	name    string
}

func newSample(s cli.Streams) *cobra.Command {
	o := &sampleOptions{target: target{Files: input.Files{Streams: s}}}
	cmd := &cobra.Command{
		Use:   "sample IN -n IMAGES -o OUT",
		Short: "Draw some of the images of a dataset",
		Long: `Draw some of the images of a dataset, with all their annotations, so that every class
has its part as far as there is enough of it, as split does; with --uniform at random.
The same seed draws the same images, whatever the order of the file. 'cocostat lt'
draws a long-tailed subset, in which every class has a given number of annotations.

` + formatHelp,
		Example: `  cocostat dataset sample instances_train2017.json -n 5000 -o small.json
  cocostat dataset sample data.yaml -n 100 -o tiny --to yolo --images copy
  cocostat dataset sample train.json -n 1000 --uniform --seed 3 -o random.json`,
		Args:              cli.Args(cobra.ExactArgs(1)),
		ValidArgsFunction: input.CompleteNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = slices.Clone(args)
			if o.images < 1 {
				return cli.Usagef("-n says how many images: at least 1")
			}
			if err := write.CheckPart(o.name); err != nil {
				return cli.Usagef("--part: %w", err)
			}
			if err := o.complete(cmd.Flags().Changed, false); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.Int64VarP(&o.images, "count", "n", 0, "how many `images`")
	f.Uint64Var(&o.seed, "seed", 0, "other images for each `number`")
	f.BoolVar(&o.uniform, "uniform", false, "draw at random, whatever the classes")
	o.addFlags(cmd)
	addPartFlag(cmd, &o.name)
	return cmd
}

func (o *sampleOptions) run(ctx context.Context) error {
	line := progress.New(o.Streams.Err, cli.IsTerminal(o.Streams.Err))
	defer line.Done()
	s, err := o.open(ctx, o.Paths[0], reshape.Options{}, line)
	if err != nil {
		return err
	}
	rest := s.ListedImages - o.images
	if rest < 0 {
		return fmt.Errorf("%s has %s, and %s are asked for", s.path, plural(s.ListedImages, "image"), textable.Integer(o.images))
	}
	if err := o.settle(s); err != nil {
		return err
	}
	sel := s.OfImages(func(int) bool { return true })
	if rest > 0 {
		share, _, err := s.Deal(ctx, reshape.Dealing{Shares: []float64{float64(o.images), float64(rest)}, Seed: o.seed, Uniform: o.uniform})
		if err != nil {
			return err
		}
		sel = s.OfImages(func(row int) bool { return share[row] == 0 })
	}
	if err := o.write(ctx, []write.Part{o.part(o.name, s, sel)}, false, line); err != nil {
		return err
	}
	o.noteLeft(s.Source)
	o.noteSplits(s)
	var lacking int64
	for i, n := range s.Images {
		if n > 0 && sel.Images[i] == 0 {
			lacking++
		}
	}
	if lacking > 0 {
		o.Notef("%s of %s not in the sample", textable.Integer(lacking), plural(int64(len(s.Categories)), "class"))
	}
	_, err = fmt.Fprintf(o.Streams.Out, "wrote %s: %s of %s in %s of %s\n", o.out, textable.Integer(sel.KeptAnnotations),
		plural(s.Annotations, "annotation"), textable.Integer(sel.KeptImages), plural(s.ListedImages, "image"))
	return err
}
