// Package reproduce is the command "train reproduce".
package reproduce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cocostat/internal/cli"
	"cocostat/internal/commands/training/shared/screen"
	"cocostat/internal/commands/training/shared/settings"
	"cocostat/internal/progress"
	"cocostat/internal/textable"
	"cocostat/train"
	"cocostat/train/recipes"
	"cocostat/train/reproduce"
)

type options struct {
	cli.Streams
	base    *settings.Training // the flags of a training
	tables  []string
	rows    []string
	seeds   int
	dataset string
	out     string
	format  string
	dryRun  bool
	quiet   bool
}

// mostSeeds is the largest number of runs of a row.
const mostSeeds = 1000

// NewCommand returns the command.
func NewCommand(s cli.Streams) *cobra.Command {
	o := &options{Streams: s}
	cmd := &cobra.Command{
		Use:   "reproduce TABLE... --data DATASET",
		Short: "Train all rows of the paper's tables, and compare with what was published",
		Long: `Train the rows of the paper's tables on a dataset, each with several seeds, and
write the mean and the spread of what comes out beside what was published, with
95 % intervals: Student's t over the seeds, and at the end the bootstrap over
images and seeds. A difference whose intervals hold 0 is marked as not told from
it.

Every flag of train that says what is trained overrides the recipes of all rows
that have it; a flag in which the rows of a table differ is refused. With fewer
--epochs than the recipes', deferred epochs, drops of the learning rate and
warm-up become fewer in proportion, at least 1 where they were; the warm-up takes
at most a tenth of all steps. The class weights are made once from the training
annotations, or read from --weights.

A run's folder is OUT/TABLE/ROW/seed-K. Rows with equal settings, in one table or
several, share their runs, under the name of the first of all. The command can be stopped at any time: run it again
to go on. Finished runs are not repeated, and a changed setting is refused. OUT
also gets results.md, results.csv, seeds.csv and results.json, after every run.`,
		Example: `  train reproduce table1 --data data/ -o runs/table1
  train reproduce table1 table5 --data data/ --epochs 30 --size 128 --batch 32 -o runs/short
  train reproduce table1 --data data/ --rows baseline,ours --seeds 5
  train reproduce table1 --data data/ --dry-run`,
		Args:              cli.Args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: completeTables,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.tables = args
			return run(cmd.Context(), o)
		},
	}
	o.addFlags(cmd)
	return cmd
}

func completeTables(*cobra.Command, []string, string) (names []string, _ cobra.ShellCompDirective) {
	return tableNames(), cobra.ShellCompDirectiveNoFileComp
}

// tableNames are those of the paper's tables.
func tableNames() (names []string) {
	for _, t := range recipes.Tables() {
		names = append(names, t.Name)
	}
	return names
}

// notInReproduce are flags of train that have no meaning for many runs, or
// another one.
var notInReproduce = append([]string{"seed"}, settings.NotInRecipes...)

func (o *options) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.dataset, "data", "", "dataset to train on: a `folder`, or its training annotations")
	f.StringVarP(&o.out, "out", "o", filepath.Join("runs", "reproduce"), "`folder` of the runs and the results")
	f.IntVar(&o.seeds, "seeds", 3, "seeds of each row: 1, 2, …")
	f.StringSliceVar(&o.rows, "rows", nil, "`rows` to train, such as baseline,ours or table5/linear (default: all)")
	f.BoolVar(&o.dryRun, "dry-run", false, "list what would be trained")
	cli.Choice(cmd, &o.format, "format", "table", "of the result: table, markdown or json", "table", "markdown", "json")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress")
	cli.CompleteFolders(cmd, "out")
	var trained *cobra.Command
	o.base, trained = settings.New(o.Streams)
	trained.Flags().VisitAll(func(t *pflag.Flag) {
		if !slices.Contains(notInReproduce, t.Name) {
			f.AddFlag(t)
		}
	})
}

