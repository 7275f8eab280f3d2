package datasets

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/annotations"
	"cocostat/dataset/reshape"
	"cocostat/dataset/write"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/progress"
	"cocostat/internal/textable"
)

// Values of --crowd.
const (
	crowdKeep = "keep"
	crowdDrop = "drop"
	crowdOnly = "only"
)

// sizes are COCO's, in square pixels: at least the first, below the second.
var sizes = map[string][2]float64{"small": {0, 32 * 32}, "medium": {32 * 32, 96 * 96}, "large": {96 * 96, math.Inf(1)}}

var sizeNames = []string{"small", "medium", "large"}

type filterOptions struct {
	target
	classes, drop, having []string
	sizes                 []string
	minArea, maxArea      float64
	crowd, only           string
	dropUnused            bool
	name                  string
}

func newFilter(s cli.Streams) *cobra.Command {
	o := &filterOptions{target: target{Files: input.Files{Streams: s}}}
	cmd := &cobra.Command{
		Use:   "filter IN -o OUT",
		Short: "Leave classes, sizes, crowds or images out of a dataset",
		Long: `Leave annotations out of a dataset, by class, size or crowd, and then images, by
whether they hold annotations. What several flags say holds together. Images stay
unless --only or --having says otherwise, categories unless --drop-unused does, so
that the ids and the order of the classes stay.

Areas are those of the annotations, or else of their boxes, in square pixels; small is
below 32², medium below 96².

` + formatHelp,
		Example: `  cocostat dataset filter train.json --classes cat,dog --only with -o pets.json
  cocostat dataset filter train.json --drop "ignored regions" --drop-unused -o clean.json
  cocostat dataset filter data.yaml --size small,medium -o small-objects --to yolo
  cocostat dataset filter train.json --having person -o people.json
  cocostat dataset filter train.json --only without -o background.json`,
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
	f.StringSliceVar(&o.classes, "classes", nil, "annotations of these `classes` stay, by name or id: a list with commas")
	f.StringSliceVar(&o.drop, "drop", nil, "annotations of these `classes` go")
	f.StringSliceVar(&o.having, "having", nil, "images that hold one of these `classes` stay, with all their annotations")
	f.StringSliceVar(&o.sizes, "size", nil, "annotations of these `sizes` stay: small, medium, large")
	f.Float64Var(&o.minArea, "min-area", 0, "annotations with an area of at least this stay, in square `pixels`")
	f.Float64Var(&o.maxArea, "max-area", math.Inf(1), "annotations with an area below this stay, in square `pixels`")
	f.Lookup("max-area").DefValue = "0" // which is not shown
	cli.Choice(cmd, &o.crowd, "crowd", crowdKeep, "crowd annotations (iscrowd): keep, drop or only", crowdKeep, crowdDrop, crowdOnly)
	cli.Choice(cmd, &o.only, "only", reshape.AllImages, "images that stay: all, with annotations that stay, or without", reshape.AllImages, reshape.ImagesWith, reshape.ImagesWithout)
	f.BoolVar(&o.dropUnused, "drop-unused", false, "leave categories out of which no annotation stays")
	for _, flag := range []string{"classes", "drop", "having"} {
		cli.CompleteList(cmd, flag, func(_ *cobra.Command, args []string) []string { return input.ClassNames(args...) })
	}
	cli.CompleteList(cmd, "size", func(*cobra.Command, []string) []string { return sizeNames })
	o.addFlags(cmd)
	addPartFlag(cmd, &o.name)
	return cmd
}

func (o *filterOptions) check(given func(string) bool) error {
	asked := false
	for _, flag := range []string{"classes", "drop", "having", "size", "min-area", "max-area", "crowd", "only", "drop-unused"} {
		asked = asked || given(flag)
	}
	switch {
	case !asked:
		return cli.Usagef("nothing to filter by: --classes, --drop, --having, --size, --min-area, --max-area, --crowd, --only or --drop-unused\nsee 'cocostat dataset filter --help'")
	case given("classes") && given("drop"):
		return cli.Usagef("give either --classes or --drop: what stays, or what goes")
	case math.IsNaN(o.minArea) || math.IsNaN(o.maxArea) || o.minArea >= o.maxArea:
		return cli.Usagef("--min-area %v, --max-area %v: no area is at least the first and below the second", o.minArea, o.maxArea)
	}
	for _, size := range o.sizes {
		if !slices.Contains(sizeNames, size) {
			return cli.Usagef("--size %q: must be of %s", size, strings.Join(sizeNames, ", "))
		}
	}
	if err := write.CheckPart(o.name); err != nil {
		return cli.Usagef("--part: %w", err)
	}
	return o.complete(given, false)
}

// leave tells which annotations go by themselves.
func (o *filterOptions) leave(a *annotations.Annotation) bool {
	if o.crowd == crowdDrop && a.Crowd || o.crowd == crowdOnly && !a.Crowd {
		return true
	}
	if len(o.sizes) == 0 && o.minArea == 0 && math.IsInf(o.maxArea, 1) {
		return false
	}
	if a.Has&(annotations.FieldArea|annotations.FieldBBox) == 0 {
		return true // of no size
	}
	inSize := len(o.sizes) == 0 || slices.ContainsFunc(o.sizes, func(s string) bool { return sizes[s][0] <= a.Area && a.Area < sizes[s][1] })
	return !inSize || !(o.minArea <= a.Area && a.Area < o.maxArea)
}

func (o *filterOptions) run(ctx context.Context) error {
	line := progress.New(o.Streams.Err, cli.IsTerminal(o.Streams.Err))
	defer line.Done()
	s, err := o.open(ctx, o.Paths[0], reshape.Options{Leave: o.leave}, line)
	if err != nil {
		return err
	}
	f := reshape.Filter{Images: o.only, DropUnused: o.dropUnused}
	if f.Classes, err = o.find(s, "classes", o.classes); err != nil {
		return err
	}
	if f.Having, err = o.find(s, "having", o.having); err != nil {
		return err
	}
	dropped, err := o.find(s, "drop", o.drop)
	if err != nil {
		return err
	}
	if dropped != nil {
		f.Classes = []int{}
		for i := range s.Categories {
			if !slices.Contains(dropped, i) {
				f.Classes = append(f.Classes, i)
			}
		}
	}
	sel, err := s.Filter(f)
	if err != nil {
		return err
	}
	if err := o.settle(s); err != nil {
		return err
	}
	if err := o.write(ctx, []write.Part{o.part(o.name, s, sel)}, false, line); err != nil {
		return err
	}
	o.noteLeft(s.Source)
	o.noteSplits(s)
	return o.report(s, sel)
}

// find returns the indices of classes, nil for no names.
func (o *filterOptions) find(s *source, flag string, names []string) ([]int, error) {
	if len(names) == 0 {
		return nil, nil
	}
	ids, err := annotations.FindCategories(s.Categories, names)
	if unknown, is := errors.AsType[*annotations.NoCategoryError](err); is {
		unknown.File = s.path
		return nil, cli.Usagef("--%s: %w", flag, err)
	}
	var out []int
	for _, id := range ids {
		out = append(out, slices.IndexFunc(s.Categories, func(k annotations.Category) bool { return k.ID == id }))
	}
	return out, err
}

func (o *filterOptions) report(s *source, sel *reshape.Selection) error {
	if n := sel.EmptyImages - s.EmptyImages; n > 0 && o.only == reshape.AllImages {
		o.Notef("%s without annotations more than before: --only with leaves them out", plural(n, "image"))
	}
	if len(sel.Dropped) > 0 {
		var names []string
		for _, k := range sel.Dropped {
			names = append(names, k.Name)
		}
		o.Notef("categories left out: %s", output.List(names, 10))
	}
	_, err := fmt.Fprintf(o.Streams.Out, "wrote %s: %s of %s in %s of %s\n", o.out,
		textable.Integer(sel.KeptAnnotations), plural(s.Annotations, "annotation"),
		textable.Integer(sel.KeptImages), plural(s.ListedImages, "image"))
	return err
}
