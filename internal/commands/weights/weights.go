// Package weights is the command "cocostat weights".
package weights

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/internal/atomicfile"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/classtable"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/problems"
	"cocostat/internal/commands/shared/weightfile"
	"cocostat/weights"
	"cocostat/weights/codec"
)

type options struct {
	input.Files
	files   codec.Files
	format  string
	clip    []float64
	counted string // one of counting
	strict  problems.Strictness

	annotatedImages, totalImages int64     // of a table of counts
	stdin                        *recorder // nil unless it is the input

	weights.Options
	given func(flag string) bool
	classtable.Table[weightRow]
}

// counting lists the values of --count.
var counting = []string{weights.CountedTrainable, weights.CountedAll}

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &options{Files: input.Files{Streams: s, NoRoots: true}, Options: weights.DefaultOptions()}
	o.Table = classtable.Table[weightRow]{All: weightColumns, Usual: shownWeightColumns, Sort: "instances",
		First: 20, Last: 20, Used: func(r *weightRow) bool { return r.Instances > 0 }}
	cmd := &cobra.Command{
		Use:   "weights FILE|DIR...",
		Short: "Make the class weights of a dataset for training",
		Long: `Make the class weights of a dataset, print them, and with -o write them into a
file that training reads, in the format of its extension.

` + input.FormatsHelp + `

Several files are counted as one dataset, and so are folders of tables that
'cocostat analyze -o' wrote of its parts.

FILE may also be a table of counts per class that any program made, alone: CSV
with a header (commas, semicolons or tabs), JSON (a list of objects, lines of
objects, or {"person": 262465, ...}), Arrow or Parquet, also on standard input. Its
columns, in brackets what else they may be called:

  name              (class, class_name, category, category_name, label)
  category_id       (id, class_id, label_id, cat_id); without it: places, from 0
  instances         (count, instance_count, num_instances, objects, annotations,
                    count_star(), count(*), count(1))
  images            (image_count, num_images) that hold the class
  annotated_images  (images_with_annotations), the same in all rows; or the flag
  total_images      the same; or the flag

Without images and annotated_images, frequencies are 0 and the tail is by
instances. No table of counts gives --eta-out, for which each image is needed.

Annotations that no training can use, for they have no box of some area in their
image, do not count, unless --count all says so. A category without annotations
that is the supercategory of others, the root of an export of Roboflow, is no
class. --classes takes no others, --drop takes some out, and --merge makes one of
several, of the smallest of their ids; --map FILE says all that in YAML. The
weights file keeps it, and 'train' and 'cocostat eval --weights' do the same.

--alpha chooses the weight of a class y with n_y of the n instances (with --base
images: image occurrences) of C classes:

  inverse     n / (C n_y)
  effective   (1-beta) / (1-beta^n_y), the inverse effective number
  power       (n / (C n_y))^exponent
  log         1 / ln(offset + n_y/n)
  uniform     1

--normalise then multiplies all weights by one factor: for a sum of C (sum), a
mean over the classes of 1 (mean, the same), or a mean over the instances of 1
(instances), which keeps the size of the loss. Inverse has that mean by itself
and is used as it is; the usual choice for effective is sum, for power and log
instances. --clip comes last, so that its bounds hold.

Training uses 1 + s lambda (alpha - 1), with the intensity s, and lambda that
--schedule takes from 0 to 1. A class without instances has no weight, and does
not count in C.

A second factor is eta^n for the n objects of each class in each image: training
uses (1 + lambda (eta-1))^n, or 1 + lambda (eta^n - 1) with --eta-reading power.
With --eta-scope batch, n is summed over the mini-batch on a device, and eta is
0.999 unless given. 'train' counts the objects by itself; --eta-out writes them
for other programs, and for 'train --eta-counts table', which looks for eta.arrow
beside the weights.

--images writes how often repeat factor sampling shows each image: the largest
max(1, sqrt(t/f)) of its classes, f being the share of the annotated images that
hold the class, and t --repeat-threshold.

Columns of the table, after --columns and --sort:

` + o.ColumnHelp() + `

  frequency      images with the class / images with any annotation
  weight         1 + s (alpha - 1), the weight at the end of the schedule
  repeat_factor  max(1, sqrt(t/f)) of the class`,
		Example: `  cocostat weights annotations/instances_train2017.json
  cocostat weights roboflow-export/ -o weights.arrow
  cocostat weights tables/*/ -o weights.arrow    # of cocostat analyze -o tables/N
  cocostat weights train.json.gz -o runs/weights.arrow --eta-out runs/eta.arrow
  cocostat weights --alpha effective --beta 0.999 --intensity 0.05 train.json
  cocostat weights --alpha power --exponent 0.5 --clip 0.1,10 train.json
  cocostat weights --merge vehicle=car,van,truck,bus --drop others visdrone.json
  cocostat weights --by name site-a/ site-b/ -o weights.arrow
  cocostat weights --drop "ignored regions,others" --strict=error visdrone.json
  cocostat weights --images images.arrow --repeat-threshold 0.001 lvis_v1_train.json
  cocostat weights counts.parquet --annotated-images 117266 --total-images 118287
  duckdb -csv -c "FROM counts" | cocostat weights - -o weights.arrow
  cocostat weights --format csv --columns name,alpha train.json > alpha.csv`,
		Args: cli.Args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			found, directive := input.CompleteNames(cmd, args, typed)
			if directive == cobra.ShellCompDirectiveFilterFileExt {
				found = append(found, "csv", "tsv", "jsonl", "parquet", "arrow") // tables of counts
			}
			return found, directive
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = args
			if err := o.complete(cmd.Flags().Changed); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	o.addWeightsFlags(cmd)
	return cmd
}