func run(ctx context.Context, o *options) error {
	study, about, err := o.plan(ctx)
	if err != nil {
		return err
	}
	states, err := study.Check()
	if err != nil {
		return err
	}
	if o.dryRun {
		return o.list(study, states)
	}
	screen := screen.New(o.Streams, o.quiet)
	for _, note := range study.Notes {
		screen.Notef("%s", note)
	}
	outcomes := reproduce.Outcomes{}
	write := func() error { return study.Summarise(outcomes, about).Write(o.out) }
	err = study.Train(ctx, outcomes, o.watcher(screen, write))
	screen.Done()
	var report reproduce.Report
	if err == nil {
		report, err = o.summarise(ctx, study, outcomes, about, screen)
	}
	if err != nil {
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			fmt.Fprintf(o.Err, "train: stopped: the same command goes on; what is finished is in %s\n", filepath.Join(o.out, reproduce.MarkdownFile))
		}
		return err
	}
	return o.conclude(report, outcomes)
}

// summarise writes the report of a study at its end, with the intervals that
// take a while.
func (o *options) summarise(ctx context.Context, study reproduce.Study, outcomes reproduce.Outcomes, about []string, s *screen.Screen) (reproduce.Report, error) {
	report := study.Summarise(outcomes, about)
	err := study.Resample(ctx, &report, func(done, rows int) {
		s.Line.Update(func() string { return fmt.Sprintf("drawing images and seeds, row %d/%d", done+1, rows) })
	})
	s.Done()
	if err != nil {
		return report, err
	}
	return report, report.Write(o.out)
}

// conclude prints the report and fails if a run failed.
func (o *options) conclude(report reproduce.Report, outcomes reproduce.Outcomes) error {
	if err := printReport(o.Out, report, o.format); err != nil {
		return err
	}
	failed := 0
	for _, outcome := range outcomes {
		if outcome.Err != nil {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d runs failed: see above; the same command tries them again", failed, len(outcomes))
	}
	return nil
}

func printReport(w io.Writer, report reproduce.Report, format string) error {
	if format == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(report)
	}
	text := report.Text(cli.Columns(w))
	if format == "markdown" {
		text = report.Markdown()
	}
	_, err := io.WriteString(w, text)
	return err
}

// list prints the runs, how far they have come, and their settings.
func (o *options) list(study reproduce.Study, states []reproduce.State) error {
	table := textable.New("rows", ">seed", "state", "folder", "settings")
	left := 0
	for i, r := range study.Runs() {
		state := "to do"
		switch s := states[i]; {
		case s.Result != nil:
			state = "finished"
		case s.Begun:
			state = fmt.Sprintf("begun, %d of %d epochs", s.Epochs, r.Config.Epochs)
		}
		if states[i].Result == nil {
			left++
		}
		table.Add(strings.Join(r.Rows, ", "), fmt.Sprint(r.Seed), state, r.Dir, study.Settings(r).String())
	}
	for _, note := range study.Notes {
		fmt.Fprintln(o.Err, note)
	}
	_, err := fmt.Fprintf(o.Out, "%s\n%d runs, %d of them to train\n", table.Fit(cli.Columns(o.Out)), len(states), left)
	return err
}

func (o *options) watcher(s *screen.Screen, write func() error) reproduce.Watcher {
	name := ""
	return reproduce.Watcher{
		Begin: func(r reproduce.Run, number, of int, state reproduce.State) {
			name = r.Name()
			s.Notef("run %d of %d: %s, from epoch %d of %d, in %s", number, of, name, state.Epochs+1, r.Config.Epochs, r.Dir)
		},
		Notes: func(notes []string) {
			for _, n := range notes {
				s.Notef("%s", n)
			}
		},
		Note:    func(text string) { s.Notef("%s: %s", name, text) },
		Skipped: s.Skipped,
		Epoch:   func(m train.Metric) { s.Notef("%s: %s", name, screen.EpochText(m)) },
		Progress: func(p reproduce.Progress) {
			s.Line.Update(func() string {
				return fmt.Sprintf("run %d/%d  %s left in all  %s  %s", p.Number, p.Of, progress.Duration(p.Left), p.Name, screen.ProgressText(p.Run))
			})
		},
		End: func(r reproduce.Run, outcome reproduce.Outcome) error {
			if outcome.Err != nil {
				s.Notef("%s failed: %v", name, outcome.Err)
			}
			return write()
		},
	}
}
