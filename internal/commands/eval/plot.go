package eval

import (
	"fmt"
	"io"
	"slices"

	"cocostat/evaluate"
	"cocostat/internal/atomicfile"
	"cocostat/internal/charts"
	"cocostat/internal/commands/shared/classtable"
	"cocostat/internal/commands/shared/output"
)

// writePlot draws the curves into a file.
func (r *evalReport) writePlot(path string) error {
	format, err := charts.Format(path)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error { return charts.WriteCurves(w, format, r.curveData()) })
}

// curveData gathers what the pictures show: all classes, and the groups of the
// first grouping.
func (r *evalReport) curveData() *charts.Curves {
	c := &r.Curves
	d := &charts.Curves{
		Title:  fmt.Sprintf("%s on %s", detectorName([]string{r.Detections.Source.Path}), detectorName([]string{r.Truth.Path})),
		Recall: c.Recall, Scores: c.Scores, IoU: c.IoU, Best: float64(r.Common.Threshold),
		ByScore: charts.ScoreCurve{Precision: floats(c.All.ByScore.Precision), Recall: floats(c.All.ByScore.Recall), F1: floats(c.All.ByScore.F1)},
	}
	add := func(to *[]charts.Line, name string, values []output.Real) {
		if values != nil {
			*to = append(*to, charts.Line{Name: name, Values: floats(values)})
		}
	}
	add(&d.Precision, "IoU 0.50", c.All.Precision50)
	add(&d.Precision, "IoU 0.75", c.All.Precision75)
	if len(r.Settings.IoU) > 1 || d.Precision == nil {
		add(&d.Precision, "IoU "+iouRange(r.Settings.IoU), c.All.Precision)
	}
	for _, g := range c.Groups {
		if g.Grouping != r.Groupings[0].Name {
			break
		}
		add(&d.Groups, g.Group, g.Precision)
		add(&d.GroupF1, g.Group, g.ByScore.F1)
	}
	for i := range r.Classes {
		if row := &r.Classes[i]; row.Instances > 0 {
			d.Classes = append(d.Classes, charts.ClassScore{Name: row.Name, Instances: row.Instances, AP: float64(row.AP), Tail: row.Group == "tail"})
		}
	}
	return d
}

// writePlot draws the differences into a file.
func (c *evalComparison) writePlot(o *options, a, b []*evaluate.Result) error {
	format, err := charts.Format(o.plot)
	if err != nil {
		return err
	}
	d := &charts.Differences{Title: fmt.Sprintf("A: %s, B: %s", detectorName(o.a), detectorName(o.b)),
		Recall: a[0].Params.RecallThresholds, A: meanPrecision(a), B: meanPrecision(b)}
	add := func(name string, x compared) {
		d.Rows = append(d.Rows, charts.Difference{Name: name, Value: float64(x.Difference), Low: float64(x.Low), High: float64(x.High), Clear: x.Clear})
	}
	add("all classes", c.All.AP)
	for _, g := range c.Groupings {
		for _, change := range g.Groups {
			add(g.Name+": "+change.Name, change.AP)
		}
	}
	const most = 30 // classes
	rows := classtable.Keep(o.differences.Rows(c.Classes), o.differences.Used)
	for _, row := range rows[:min(most, len(rows))] {
		add(row.Name, row.AP)
	}
	return atomicfile.Write(o.plot, func(w io.Writer) error { return charts.WriteDifferences(w, format, d) })
}

// meanPrecision returns the precision of all classes at each recall, the mean
// of the runs: at IoU 0.5, if that is evaluated, and over all thresholds.
func meanPrecision(runs []*evaluate.Result) []charts.Line {
	var lines []charts.Line
	add := func(name string, iou float64) {
		line := charts.Line{Name: name, Values: make([]float64, len(runs[0].Params.RecallThresholds))}
		for _, r := range runs {
			for i, v := range precisionCurve(r, r.All(), iou) {
				line.Values[i] += float64(v) / float64(len(runs))
			}
		}
		lines = append(lines, line)
	}
	thresholds := runs[0].Params.IoUThresholds
	if slices.Contains(thresholds, 0.5) {
		add("IoU 0.50", 0.5)
	}
	if len(thresholds) > 1 || lines == nil {
		add("IoU "+iouRange(thresholds), 0)
	}
	return lines
}

func floats(x []output.Real) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}
