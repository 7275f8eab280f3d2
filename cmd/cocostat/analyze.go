package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/annotations"
	"cocostat/internal/atomicfile"
	"cocostat/internal/cli"
	"cocostat/lt"
)

type analyzeOptions struct {
	input
	dir       string
	sort      string
	top       int
	format    string
	tailRatio float64
}

var (
	sortKeys       = []string{"instances", "images", "id", "name"}
	analyzeFormats = []string{"table", "json", "csv", "markdown"}
)

func newAnalyzeCommand(s cli.Streams) *cobra.Command {
	o := &analyzeOptions{input: input{streams: s}}
	cmd := &cobra.Command{
		Use:   "analyze FILE|DIR...",
		Short: "Count the classes of COCO annotation files and measure their imbalance",
		Long: `Count the classes of COCO-format annotation files (COCO, LVIS, and what other
tools export as COCO), measure their imbalance, and list the problems found.

Each file is read once and checked as a whole; polygons and masks are not
decoded. Files compressed with gzip or zstd are read as they are, "-" is
standard input. Of a folder in the layout of COCO or Roboflow, the training
annotations are taken. The counts of several files are those of their union.

  share       instances of the class / all instances
  frequency   images with the class / images with any annotation
  group       tail: the rarest classes that together hold at most --tail-ratio
              of all (image, class) occurrences; head: the others

With -o, DIR gets classes.arrow, images.arrow and objects.arrow (Arrow IPC).`,
		Example: `  cocostat analyze instances_train2017.json
  cocostat analyze roboflow-export/
  cocostat analyze -o tables train/_annotations.coco.json
  cocostat analyze --top 20 --sort images shard-*.json.gz
  zstdcat instances.json.zst | cocostat analyze --format csv - > classes.csv`,
		Args:              cli.Args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: completeAnnotations,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			return runAnalyze(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.dir, "output", "o", "", "write the Arrow tables into this `folder`")
	f.StringVar(&o.sort, "sort", "instances", "order of the classes: "+strings.Join(sortKeys, ", "))
	f.IntVar(&o.top, "top", 0, "show only the first `N` classes; 0 for all")
	f.StringVar(&o.format, "format", "table", "output: "+strings.Join(analyzeFormats, ", "))
	f.Float64Var(&o.tailRatio, "tail-ratio", 0.0867, "largest share of the tail classes in all (image, class) occurrences")
	o.addFlags(f)
	completeFlags(cmd, map[string][]string{"sort": sortKeys, "format": analyzeFormats})
	if err := cmd.MarkFlagDirname("output"); err != nil {
		panic(err)
	}
	return cmd
}

func (o *analyzeOptions) validate() error {
	switch {
	case !slices.Contains(sortKeys, o.sort):
		return cli.Usagef("--sort %q: must be one of %s", o.sort, strings.Join(sortKeys, ", "))
	case !slices.Contains(analyzeFormats, o.format):
		return cli.Usagef("--format %q: must be one of %s", o.format, strings.Join(analyzeFormats, ", "))
	case o.top < 0:
		return cli.Usagef("--top %d: must not be negative", o.top)
	case !(o.tailRatio >= 0 && o.tailRatio <= 1):
		return cli.Usagef("--tail-ratio %v: must be between 0 and 1", o.tailRatio)
	}
	return nil
}

func runAnalyze(ctx context.Context, o *analyzeOptions) error {
	if err := o.validate(); err != nil {
		return err
	}
	if err := o.find(); err != nil {
		return err
	}
	if o.dir != "" {
		if err := atomicfile.CheckFolder(o.dir); err != nil {
			return err
		}
	}
	counts, err := o.count(ctx)
	if err != nil {
		return err
	}
	a := newAnalysis(counts, o)
	if o.dir != "" {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := annotations.WriteTables(o.dir, counts, a.groups); err != nil {
			return err
		}
	}
	if err := a.print(o); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	return nil
}

// analysis is what the command reports. Its JSON form is the output of
// --format json.
type analysis struct {
	Sources   []annotations.Source  `json:"sources"`
	Totals    totals                `json:"totals"`
	Imbalance imbalance             `json:"imbalance"`
	Classes   []classRow            `json:"classes"`
	Problems  []annotations.Problem `json:"problems"`

	groups annotations.Groups
}

type totals struct {
	Files           int   `json:"files"`
	Images          int   `json:"images"`
	AnnotatedImages int64 `json:"annotated_images"`
	NegativeImages  int64 `json:"negative_images"`
	Instances       int64 `json:"instances"`
	Crowd           int64 `json:"crowd"`
	CrowdsCount     bool  `json:"crowds_count"`
	Classes         int   `json:"classes"`
}

type imbalance struct {
	Ratio            float64 `json:"ratio"`
	Gini             float64 `json:"gini"`
	Entropy          float64 `json:"entropy_bits"`
	EffectiveClasses float64 `json:"effective_classes"`
	TailClasses      int     `json:"tail_classes"`
	TailTarget       float64 `json:"tail_ratio_target"`
	TailReached      float64 `json:"tail_ratio"`
}

type classRow struct {
	ID            int64   `json:"category_id"`
	Name          string  `json:"name"`
	Supercategory string  `json:"supercategory"`
	Instances     int64   `json:"instances"`
	Images        int64   `json:"images"`
	Crowd         int64   `json:"crowd"`
	Share         float64 `json:"share"`
	Frequency     float64 `json:"frequency"`
	Group         string  `json:"group"`
	LVISGroup     string  `json:"lvis_group"`
}

func newAnalysis(c *annotations.Counts, o *analyzeOptions) *analysis {
	split := lt.TailSplit(c.Images, c.AnnotatedImages, o.tailRatio)
	frequency := lt.Frequencies(c.Images, c.AnnotatedImages)
	a := &analysis{
		Sources: c.Sources,
		Totals: totals{
			Files: len(c.Sources), Images: len(c.ImageRows), AnnotatedImages: c.AnnotatedImages,
			NegativeImages: int64(len(c.ImageRows)) - c.AnnotatedImages,
			Instances:      c.TotalInstances, CrowdsCount: c.Crowds, Classes: len(c.Categories),
		},
		Imbalance: imbalance{
			Ratio: lt.ImbalanceRatio(c.Instances), Gini: lt.Gini(c.Instances), Entropy: lt.Entropy(c.Instances),
			EffectiveClasses: lt.EffectiveClasses(c.Instances),
			TailClasses:      split.TailClasses, TailTarget: o.tailRatio, TailReached: split.Reached,
		},
		Problems: append([]annotations.Problem{}, c.Problems...),
		Classes:  make([]classRow, 0, len(c.Categories)),
	}
	for i, k := range c.Categories {
		group, lvis := split.Group(i), lt.DeclaredGroup(k.Frequency, c.Images[i])
		a.groups.Tail = append(a.groups.Tail, group)
		a.groups.LVIS = append(a.groups.LVIS, lvis)
		a.Totals.Crowd += c.Crowd[i]
		row := classRow{ID: k.ID, Name: k.Name, Supercategory: k.Supercategory,
			Instances: c.Instances[i], Images: c.Images[i], Crowd: c.Crowd[i],
			Frequency: frequency[i], Group: group, LVISGroup: lvis}
		if c.TotalInstances > 0 {
			row.Share = float64(row.Instances) / float64(c.TotalInstances)
		}
		a.Classes = append(a.Classes, row)
	}
	sortClasses(a.Classes, o.sort)
	return a
}

// sortClasses sorts rows that stand in the order of their ids.
func sortClasses(rows []classRow, by string) {
	slices.SortStableFunc(rows, func(a, b classRow) int {
		switch by {
		case "instances":
			return cmp.Compare(b.Instances, a.Instances)
		case "images":
			return cmp.Compare(b.Images, a.Images)
		case "name":
			return strings.Compare(a.Name, b.Name)
		}
		return cmp.Compare(a.ID, b.ID)
	})
}
