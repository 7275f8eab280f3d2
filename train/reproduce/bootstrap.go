package reproduce

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/evaluate"
	"cocostat/lt"
	"cocostat/train"
	"cocostat/weights"
)

// Rounds is how often the bootstrap of a report draws images and seeds.
const Rounds = 1000

// Bootstrap are intervals over the choice of the validation images and of the
// seeds, which evaluate.Bootstrap draws: of AP, AP50, AP75, and AP of the tail
// and the head.
type Bootstrap struct {
	Measured   Range `json:"measured"`
	Difference Range `json:"difference"` // to the row that a row is compared with
}

// resampled are the metrics, by their place in recipes.Metrics, that the
// bootstrap has intervals of.
var resampled = []int{0, 1, 2, 6, 7}

// Resample adds the bootstrap's intervals to the report, from the detections in
// the run folders and the validation annotations; tick is told which of how many
// rows is next. What a row lacks for it becomes a note. The error is that of the
// annotations or of ctx.
func (s Study) Resample(ctx context.Context, report *Report, tick func(done, rows int)) error {
	d, err := dataset.Load(ctx, s.valJSON())
	if err != nil {
		return err
	}
	r := resampling{study: s}
	r.truths, r.params = evaluate.FromDataset(d)
	r.params.Classes = slices.DeleteFunc(r.params.Classes, func(id int64) bool { // those that the networks do not have
		return !slices.ContainsFunc(s.Classes, func(c weights.Row) bool { return c.CategoryID == id })
	})
	rows := 0
	for _, t := range report.Tables {
		rows += len(t.Rows)
	}
	done := 0
	for t := range report.Tables {
		table := &report.Tables[t]
		r.samples = map[string]*evaluate.Sample{} // rows are compared within a table
		for i := range table.Rows {
			tick(done, rows)
			done++
			row := &table.Rows[i]
			if err := r.row(ctx, table, row); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				report.Notes = append(report.Notes, fmt.Sprintf("Warning: %s: no bootstrap: %v.", row.Recipe, err))
			}
		}
	}
	return nil
}

// valJSON is the validation set of all rows.
func (s Study) valJSON() string {
	for _, t := range s.Tables {
		for _, row := range t.Rows {
			return row.Config.Data.ValJSON
		}
	}
	return ""
}

// resampling is a bootstrap of a report in progress.
type resampling struct {
	study   Study
	truths  []evaluate.Truth
	params  evaluate.Params
	samples map[string]*evaluate.Sample // by run folder
}

// row fills in the intervals of a row.
func (r *resampling) row(ctx context.Context, t *TableReport, row *RowReport) error {
	own, base := t.pairs(row)
	if len(own) > 0 {
		c, err := r.draw(ctx, base, own)
		if err != nil {
			return err
		}
		row.Bootstrap.Difference = rangeOf(c, func(x evaluate.Compared) evaluate.Interval { return x.Difference })
		row.Told = verdicts(row.Difference.Range, row.Bootstrap.Difference)
	}
	all := row.finished()
	if len(all) == 0 {
		return nil
	}
	c, err := r.draw(ctx, all, nil)
	if err != nil {
		return err
	}
	// The detections must be those that were measured: nothing is claimed of others.
	if value := 100 * c.All.AP.A.Value; math.Abs(value-float64(row.Measured.Mean[0])) > 1e-3 {
		row.Bootstrap, row.Told = noBootstrap(), verdicts(row.Difference.Range, noRange())
		return fmt.Errorf("%s gives AP %.3f in the mean over the seeds, %s %.3f: one of them was changed",
			train.DetectionsFile, value, train.ResultsFile, float64(row.Measured.Mean[0]))
	}
	row.Bootstrap.Measured = rangeOf(c, func(x evaluate.Compared) evaluate.Interval { return x.A })
	return nil
}

// draw draws images and seeds of the runs in some folders, a and b.
func (r *resampling) draw(ctx context.Context, a, b []string) (*evaluate.Comparison, error) {
	var sides [2][]*evaluate.Sample
	for side, dirs := range [][]string{a, b} {
		for _, dir := range dirs {
			m, err := r.run(ctx, dir)
			if err != nil {
				return nil, err
			}
			sides[side] = append(sides[side], m)
		}
	}
	return evaluate.Bootstrap(ctx, sides[0], sides[1], evaluate.BootstrapOptions{
		Rounds: Rounds, Level: Confidence, Seed: 1, Groups: TailAndHead(r.study.Classes), Runs: len(a) > 1,
	})
}

// run matches the detections of a run.
func (r *resampling) run(ctx context.Context, dir string) (*evaluate.Sample, error) {
	if s := r.samples[dir]; s != nil {
		return s, nil
	}
	f, err := evaluate.ReadDetections(ctx, filepath.Join(dir, train.DetectionsFile), r.params, evaluate.ReadOptions{Options: annotations.Options{NoHash: true}})
	if err != nil {
		return nil, err
	}
	m, err := evaluate.Match(r.truths, f.Detections, r.params)
	if err != nil {
		return nil, err
	}
	s, err := m.Sample("all")
	if err != nil {
		return nil, err
	}
	r.samples[dir] = s
	return s, nil
}

// rangeOf takes intervals of a comparison, whose groups are tail and head.
func rangeOf(c *evaluate.Comparison, of func(evaluate.Compared) evaluate.Interval) Range {
	r := noRange()
	compared := []evaluate.Compared{c.All.AP, c.All.AP50, c.All.AP75}
	for _, g := range c.Groups {
		compared = append(compared, g.AP)
	}
	for i, metric := range resampled {
		x := of(compared[i])
		r.Low[metric], r.High[metric] = Percent(100*x.Low), Percent(100*x.High)
	}
	return r
}

func noBootstrap() Bootstrap { return Bootstrap{noRange(), noRange()} }

// TailAndHead returns the groups that a report has intervals of.
func TailAndHead(rows []weights.Row) []evaluate.ClassGroup {
	groups := []evaluate.ClassGroup{{Name: lt.Tail}, {Name: lt.Head}}
	for _, row := range rows {
		for i := range groups {
			if row.Group == groups[i].Name {
				groups[i].Classes = append(groups[i].Classes, row.CategoryID)
			}
		}
	}
	return groups
}