func (o *options) addWeightsFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVarP(&o.files.Weights, "output", "o", "", "weights `file` to write")
	f.StringVar(&o.files.Eta, "eta-out", "", "write eta^n of each image into this Arrow `file`")
	f.StringVar(&o.files.Images, "images", "", "write the images and their repeat factors into this Arrow `file`")

	cli.Choice(cmd, &o.Alpha.Method, "alpha", o.Alpha.Method, "class weights: "+strings.Join(weights.Methods, ", "), weights.Methods...)
	f.Float64Var(&o.Alpha.Beta, "beta", weights.DefaultBeta, "beta of --alpha effective, between 0 and 1")
	f.Float64Var(&o.Alpha.Exponent, "exponent", 0.5, "exponent of --alpha power, above 0")
	f.Float64Var(&o.Alpha.Offset, "offset", 1.02, "offset of --alpha log, above 1")
	cli.Choice(cmd, &o.Alpha.Normalisation, "normalise", "", "scale of the weights: "+strings.Join(weights.Normalisations, ", ")+" (default that of --alpha)", weights.Normalisations...)
	f.Float64SliceVar(&o.clip, "clip", nil, "least and greatest weight, `LOW,HIGH`")
	f.Lookup("clip").DefValue = "" // which is not [], as pflag has it
	cli.Choice(cmd, &o.Alpha.Base, "base", weights.BaseInstances, "what n_y counts: "+strings.Join(weights.Bases, " or "), weights.Bases...)
	cli.Choice(cmd, &o.counted, "count", weights.CountedTrainable, "which annotations count: "+strings.Join(counting, " or "), counting...)
	o.AddCrowdFlag(f)
	o.AddByFlag(cmd)
	o.AddColumnsFlag(cmd.Flags())
	o.AddClassFlags(cmd, input.FileClasses)
	f.Int64Var(&o.annotatedImages, "annotated-images", 0, "images with annotations, of a table of counts: what frequencies are of")
	f.Int64Var(&o.totalImages, "total-images", 0, "all images, of a table of counts")
	f.Float64Var(&o.Intensity, "intensity", o.Intensity, "share s of the class weights that takes effect, in [0, 1]")

	f.Float64Var(&o.Eta.Value, "eta", o.Eta.Value, "base of the factor per object, in [0, 1]; 1 turns it off")
	cli.Choice(cmd, &o.Eta.Reading, "eta-reading", o.Eta.Reading, "what the schedule moves: the base of eta^n, or the power", weights.ReadingBase, weights.ReadingPower)
	cli.Choice(cmd, &o.Eta.Scope, "eta-scope", o.Eta.Scope, "where n counts objects: in each image, or in the mini-batch (batch)", weights.ScopeImage, weights.ScopeBatch)
	cli.Choice(cmd, &o.Schedule.Name, "schedule", o.Schedule.Name, "constant, deferred, linear or deferred-linear",
		weights.ScheduleConstant, weights.ScheduleDeferred, weights.ScheduleLinear, weights.ScheduleDeferredLinear)
	f.IntVar(&o.Schedule.DeferredEpochs, "deferred-epochs", o.Schedule.DeferredEpochs, "epochs of the deferred schedules before lambda leaves 0 (deferred) or begins to rise from it (deferred-linear)")
	cli.Choice(cmd, &o.Schedule.Update, "update", o.Schedule.Update, "change the weights every epoch or every step", weights.UpdateEpoch, weights.UpdateStep)

	f.Float64Var(&o.TailTarget, "tail-ratio", o.TailTarget, "share of the (image, class) pairs that the tail classes hold at most")
	cli.Choice(cmd, &o.Centric, "centric", o.Centric, "what the tail ratio counts: image, or instance", weights.CentricImage, weights.CentricInstance)
	f.Float64Var(&o.RepeatThreshold, "repeat-threshold", o.RepeatThreshold, "frequency below which repeat factor sampling repeats images")

	output.AddFormatFlag(cmd, &o.format, "table", "output: "+strings.Join(output.Formats, ", "))
	o.AddFlags(cmd)
	o.strict.AddFlag(cmd, ", before anything is written")
}

