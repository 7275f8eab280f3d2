// Package curves is the command "cocostat curves".
package curves

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"cocostat/internal/atomicfile"
	"cocostat/internal/charts"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/output"
)

type options struct {
	streams cli.Streams
	runs    []string
	out     string
	format  string // "" for none
}

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &options{streams: s}
	cmd := &cobra.Command{
		Use:   "curves RUN...",
		Short: "Draw how trainings went: loss, AP, schedules",
		Long: `Draw loss, AP, AP of the tail and of the head, lambda and learning rate by epoch,
of one or several run folders that 'train' writes, or of their metrics.jsonl. A
run may still be going on.

Without -o, or with --format, the numbers go to standard output: a row per run
and epoch. AP is from 0 to 1, there as in the picture.`,
		Example: `  cocostat curves runs/1 -o curves.png
  cocostat curves runs/focal runs/bofl -o curves.svg
  cocostat curves runs/* --format csv > runs.csv`,
		Args: cli.Args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.runs = args
			if err := o.complete(cmd.Flags().Changed); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "output", "o", "", "picture `file` to draw, .png or .svg")
	f.StringVar(&o.format, "format", "", "numbers to print: table, json, csv or markdown (default: table, or none with -o)")
	output.CompleteFlags(cmd, map[string][]string{"format": output.Formats})
	return cmd
}

func (o *options) complete(given func(flag string) bool) error {
	if !given("format") && !given("output") {
		o.format = "table"
	}
	if given("format") || !given("output") {
		if err := output.CheckFormat(o.format); err != nil {
			return err
		}
	}
	if given("output") {
		if _, err := charts.Format(o.out); err != nil {
			return cli.Usagef("--output: %w", err)
		}
		return atomicfile.Check(o.out)
	}
	return nil
}

func run(ctx context.Context, o *options) error {
	var runs []*trainedRun
	for _, path := range o.runs {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, err := readRun(path)
		if err != nil {
			return err
		}
		for _, note := range r.notes {
			fmt.Fprintln(o.streams.Err, note)
		}
		if len(r.rows) > 0 {
			runs = append(runs, r)
		}
	}
	if len(runs) == 0 {
		return errors.New("no run has finished an epoch yet: there is nothing to show")
	}
	nameRuns(runs)
	if o.out != "" {
		if err := o.draw(runs); err != nil {
			return err
		}
		fmt.Fprintf(o.streams.Err, "wrote %s\n", o.out)
	}
	if o.format == "" {
		return nil
	}
	if err := printRuns(o.streams.Out, o.format, runs); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	return nil
}

// nameRuns gives each run the last part of its path that tells it from those in
// other folders.
func nameRuns(runs []*trainedRun) {
	for _, r := range runs {
		r.name = filepath.Base(r.folder)
	}
	for parts, again := 2, true; again; parts++ {
		again = false
		folders := map[string]string{} // by name; "" for several
		for _, r := range runs {
			if folder, has := folders[r.name]; has && folder != r.folder {
				folders[r.name] = ""
			} else {
				folders[r.name] = r.folder
			}
		}
		for _, r := range runs {
			if folders[r.name] == "" {
				r.name, again = lastParts(r.folder, parts), true
			}
		}
	}
	for _, r := range runs {
		for i := range r.rows {
			r.rows[i].Run = r.name
		}
	}
}

// lastParts returns the last n elements of a path, or all.
func lastParts(path string, n int) string {
	elements := strings.Split(path, string(filepath.Separator))
	return filepath.Join(elements[max(0, len(elements)-n):]...)
}

func (o *options) draw(runs []*trainedRun) error {
	format, err := charts.Format(o.out)
	if err != nil {
		return err
	}
	var all []charts.TrainingRun
	for _, r := range runs {
		c := charts.TrainingRun{Name: r.name}
		for _, row := range r.rows {
			c.Epochs = append(c.Epochs, float64(row.Epoch))
			c.Loss, c.Lambda, c.Rate = append(c.Loss, row.Losses.Total), append(c.Lambda, row.Lambda), append(c.Rate, row.LR)
			v := cmp.Or(row.Val, &notEvaluated)
			c.AP, c.APTail, c.APHead = append(c.AP, v.AP.value()), append(c.APTail, v.APTail.value()), append(c.APHead, v.APHead.value())
		}
		all = append(all, c)
	}
	return atomicfile.Write(o.out, func(w io.Writer) error { return charts.WriteTraining(w, format, all) })
}
