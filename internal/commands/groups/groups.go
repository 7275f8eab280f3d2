// Package groups is the command "cocostat groups".
package groups

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/internal/atomicfile"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/commands/shared/weightfile"
	"cocostat/weights/codec"
	"cocostat/weights/grouping"
)

type options struct {
	streams cli.Streams
	path    string
	out     string // weights file
	report  string
	format  string
	wanted  []wantedGrouping
	rules   []grouping.Rule
}

// wantedGrouping is a grouping that a flag asks for.
type wantedGrouping struct {
	method string
	name   string // of the column; "" for the usual one
	value  string // as given
}

// flagOf is a flag that may be given several times, each time for a grouping.
type flagOf struct {
	method string
	all    *[]wantedGrouping
}

func (f flagOf) String() string { return "" }
func (f flagOf) Type() string   { return "[NAME=]VALUE" }

func (f flagOf) Set(text string) error {
	w := wantedGrouping{method: f.method, value: text}
	if name, value, named := strings.Cut(text, "="); named {
		if w.name, w.value = name, value; name == "" {
			return fmt.Errorf("a grouping needs a name before '='")
		}
	}
	*f.all = append(*f.all, w)
	return nil
}

// flagOfNone is a flagOf without a value of its own, but perhaps a name.
type flagOfNone struct{ flagOf }

// Type is that of flags which need no value.
func (f flagOfNone) Type() string { return "bool" }

func (f flagOfNone) Set(name string) error {
	w := wantedGrouping{method: f.method}
	if name != usualName {
		w.name = name
	}
	*f.all = append(*f.all, w)
	return nil
}

// usualName is the value of a flag without one.
const usualName = "true"

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &options{streams: s}
	cmd := &cobra.Command{
		Use:        "groups WEIGHTS",
		SuggestFor: []string{"grouping", "groupings", "bins"},
		Short:      "Divide the classes into head and tail, or into groups by frequency",
		Long: `Divide the classes of a weights file into groups, in one way or several, and
write them into it as columns, for a training or an evaluation to read.

  --tail-ratio R           tail and head: the tail is the largest set of the rarest
                           classes that hold at most the share R of all (image,
                           class) pairs; rare is what few images hold
  --instance-tail-ratio R  the same with instances in the place of images
  --lvis                   frequent, common and rare: over 100, over 10, and up to 10
                           images, or what the annotations themselves say
  --simcal                 SimCal's bins for COCO-LT by instances: [0,20), [20,400),
                           [400,8000), [8000,inf)
  --thresholds A,B,...     bins of your own by instances: [0,A), [A,B), ... [.,inf)
  --image-thresholds A,... bins by images
  --top K                  the K classes with most instances are the head

Each flag may be given several times and makes a column, named like the flag with
its value unless a name is given: --tail-ratio rare=0.05, --lvis=groups. Without
any, there are --tail-ratio 0.0867, --lvis and --simcal. A grouping that the file
has already under that name is replaced; others stay.

The weights file is in any of the formats that cocostat writes. Without -o
nothing is written.`,
		Example: `  cocostat groups weights.arrow
  cocostat groups weights.arrow --tail-ratio 0.0867 --tail-ratio 0.05 -o weights.arrow
  cocostat groups weights.arrow --simcal --thresholds few-many=100 -o grouped.arrow
  cocostat groups weights.arrow --lvis --top 20 --format csv > groups.csv`,
		Args:              cli.Args(o.args),
		ValidArgsFunction: weightfile.CompleteNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.path = args[0]
			if err := o.complete(cmd.Flags().Changed); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	for _, m := range []struct{ method, help string }{
		{grouping.TailRatio, "tail and head by the share of (image, class) pairs"},
		{grouping.InstanceRatio, "tail and head by the share of instances"},
		{grouping.Thresholds, "bins by instances"},
		{grouping.ImageThresholds, "bins by images"},
		{grouping.Top, "head of so many classes"},
	} {
		f.Var(flagOf{m.method, &o.wanted}, m.method, m.help)
	}
	f.Var(flagOfNone{flagOf{grouping.LVIS, &o.wanted}}, grouping.LVIS, "rare, common and frequent by images")
	f.Var(flagOfNone{flagOf{grouping.SimCal, &o.wanted}}, grouping.SimCal, "SimCal's bins by instances")
	f.Lookup(grouping.LVIS).NoOptDefVal, f.Lookup(grouping.SimCal).NoOptDefVal = usualName, usualName
	f.StringVarP(&o.out, "output", "o", "", "weights `file` to write, WEIGHTS itself or another")
	f.StringVar(&o.report, "report", "", "write what is printed to this `file` instead")
	output.AddFormatFlag(cmd, &o.format, "", "what is printed: "+strings.Join(output.Formats, ", ")+" (default: what --report ends in, else table)")
	return cmd
}

