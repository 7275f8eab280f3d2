package curves

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"cocostat/internal/columntable"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/runlog"
	"cocostat/internal/textable"
)

// row is an epoch of a run.
type row struct {
	run string
	runlog.Epoch
}

// MarshalJSON writes the run's name before the epoch.
func (r row) MarshalJSON() ([]byte, error) {
	name, err := json.Marshal(r.run)
	if err != nil {
		return nil, err
	}
	epoch, err := json.Marshal(r.Epoch)
	if err != nil {
		return nil, err
	}
	return append(append([]byte(`{"run":`), name...), append([]byte(","), epoch[1:]...)...), nil
}

// rowsOf lists the epochs of runs, without where their time went.
func rowsOf(runs ...*runlog.Run) []row {
	var rows []row
	for _, r := range runs {
		for _, e := range r.Epochs {
			e.Times = runlog.Times{}
			rows = append(rows, row{r.Name, e})
		}
	}
	return rows
}

// columnsOf are the columns of the numbers, with those of the losses that the
// rows have.
func columnsOf(rows []row) columntable.Columns[row] {
	columns := slices.Clone(columnsBefore)
	seen := map[string]bool{}
	for _, r := range rows {
		for _, p := range r.Losses.Parts {
			if !seen[p.Name] {
				seen[p.Name] = true
				columns = append(columns, lossColumn(p.Name))
			}
		}
	}
	return append(columns, columnsAfter...)
}

// lossColumn is the column of a part of the loss; runs of another detector lack
// it.
func lossColumn(name string) columntable.Column[row] {
	return columntable.Number("loss_"+name, name, func(r *row) float64 {
		for _, p := range r.Losses.Parts {
			if p.Name == name {
				return p.Value
			}
		}
		return math.NaN()
	}, columntable.Decimals(3))
}

var columnsBefore = columntable.Columns[row]{
	columntable.Words("run", "run", func(r *row) string { return r.run }),
	columntable.Whole("epoch", "epoch", func(r *row) int64 { return int64(r.Epoch.Epoch) }),
	columntable.Whole("steps", "steps", func(r *row) int64 { return int64(r.Steps) }),
	columntable.Number("lambda", "λ", func(r *row) float64 { return r.Lambda }, columntable.Decimals(2)),
	columntable.Number("lr", "learning rate", func(r *row) float64 { return r.LR }, func(v float64) string { return fmt.Sprintf("%.2e", v) }),
	columntable.Number("loss", "loss", func(r *row) float64 { return r.Losses.Total }, columntable.Decimals(3)),
}

var columnsAfter = columntable.Columns[row]{
	columntable.Number("images_per_second", "images/s", func(r *row) float64 { return r.ImagesPerSecond }, columntable.Decimals(1)),
	scored("ap", "AP", func(s *runlog.Scores) runlog.Score { return s.AP }),
	scored("ap50", "AP50", func(s *runlog.Scores) runlog.Score { return s.AP50 }),
	scored("ap75", "AP75", func(s *runlog.Scores) runlog.Score { return s.AP75 }),
	scored("ap_tail", "AP tail", func(s *runlog.Scores) runlog.Score { return s.APTail }),
	scored("ap_head", "AP head", func(s *runlog.Scores) runlog.Score { return s.APHead }),
}

// scored makes a column of a score of the epochs that were evaluated.
func scored(name, title string, of func(*runlog.Scores) runlog.Score) columntable.Column[row] {
	return columntable.Number(name, title, func(r *row) float64 {
		if r.Val == nil {
			return math.NaN()
		}
		return float64(of(r.Val))
	}, columntable.Decimals(3))
}

func printRuns(out io.Writer, format string, runs []*runlog.Run) error {
	switch format {
	case "json":
		return output.WriteJSON(out, rowsOf(runs...))
	case "csv":
		rows := rowsOf(runs...)
		return columnsOf(rows).WriteCSV(out, rows)
	}
	p := output.NewPage(out, format)
	for _, r := range runs {
		rows := rowsOf(r)
		p.Lines(textable.Printable(r.Name) + ": " + output.Plural(len(rows), "epoch"))
		p.Table(columnsOf(rows)[1:].Layout(rows, 20, 20))
	}
	return p.Print(out)
}
