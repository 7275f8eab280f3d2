// Package analyze is the command "cocostat analyze".
package analyze

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/internal/atomicfile"
	"cocostat/internal/charts"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/classtable"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/problems"
	"cocostat/internal/commands/shared/summary"
	"cocostat/tables"
)

type options struct {
	input.Files
	dir       string
	format    string
	tailRatio float64
	strict    problems.Strictness
	plot      string
	report    string
	tables    string // tables.Format
	withBoxes bool
	boxes     *tables.Boxes // nil: there is no such table
	classtable.Table[classRow]
}

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &options{Files: input.Files{Streams: s, NoRoots: true}}
	o.Table = classtable.Table[classRow]{All: classColumns, Usual: shownColumns, Sort: "instances",
		First: 20, Last: 20, Used: func(r *classRow) bool { return r.Instances > 0 }}
	cmd := &cobra.Command{
		SuggestFor: []string{"stats", "statistics", "info", "count", "describe", "summary"},
		Use:        "analyze FILE|DIR...",
		Short:      "Count the classes of a dataset and measure their imbalance",
		Long: `Count the classes of datasets, measure their imbalance, and list the problems
found.

` + input.FormatsHelp + `

Each file is read once and checked as a whole; polygons and masks are not
decoded. The counts of several files are those of their union, in which a category
id has one name, or with --by name a name is one class whatever its ids, and images
of different files are different images.

--classes takes only some classes, --drop leaves some out, and --merge makes one of
several, which has the smallest of their ids; --map FILE says all that in YAML:
classes: [car, bus], drop: [others], merge: {vehicle: [car, van]}. Images that
hold nothing then stay.

Columns of the class table, after --columns and --sort:

` + o.ColumnHelp() + `

  share       instances of the class / all instances
  frequency   images with the class / images with any annotation
  per_image   instances in the images that hold the class
  group       tail: the rarest classes that together hold at most --tail-ratio
              of all (image, class) occurrences; head: the others
  small, medium, large   instances below 32² and 96² pixels of area, and above
  boxes       instances whose box has an area
  width_p10   width in pixels that 10 % of these boxes do not exceed; aspect is
              width / height

CSV has all columns, JSON everything that was counted. With -o, DIR gets the
tables classes, images, objects, cooccurrence, problems and boxes (a row per
annotation, which this and other commands read again), and merge.cocostat,
with which they merge: a folder of them stands for the files that it was made of,
here and in 'cocostat weights', alone, beside others, and beside annotation files.
What comes out is what one run over all the files gives, so that parts of a
dataset can be counted on many machines. Give --shard where a part may hold
nothing to count by itself.`,
		Example: `  cocostat analyze instances_train2017.json
  cocostat analyze roboflow-export/
  cocostat analyze data.yaml:val
  cocostat analyze VOC2012:trainval
  cocostat analyze --columns name,instances,small,medium,large train.json
  cocostat analyze --top 20 --sort images shard-*.json.gz
  cocostat analyze --merge vehicle=car,van,truck --drop "ignored regions" visdrone.json
  cocostat analyze --plot classes.png -o tables annotations.zip:train.json
  cocostat analyze --shard shard-07.json -o tables/07    # on each machine, then
  cocostat analyze tables/*/ -o all
  zstdcat instances.json.zst | cocostat analyze --format csv - > classes.csv`,
		Args:              cli.Args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: input.CompleteNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = args
			if err := o.complete(cmd.Flags().Changed); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	output.AddFormatFlag(cmd, &o.format, "table", "output: "+strings.Join(output.Formats, ", "))
	o.AddFlags(cmd)
	f.Float64Var(&o.tailRatio, "tail-ratio", 0.0867, "largest share of the tail in all (image, class) occurrences")
	o.AddCrowdFlag(f)
	o.AddByFlag(cmd)
	o.AddColumnsFlag(cmd.Flags())
	o.AddClassFlags(cmd, input.FileClasses)
	f.StringVarP(&o.dir, "output", "o", "", "write the tables into this `folder`")
	f.BoolVar(&o.Shard, "shard", false, "write tables of a part of a dataset, even if it holds nothing to count by itself")
	cli.Choice(cmd, &o.tables, "table-format", string(tables.Arrow), "format of the tables: "+strings.Join(tableFormats(), " or "), tableFormats()...)
	f.BoolVar(&o.withBoxes, "boxes", true, "beside the other tables, write boxes, a row per annotation; --boxes=false leaves it out")
	f.StringVar(&o.report, "report", "", "write all of it with pictures into this HTML `file`")
	f.StringVar(&o.plot, "plot", "", "draw pictures into this `file`: "+output.Extensions(charts.Formats))
	o.strict.AddFlag(cmd, "")
	cli.CompleteFolders(cmd, "output")
	cli.CompleteFiles(cmd, "plot", charts.Formats...)
	cli.CompleteFiles(cmd, "report", "html", "htm")
	return cmd
}

// tableFormats lists the formats of the tables by their names.
func tableFormats() []string {
	names := make([]string, len(tables.Formats))
	for i, f := range tables.Formats {
		names[i] = string(f)
	}
	return names
}