// NewSplitCommand returns the command under the name that it had before, under
// which training and validation sets are looked for.
func NewSplitCommand(s cli.Streams) *cobra.Command {
	cmd := NewCommand(s)
	cmd.Use, cmd.Hidden, cmd.SuggestFor = "split WEIGHTS", true, nil
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		fmt.Fprintln(s.Err, "'cocostat split' is called 'cocostat groups': it divides the classes into groups, not the images into sets")
		return run(cmd, args)
	}
	return cmd
}

// args checks that there is one argument, and says how a grouping gets its name
// where that was taken for another.
func (o *options) args(cmd *cobra.Command, args []string) error {
	if len(args) == 2 {
		for _, method := range []string{grouping.SimCal, grouping.LVIS} {
			if cmd.Flags().Changed(method) {
				name := args[1]
				if _, err := os.Stat(name); err == nil {
					name = args[0]
				}
				return fmt.Errorf("%s is a second argument: the name of a grouping follows --%s with =, as --%s=%s", name, method, method, name)
			}
		}
	}
	return cobra.ExactArgs(1)(cmd, args)
}

func (o *options) complete(given func(flag string) bool) error {
	if !given("format") {
		var err error
		if o.format, err = output.FormatOf("report", o.report); err != nil {
			return err
		}
	}
	for _, f := range []struct{ flag, path string }{{"output", o.out}, {"report", o.report}} {
		if !given(f.flag) {
			continue
		}
		if f.path == "" {
			return cli.Usagef("--%s is empty", f.flag)
		}
		if f.path == "-" || f.flag == "output" && atomicfile.IsDescriptor(f.path, 1) {
			return cli.Usagef("--%s: standard output gets the table; name a file", f.flag)
		}
		if err := atomicfile.Check(f.path); err != nil {
			return err
		}
	}
	if given("output") {
		if err := output.CheckEnding("output", o.out, weightfile.Extensions()); err != nil {
			return err
		}
	}
	if o.report != "" && (filepath.Clean(o.report) == filepath.Clean(o.out) || input.SameFile(o.report, o.out) || input.SameFile(o.report, o.path)) {
		return cli.Usagef("--report would overwrite the weights")
	}
	if len(o.wanted) == 0 {
		o.wanted = []wantedGrouping{{grouping.TailRatio, "", "0.0867"}, {method: grouping.LVIS}, {method: grouping.SimCal}}
	}
	for _, w := range o.wanted {
		r, err := grouping.NewRule(w.method, w.name, w.value)
		if err != nil {
			return cli.Usagef("--%s %q: %w", w.method, w.value, err)
		}
		if slices.ContainsFunc(o.rules, func(other grouping.Rule) bool { return other.Name == r.Name }) {
			return cli.Usagef("two groupings would have the name %q: give one another, as --%s=%s", r.Name, w.method, strings.TrimSuffix("NAME="+w.value, "="))
		}
		o.rules = append(o.rules, r)
	}
	return nil
}

func run(ctx context.Context, o *options) error {
	t, from, err := codec.Open(o.path)
	if err != nil {
		return err
	}
	var made []*grouping.Division
	for _, r := range o.rules {
		d, err := r.Divide(t)
		if errors.Is(err, grouping.ErrNoImages) {
			return cli.Usagef("--%s counts images, and these weights were made from a table of counts, without images: name other groups, such as --%s", r.Method, grouping.InstanceRatio)
		}
		if err != nil {
			return err
		}
		if err := t.AddGrouping(d.Grouping, d.Classes); err != nil {
			return err
		}
		made = append(made, d)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if o.out != "" {
		if err := codec.WriteFile(o.out, t); err != nil {
			return err
		}
		without := ""
		if from.KeepsMetadata() {
			without = weightfile.WithoutMetadata(o.out)
		} else if weightfile.WithoutMetadata(o.out) == "" {
			weightfile.NoteBare(o.streams.Err, o.path, from)
		}
		fmt.Fprintf(o.streams.Err, "wrote %s: %s of %s, %d in all%s\n", o.out, output.Plural(len(made), "grouping"), output.Plural(len(t.Rows), "class"), len(t.Meta.Groupings), without)
	} else {
		fmt.Fprintln(o.streams.Err, "nothing is written without -o")
	}
	r := newReport(o, t, made)
	if o.report == "" {
		if err := r.print(o.streams.Out, o.format); err != nil {
			return fmt.Errorf("cannot write the result: %w", err)
		}
		return nil
	}
	if err := atomicfile.Write(o.report, func(w io.Writer) error { return r.print(w, o.format) }); err != nil {
		return err
	}
	fmt.Fprintf(o.streams.Err, "wrote %s\n", o.report)
	return nil
}
