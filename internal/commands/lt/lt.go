// Package lt is the command "cocostat lt".
package lt

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/dataset/reshape"
	"cocostat/dataset/write"
	"cocostat/internal/atomicfile"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/classtable"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/compress"
	"cocostat/internal/progress"
	"cocostat/lt"
)

type options struct {
	input.Files
	out     string
	like    string
	by      string
	others  string
	profile lt.Profile
	choice  reshape.Choice
	format  string
	classtable.Table[ltRow]
}

// Values of --others: what happens to classes that the profile does not name.
const (
	othersKeep = "keep"
	othersDrop = "drop"
)

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &options{Files: input.Files{Streams: s}, profile: lt.Profile{Shape: lt.Exponential}, choice: reshape.Choice{Thin: reshape.ByImages}}
	o.Table = classtable.Table[ltRow]{All: ltColumns, Usual: usualLTColumns, Sort: "asked",
		First: 80, Last: 20, Used: func(r *ltRow) bool { return r.Instances+r.Asked > 0 }}
	cmd := &cobra.Command{
		SuggestFor: []string{"subset", "longtail", "long-tail"},
		Use:        "lt FILE|DIR",
		Short:      "Make a long-tailed subset of a dataset",
		Long: `Make a long-tailed subset of a dataset: a copy of its annotation file in which
every class has a given number of annotations. FILE is COCO or LVIS JSON, plain
or compressed, or a member of a zip archive; of a folder, the training
annotations are taken. Of a dataset in another format, such as a YOLO folder, the
copy is COCO JSON. The file is read twice, so it cannot be standard input.

The numbers come from --like, or from an imbalance factor R: with the classes
ranked i = 0, 1, ... C-1 by their annotations,
  exponential   n_i = n_0 R^(-i/(C-1))
  pareto        n_i = n_0 (i+1)^(-ln R / ln C)
where n_0 is the largest with which no class is asked for more than it has,
unless --largest says otherwise.

--like takes
  an annotation file, whose counts are taken
  JSON: {"person": 262465, ...}, {"1": 262465, ...}, or a list of
        {"category_id": 1, "name": "person", "instances": 262465}, alone or as
        "classes" or "categories" of an object, as cocostat analyze writes it
  CSV, lines of JSON, Arrow, Parquet: columns instances, and name or category_id,
        as 'cocostat weights --help' lists them
  a weights file: Arrow, Parquet, JSON or CSV

A class with more annotations than asked for loses some of them, at random: by
images (the default), all or none of an image wherever the number allows it; by
annotations, each by itself. Other classes keep theirs. Images that lose all
their annotations are left out; images that had none stay.

--classes takes only some classes, --drop leaves some out, and --merge makes one of
several, before anything is counted; --map FILE says all that in YAML.

Everything else in the file is copied byte by byte. Without -o nothing is
written, and the table tells what would be.

Columns, after --columns and --sort:

` + o.ColumnHelp() + `

  asked        annotations asked for; reached is how many there are now`,
		Example: `  cocostat lt instances_train2017.json --like coco_lt/class_counts.json -o train_lt.json
  cocostat lt instances_train2017.json --imbalance 100 -o train_lt100.json
  cocostat lt train.json --imbalance 50 --profile pareto --seed 7 -o train_lt.json.gz
  cocostat lt train.json --like other/train.json --format csv > counts.csv`,
		Args:              cli.Args(cobra.ExactArgs(1)),
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
	f.StringVarP(&o.out, "output", "o", "", "annotation `file` to write, compressed if it ends in .gz or .zst")
	f.StringVar(&o.like, "like", "", "`file` with the number of annotations of each class")
	cli.Choice(cmd, &o.by, "by", "", "what makes the classes of --like the same: name or id (default name where there are names)", input.ClassKeys...)
	cli.Choice(cmd, &o.others, "others", "", "classes that --like does not name: keep or drop (default: refuse)", othersKeep, othersDrop)
	f.Float64Var(&o.profile.Imbalance, "imbalance", 0, "`factor` between the largest class and the smallest")
	cli.Choice(cmd, &o.profile.Shape, "profile", o.profile.Shape, "course of the numbers with --imbalance: exponential or pareto", lt.Exponential, lt.Pareto)
	f.Float64Var(&o.profile.Largest, "largest", 0, "`number` of annotations of the largest class with --imbalance")
	f.Uint64Var(&o.choice.Seed, "seed", 0, "another choice for each `number`")
	cli.Choice(cmd, &o.choice.Thin, "thin", o.choice.Thin, "what is chosen: images or annotations", reshape.ByImages, reshape.ByAnnotations)
	f.BoolVar(&o.choice.KeepEmptied, "keep-emptied", false, "keep images that lose all their annotations")
	f.BoolVar(&o.choice.DropEmpty, "drop-empty", false, "leave out images that had no annotations")
	output.AddFormatFlag(cmd, &o.format, "table", "what is printed: "+strings.Join(output.Formats, ", "))
	o.AddFlags(cmd)
	o.AddCrowdFlag(f)
	o.AddClassFlags(cmd, input.FileClasses)
	return cmd
}

