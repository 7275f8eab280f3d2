// Package eval is the command "cocostat eval".
package eval

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/evaluate"
	"cocostat/internal/charts"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/classtable"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/problems"
	"cocostat/internal/commands/shared/weightfile"
	"cocostat/weights"
)

type options struct {
	input.Files
	truth string
	a, b  []string // detections: of one detector, or of two

	weights   string
	table     *weights.Table // of --weights
	groupings []string
	tailRatio float64

	iou           string
	maxDets       []int
	areas         []string
	classAgnostic bool
	compat        string
	lvis          bool
	score         float64
	scoreGiven    bool

	rounds     int
	seed       uint64
	confidence float64

	format string
	outs   []string
	plot   string
	strict problems.Strictness
	classtable.Table[evalRow]
	differences classtable.Table[evalDifference]

	matchName, imagesName string // of --match and --images
	match                 evaluate.MatchBy

	params evaluate.Params // what the flags say of them
}

// versus stands between the files of two detectors.
const versus = "vs"

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &options{Files: input.Files{Streams: s}}
	o.Table = classtable.Table[evalRow]{All: evalColumns, Usual: usualEvalColumns, Sort: "ap",
		First: 20, Last: 20, Used: func(r *evalRow) bool { return r.Instances > 0 }}
	o.differences = classtable.Table[evalDifference]{All: differenceColumns, Usual: usualDifferenceColumns, Sort: "difference",
		First: 20, Last: 20, Used: func(r *evalDifference) bool { return r.Instances > 0 }}
	cmd := &cobra.Command{
		SuggestFor: []string{"evaluate", "evaluation", "test"},
		Use:        "eval GT DETECTIONS [DETECTIONS-B] | GT A... vs B...",
		Short:      "Average precision of detections, by class and by group, and of two detectors compared",
		Long:       evalHelp(o),
		Example: `  cocostat eval instances_val2017.json detections.json
  cocostat eval val.json detections.json.gz --weights weights.arrow --plot curves.png
  cocostat eval val.json detections.json --columns name,instances,ap,ap50,threshold --sort instances
  cocostat eval val.json detections.json --iou 0.5 --max-dets 300 --classes car,truck,bus
  cocostat eval val.json detections.json --merge vehicle=car,truck,bus --drop others
  cocostat eval val.json detections.json -o arrays.npz    # numpy.load("arrays.npz")["precision"]
  cocostat eval data.yaml:val runs/detect/val/predictions.json
  cocostat eval val.json baseline.json balanced.json --rounds 2000
  cocostat eval val.json baseline-seed*.json vs balanced-seed*.json --weights weights.arrow
  zstdcat detections.json.zst | cocostat eval val.json - --format json | jq .summary.AP`,
		Args:              cli.Args(cobra.MinimumNArgs(2)),
		ValidArgsFunction: input.CompleteNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(slices.Clone(args), cmd.Flags().Changed); err != nil {
				return err
			}
			return runEval(cmd.Context(), o)
		},
	}
	o.addEvalFlags(cmd)
	return cmd
}