// complete checks the flags and the places for the results.
func (o *options) complete(given func(flag string) bool) error {
	if err := o.Table.Complete(o.format, given); err != nil {
		return err
	}
	switch {
	case !(o.tailRatio >= 0 && o.tailRatio <= 1):
		return cli.Usagef("--tail-ratio %v: must be between 0 and 1", o.tailRatio)
	case given("table-format") && o.dir == "":
		return cli.Usagef("--table-format is the format of the tables that --output writes")
	}
	for _, flag := range []struct{ name, value string }{{"output", o.dir}, {"plot", o.plot}, {"report", o.report}} {
		if given(flag.name) && flag.value == "" {
			return cli.Usagef("--%s is empty", flag.name)
		}
	}
	if o.Shard && o.dir == "" {
		return cli.Usagef("--shard is for the tables of a part of a dataset: name their folder with -o")
	}
	if o.plot != "" {
		if _, err := charts.Format(o.plot); err != nil {
			return cli.Usagef("--plot: %w", err)
		}
	}
	if err := output.CheckEnding("report", o.report, []string{"html", "htm"}); err != nil {
		return err
	}
	if err := o.CompleteClasses(); err != nil {
		return err
	}
	if err := o.Find(); err != nil {
		return err
	}
	if o.dir != "" {
		if err := output.CheckFolder("output", o.dir); err != nil {
			return err
		}
		if err := o.checkFolder(); err != nil {
			return err
		}
	}
	return o.CheckOutputs(o.files()...)
}

// checkFolder reports what stands in the way of the tables.
func (o *options) checkFolder() error {
	for _, path := range o.Paths {
		if input.SameFile(path, o.dir) {
			return cli.Usagef("%s holds tables that are an input and would be overwritten", o.dir)
		}
	}
	return atomicfile.CheckFolder(o.dir)
}

// files lists the files to write.
func (o *options) files() []string {
	return classtable.Keep([]string{o.plot, o.report}, func(path *string) bool { return *path != "" })
}

func run(ctx context.Context, o *options) error {
	// A hash takes as long as the count, and only files that are kept need it.
	o.NoHash = o.dir == "" && o.report == "" && o.format != "json"
	o.ForTables = o.dir != ""
	if err := o.openBoxes(); err != nil {
		return err
	}
	defer o.boxes.Discard()
	counts, err := o.Count(ctx)
	if _, empty := errors.AsType[*annotations.EmptyError](err); empty && o.dir != "" {
		return fmt.Errorf("%w\nif this is a part of a dataset, --shard writes its tables all the same", err)
	}
	if err != nil {
		return err
	}
	o.NoteSelected(counts.Selected)
	a := newAnalysis(counts, o.tailRatio)
	o.noteTail(counts)
	if limit, left := counts.CooccurrenceLimit(); left > 0 {
		o.Notef("classes that occur together: left out %s with more than %d classes", output.Plural(left, "image"), limit)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := a.writeFiles(counts, o); err != nil {
		return err
	}
	if err := a.print(o); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	if o.format == "csv" {
		o.noteUncounted(counts)
	}
	return o.strict.Judge(problems.Sum(a.Problems), o.Paths)
}

// openBoxes begins the table boxes, if it is to be written.
func (o *options) openBoxes() (err error) {
	if o.dir == "" || !o.withBoxes {
		return nil
	}
	tablesAmong := slices.ContainsFunc(o.Paths, func(path string) bool { return input.IsFolder(path) && !dataset.IsFolder(path) })
	several := len(o.Paths) > 1 && slices.ContainsFunc(o.Paths, dataset.IsFolder)
	o.boxes, err = tables.NewBoxes(o.dir, tables.Format(o.tables), o.ByName() || !o.Selection.IsZero() || tablesAmong || several)
	o.RowsTo = o.boxes
	return err
}

// noteTail says so where no class is in the tail.
func (o *options) noteTail(c *annotations.Counts) {
	names := make([]string, len(c.Categories))
	for i, k := range c.Categories {
		names[i] = k.Name
	}
	if note := summary.EmptyTail(names, c.Images, o.tailRatio, "(image, class) pairs", "--tail-ratio "); note != "" {
		o.Notef("%s", note)
	}
}

// noteUncounted says how many annotations are in none of the counts, where the
// output does not list the problems.
func (o *options) noteUncounted(c *annotations.Counts) {
	left := c.Annotations - c.TotalInstances
	if !c.Crowds {
		for _, n := range c.Crowd {
			left -= n // as --no-crowd asks for
		}
	}
	for _, k := range c.LeftOut {
		left -= k.Instances // which noteLeftOut has said
	}
	if left > 0 {
		o.Notef("%d of %s are not counted, as they refer to no listed image or category: cocostat validate says where",
			left, output.Plural(c.Annotations, "annotation"))
	}
}

// writeFiles writes the tables, the picture and the page that were asked for.
func (a *analysis) writeFiles(c *annotations.Counts, o *options) error {
	if o.dir != "" {
		if err := tables.Write(o.dir, c, a.tail, tables.Format(o.tables), o.boxes); err != nil {
			return err
		}
		names := tables.Names
		if path := o.boxes.Absent(); path != "" {
			o.Notef("no table boxes: the rows of the files that %s was made of are not there, or have other ids than in the union", path)
		} else if o.boxes != nil {
			names = append(slices.Clone(names), tables.BoxesName)
		}
		o.Notef("wrote %s and %s", filepath.Join(o.dir, "{"+strings.Join(names, ",")+"}."+o.tables), annotations.MergeFile)
	}
	if o.plot == "" && o.report == "" {
		return nil
	}
	pictures, err := pictureData(c, a)
	if err != nil {
		return err
	}
	if o.plot != "" {
		if err := writePlot(o.plot, pictures); err != nil {
			return err
		}
		o.Notef("wrote %s", o.plot)
	}
	if o.report != "" {
		if err := writeReport(o.report, a, pictures); err != nil {
			return err
		}
		o.Notef("wrote %s", o.report)
	}
	return nil
}
