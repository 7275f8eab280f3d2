package datasets

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/dataset/reshape"
	"cocostat/dataset/write"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/progress"
)

type splitOptions struct {
	target
	grouping
	shares  string
	folds   int
	seed    uint64
	uniform bool
	format  string

	names []string
	parts []float64
}

const usualShares = "train=80,val=20"

func newSplit(s cli.Streams) *cobra.Command {
	o := &splitOptions{target: target{Files: input.Files{Streams: s}}}
	cmd := &cobra.Command{
		Use:   "split IN -o OUT",
		Short: "Split a dataset into train, val and test, or into folds, with every class in each",
		Long: `Split the images of a dataset into parts, such as train, val and test, or into
folds, with every class in each part as far as there is enough of it: the images that
hold it, and its annotations, are spread as the images are. The rarest class is dealt
out first (iterative stratification); then images are moved and exchanged as long as
that brings the parts closer to each other. --uniform splits at random instead.

--shares lists the parts and how large they are: train=70,val=20,test=10, of which the
sum need not be 100. --folds K makes K parts of one size, and for each a training set
of all others: instances_trainN.json and instances_valN.json, data_foldN.yaml, or
trainN.txt and valN.txt.

Images that show the same thing belong into one part. --group says which these are:

  auto      those that Roboflow made of one picture (NAME_jpg.rf.HASH.jpg), if there
            are several of one (the default)
  roboflow  the same, whether there are or not
  folder    those in one folder, of the file name
  PATTERN   those in whose file name a regular expression finds the same: what is in
            its parentheses, or all of it; images without it are by themselves
  none      every image is by itself

The same seed gives the same parts, byte by byte, whatever the order of the file.

The table has of each part the distance of its class shares to those of all other
parts together, as compare has it: total variation, Jensen-Shannon divergence,
Hellinger distance, and what total variation random splits of the same sizes have.

` + formatHelp,
		Example: `  cocostat dataset split annotations.json -o split
  cocostat dataset split annotations.json -o split --shares train=70,val=20,test=10 --seed 7
  cocostat dataset split data.yaml -o folds --to yolo --folds 5
  cocostat dataset split frames.json -o split --group '^(video\d+)_'`,
		Args:              cli.Args(cobra.ExactArgs(1)),
		ValidArgsFunction: input.CompleteNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = slices.Clone(args)
			if err := o.check(cmd.Flags().Changed); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.shares, "shares", usualShares, "`parts` and their sizes")
	f.IntVar(&o.folds, "folds", 0, "this `number` of folds in place of --shares")
	f.Uint64Var(&o.seed, "seed", 0, "another split for each `number`")
	f.BoolVar(&o.uniform, "uniform", false, "split at random, whatever the classes")
	o.addFlag(cmd)
	output.AddFormatFlag(cmd, &o.format, "table", "what is printed: "+strings.Join(output.Formats, ", "))
	o.addFlags(cmd)
	o.AddCrowdFlag(f)
	return cmd
}

func (o *splitOptions) check(given func(string) bool) error {
	switch {
	case given("shares") && given("folds"):
		return cli.Usagef("give either --shares or --folds")
	case given("folds") && o.folds < 2:
		return cli.Usagef("--folds %d: must be at least 2", o.folds)
	}
	if o.folds > 0 {
		for n := range o.folds {
			o.names, o.parts = append(o.names, "fold"+strconv.Itoa(n+1)), append(o.parts, 1)
		}
	} else if err := o.parseShares(); err != nil {
		return err
	}
	if err := o.grouping.complete(); err != nil {
		return err
	}
	return o.target.complete(given, true)
}

// parseShares reads NAME=SIZE,….
func (o *splitOptions) parseShares() error {
	for _, text := range strings.Split(o.shares, ",") {
		name, size, _ := strings.Cut(strings.TrimSpace(text), "=")
		n, err := strconv.ParseFloat(strings.TrimSuffix(size, "%"), 64)
		if err != nil || !(n > 0 && n < 1e12) {
			return cli.Usagef("--shares %s: %q is no NAME=SIZE with a size above 0, such as train=80", o.shares, text)
		}
		if err := write.CheckPart(name); err != nil {
			return cli.Usagef("--shares %s: %w", o.shares, err)
		}
		if slices.Contains(o.names, name) {
			return cli.Usagef("--shares %s: the part %s is there twice", o.shares, name)
		}
		o.names, o.parts = append(o.names, name), append(o.parts, n)
	}
	if len(o.names) < 2 {
		return cli.Usagef("--shares %s: two parts at least; cocostat dataset sample takes one", o.shares)
	}
	return nil
}

func (o *splitOptions) run(ctx context.Context) error {
	line := progress.New(o.Streams.Err, cli.IsTerminal(o.Streams.Err))
	defer line.Done()
	s, err := o.open(ctx, o.Paths[0], reshape.Options{NoCrowd: o.NoCrowd}, line)
	if err != nil {
		return err
	}
	if s.ListedImages < int64(len(o.names)) {
		return fmt.Errorf("%s: %s for %s", s.path, plural(s.ListedImages, "image"), plural(int64(len(o.names)), "part"))
	}
	if err := o.settle(s); err != nil {
		return err
	}
	group, what := o.grouping.of(s.Source)
	share, groups, err := s.Deal(ctx, reshape.Dealing{Shares: o.parts, Seed: o.seed, Uniform: o.uniform, Group: group})
	if err != nil {
		return err
	}
	if err := o.write(ctx, o.divide(s, share), o.folds > 0, line); err != nil {
		return err
	}
	o.noteLeft(s.Source)
	o.noteSplits(s)
	if what != "" {
		o.Notef("%s in %s stay together, by %s", plural(s.ListedImages, "image"), plural(int64(groups), "group"), what)
	}
	r, err := newSplitReport(ctx, o, s, share, groups)
	if err != nil {
		return err
	}
	return r.print(o)
}

// divide makes the parts that are written: of folds in COCO's JSON the training and
// the validation set of each.
func (o *splitOptions) divide(s *source, share []int32) (parts []write.Part) {
	for j, name := range o.names {
		in := s.OfImages(func(row int) bool { return share[row] == int32(j) })
		if o.folds == 0 || o.to != write.COCO {
			parts = append(parts, o.part(name, s, in))
			continue
		}
		rest := s.OfImages(func(row int) bool { return share[row] != int32(j) })
		number := strconv.Itoa(j + 1)
		train := o.part("train"+number, s, rest)
		train.Again = true
		parts = append(parts, train, o.part("val"+number, s, in))
	}
	return parts
}