func evalHelp(o *options) string {
	return `Average precision (AP) and recall (AR) of boxes, as COCO defines and pycocotools
computes them: the 12 numbers, and AP by class and by group of classes.

GT is a dataset in any format that is known ('cocostat analyze --help' lists
them); of a folder, and of data.yaml, the validation annotations are taken, unless
PATH:SPLIT names others. DETECTIONS is a list in COCO's results format, whose classes are ids of
GT: [{"image_id": 42, "category_id": 18, "bbox": [x, y, width, height],
"score": 0.236}, ...]. Both may be compressed with gzip or zstd, or members of a
zip archive (ARCHIVE.zip:MEMBER.json); "-" is detections from standard input.
A folder of texts that Ultralytics has saved (save_txt=True save_conf=True) is
taken as well, and its predictions.json.

Images are found by image_id. Where that is the name of a file, with or without
folders and extension, or a number out of it, or where file_name stands beside
it, as Ultralytics writes them, they are found by the file names of GT, if more
fit so; --match file-name does that always, --match id never. All images of GT
count; --images detected evaluates those with a detection, for detectors that ran
on a part of them.

Groups are those of --weights: tail and head, those of LVIS, and whatever
cocostat groups has added; they are the groups of the training data. Without
--weights, tail and head come from the counts of GT by --tail-ratio, and those of
LVIS where GT declares them.

--classes evaluates only some classes, --drop leaves some out, with their objects
and detections, and --merge makes one of several, in GT and detections; it has the
smallest of their ids. --map FILE says all that in YAML. Of --weights that were made
with such flags, or with --by name, the same is done without being told.

Beyond AP, at the IoU threshold 0.5 (without it the first of --iou):

  threshold   score at which F1 = 2·precision·recall / (precision + recall) of
              the class is largest; precision, recall and f1 are those there.
              Chosen and measured on the same images, so a little too good;
              with --score, that score for all classes
  confusion   of the objects of a group, how many are found as the class they
              are, as a wrong one of each group, or not. Detections count from
              the threshold of their class on, or from --score; those of
              classes without a threshold from that for all classes on

Two detectors, A and B, are compared: AP of all, of each group and of each class,
with an interval for the difference B − A that --rounds random choices of the
images (with replacement) give. A * marks intervals without 0: the difference is
more than the choice of the images explains. Of classes in a few images only, the
intervals are too narrow, because there is little to choose from. Several files
of a detector, the seeds of one recipe, stand before and after the word vs; their
means are compared, and the choice is of images and of seeds.

Columns of the class table, after --columns and --sort:

` + o.ColumnHelp() + `

and of that of two detectors:

` + o.differences.ColumnHelp() + `

-o writes what its name asks for, and may be given several times:

  .npz        the arrays of pycocotools: precision and scores [T,R,K,A,M], recall
              [T,K,A,M], -1 where there is nothing to find, and its parameters
              iouThrs, recThrs, catIds, areaRng, areaRngLbl, maxDets
  .arrow      the same, a row for each IoU threshold, class, area and limit
  .json, .csv, .md   what is printed
  a folder    the arrays as .npy files

Problems of the detections are listed as cocostat validate lists them, with the
likely cause where the numbers can hardly mean what they say: boxes as corners or
in 0…1, shifted category ids, equal scores. Exit codes:
0, 1 for files that cannot be used (and with --strict, for problems), 2 for a
wrong call.`
}

func (o *options) addEvalFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&o.weights, "weights", "w", "", "weights `file` with the groups of the classes")
	f.StringSliceVar(&o.groupings, "groupings", nil, "show only these `groupings`: a list with commas (default: all)")
	f.Float64Var(&o.tailRatio, "tail-ratio", 0.0867, "largest share of the tail, without --weights")
	f.StringVar(&o.iou, "iou", "0.5:0.95:0.05", "IoU `thresholds`: a list, or first:last:step")
	f.IntSliceVar(&o.maxDets, "max-dets", nil, "`limits` on detections per image and class, rising (default 1,10,100; LVIS 300)")
	f.StringSliceVar(&o.areas, "areas", []string{"all", "small", "medium", "large"}, "area `ranges`: COCO's by name, others as name=min:max in square pixels")
	o.AddClassFlags(cmd, truthClasses)
	cli.Choice(cmd, &o.imagesName, "images", imagesAll, "evaluate these `images`: all, or detected: those with a detection", imagesAll, imagesDetected)
	cli.Choice(cmd, &o.matchName, "match", imageMatchings[0], "find the images of detections by `what`: "+strings.Join(imageMatchings, ", "), imageMatchings...)
	f.BoolVar(&o.classAgnostic, "class-agnostic", false, "take all classes for one")
	cli.Choice(cmd, &o.compat, "compat", "", "reproduce what `program` does otherwise: pycocotools", compatPycocotools)
	f.BoolVar(&o.lvis, "lvis", false, "by the rules of LVIS: classes that an image was not searched for do not count")
	f.Float64Var(&o.score, "score", 0, "precision, recall, F1 and confusion are those from this `score` on (default: each class's threshold)")
	f.IntVar(&o.rounds, "rounds", 1000, "random choices of images for the intervals of two detectors")
	f.Uint64Var(&o.seed, "seed", 1, "other choices for each `number`")
	f.Float64Var(&o.confidence, "confidence", 0.95, "share of the choices inside an interval")
	output.AddFormatFlag(cmd, &o.format, "table", "output: "+strings.Join(output.Formats, ", "))
	o.AddFlags(cmd)
	f.StringArrayVarP(&o.outs, "output", "o", nil, "write arrays or the report to this `file` or folder")
	f.StringVar(&o.plot, "plot", "", "draw curves, or the differences, into this `file`: "+output.Extensions(charts.Formats))
	o.strict.AddFlag(cmd, " in the detections")
	cli.CompleteFiles(cmd, "plot", charts.Formats...)
	cli.CompleteFiles(cmd, "output", "npz", "arrow", "json", "csv", "md")
	cli.Complete(cmd, "weights", weightfile.CompleteNames)
	cli.CompleteList(cmd, "groupings", o.knownGroupings)
}

func runEval(ctx context.Context, o *options) error {
	in, err := o.read(ctx)
	if err != nil {
		return err
	}
	if len(o.b) > 0 {
		return runEvalTwo(ctx, o, in)
	}
	return runEvalOne(ctx, o, in)
}