// complete checks the flags and their combination; given tells which there are.
func (o *options) complete(given func(flag string) bool) error {
	if given("like") == given("imbalance") {
		return cli.Usagef("give either --like or --imbalance\nsee 'cocostat lt --help'")
	}
	for _, flag := range []string{"profile", "largest"} {
		if given(flag) && !given("imbalance") {
			return cli.Usagef("--%s has no effect without --imbalance", flag)
		}
	}
	for _, flag := range []string{"by", "others"} {
		if given(flag) && !given("like") {
			return cli.Usagef("--%s has no effect without --like", flag)
		}
	}
	if err := o.checkValues(given); err != nil {
		return err
	}
	if err := o.Table.Complete(o.format, given); err != nil {
		return err
	}
	if err := o.CompleteClasses(); err != nil {
		return err
	}
	if err := o.OpenFolders(); err != nil {
		return err
	}
	if err := o.Rereadable(); err != nil {
		return err
	}
	if !given("output") {
		return nil
	}
	if o.out == "" {
		return cli.Usagef("--output is empty")
	}
	if o.out == "-" {
		return cli.Usagef("--output: standard output gets the table; name a file")
	}
	if input.SameFile(o.like, o.out) {
		return cli.Usagef("%s is an input and would be overwritten", o.out)
	}
	if err := output.CheckEnding("output", o.out, []string{"json", "gz", "zst"}); err != nil {
		return err
	}
	return o.CheckOutputs(o.out)
}

func (o *options) checkValues(given func(flag string) bool) error {
	if given("imbalance") {
		if err := o.profile.Validate(); err != nil {
			return cli.Usagef("%w", err)
		}
	}
	if given("largest") && o.profile.Largest < 1 {
		return cli.Usagef("--largest %v: must be at least 1", o.profile.Largest)
	}
	return nil
}

func run(ctx context.Context, o *options) error {
	line := progress.New(o.Streams.Err, cli.IsTerminal(o.Streams.Err))
	defer line.Done()
	source, _, err := input.ReadSource(ctx, o.Paths[0], reshape.Options{NoCrowd: o.NoCrowd, Selection: o.Selection}, line)
	if err != nil {
		return o.BlameFile(err, o.Paths[0])
	}
	o.NoteSelected(source.Selected())
	asked, err := o.asked(ctx, source)
	if err != nil {
		return err
	}
	o.choice.Asked = asked.Instances
	selection, err := source.Select(o.choice)
	if err != nil {
		return err
	}
	if o.out != "" {
		show := input.ReadProgress(line)
		again := func(path string, read, size int64) { show(path+" again", read, size) }
		err := atomicfile.Write(o.out, func(w io.Writer) error {
			return compress.ByName(w, o.out, func(w io.Writer) error {
				if source.Copies() {
					return selection.Write(ctx, w, again)
				}
				return write.COCOFile(ctx, w, selection.Scan)
			})
		})
		if err != nil {
			return err
		}
	}
	line.Done()
	r := newLTReport(o, selection, asked)
	r.note(o)
	if err := r.print(o); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	return nil
}
