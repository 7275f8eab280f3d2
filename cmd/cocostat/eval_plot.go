package main

import (
	"fmt"
	"io"

	"cocostat/internal/atomicfile"
	"cocostat/internal/charts"
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
	add := func(to *[]charts.Line, name string, values []real) {
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

func floats(x []real) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}