// complete fills in what follows from other flags and checks the combination.
// given tells whether a flag was given.
func (o *options) complete(given func(flag string) bool) error {
	if err := o.Table.Complete(o.format, given); err != nil {
		return err
	}
	if err := o.completeCounting(given); err != nil {
		return err
	}
	if err := o.completeSettings(given); err != nil {
		return err
	}
	if o.Intensity != 1 && !given("columns") {
		o.showWeight()
	}
	if err := o.completeFiles(given); err != nil {
		return err
	}
	o.Version = cli.Version()
	return nil
}

// completeCounting checks what is to be counted.
func (o *options) completeCounting(given func(flag string) bool) error {
	for _, n := range []struct {
		flag  string
		value int64
	}{{"annotated-images", o.annotatedImages}, {"total-images", o.totalImages}} {
		if given(n.flag) && n.value < 1 {
			return cli.Usagef("--%s %d: must be 1 or more", n.flag, n.value)
		}
	}
	o.Trainable = o.counted == weights.CountedTrainable
	o.given = given
	return nil
}

// completeSettings takes away the defaults of flags that do not belong to what
// was chosen, and refuses them where they were given.
func (o *options) completeSettings(given func(flag string) bool) error {
	for _, p := range []struct {
		flag, method string
		value        *float64
	}{{"beta", weights.Effective, &o.Alpha.Beta}, {"exponent", weights.Power, &o.Alpha.Exponent}, {"offset", weights.Log, &o.Alpha.Offset}} {
		switch {
		case o.Alpha.Method == p.method:
		case given(p.flag):
			return cli.Usagef("--%s is a parameter of --alpha %s", p.flag, p.method)
		default:
			*p.value = 0
		}
	}
	if given("clip") {
		if len(o.clip) != 2 {
			return cli.Usagef("--clip takes the least and the greatest weight, such as 0.1,10")
		}
		o.Alpha.Clip = &[2]float64{o.clip[0], o.clip[1]}
	}
	if o.Eta.Scope == weights.ScopeBatch && !given("eta") {
		o.Eta.Value = 0.999 // the paper's, for mini-batches of 4 images
	}
	if name := o.Schedule.Name; name == weights.ScheduleConstant || name == weights.ScheduleLinear {
		if given("deferred-epochs") {
			return cli.Usagef("--deferred-epochs has no effect in the schedule %q; use deferred or deferred-linear", name)
		}
		o.Schedule.DeferredEpochs = 0
	}
	if err := o.Validate(); err != nil {
		return cli.Usagef("%w\nsee 'cocostat weights --help'", err)
	}
	return nil
}

// showWeight puts the weight behind α in the table for people.
func (o *options) showWeight() {
	weight, _ := o.All.Find("weight")
	if at := slices.Index(o.Shown.Names(), "alpha"); !slices.Contains(o.Shown.Names(), "weight") {
		o.Shown = slices.Insert(slices.Clone(o.Shown), at+1, weight)
	}
}

// completeFiles finds the inputs and checks the places for the results.
func (o *options) completeFiles(given func(flag string) bool) error {
	for _, flag := range []struct {
		name, value string
		endings     []string
	}{
		{"output", o.files.Weights, weightfile.Extensions()}, {"eta-out", o.files.Eta, weightfile.ArrowExtensions}, {"images", o.files.Images, weightfile.ArrowExtensions},
	} {
		if !given(flag.name) {
			continue
		}
		switch {
		case flag.value == "":
			return cli.Usagef("--%s is empty", flag.name)
		case flag.value == "-" || atomicfile.IsDescriptor(flag.value, 1):
			return cli.Usagef("--%s: standard output gets the table; name a file", flag.name)
		}
		if err := output.CheckEnding(flag.name, flag.value, flag.endings); err != nil {
			return err
		}
	}
	if err := o.CompleteClasses(); err != nil {
		return err
	}
	if err := o.Find(); err != nil {
		return err
	}
	return o.CheckOutputs(o.files.Paths()...)
}

func run(ctx context.Context, o *options) error {
	if len(o.Paths) == 1 && o.Paths[0] == "-" {
		o.stdin = &recorder{from: o.Streams.In}
		o.Streams.In = o.stdin
	}
	// A hash takes as long as the count, and only files that are kept need it.
	o.NoHash = o.files == codec.Files{} && o.format != "json"
	counts, err := o.Count(ctx)
	if err != nil {
		return o.orTable(ctx, err)
	}
	for _, flag := range []string{"annotated-images", "total-images"} {
		if o.given(flag) {
			return cli.Usagef("--%s is for a table of counts; the images of annotations are counted", flag)
		}
	}
	if err := o.strict.Judge(problems.Sum(problems.New(counts.Problems)), o.Paths); err != nil {
		o.noteProblems(counts)
		return err
	}
	table, err := weights.Build(counts, o.Options)
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(o.Paths, ", "), err)
	}
	images, err := weights.MakeImages(counts, table)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := codec.WriteFiles(o.files, table, counts); err != nil {
		return err
	}
	o.noteWeights(counts, table, images)
	if err := o.printWeights(table); err != nil {
		return fmt.Errorf("cannot print the weights: %w", err)
	}
	return nil
}
