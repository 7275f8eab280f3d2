package schedule

import (
	"cmp"
	"errors"
	"io"
	"math"
	"slices"

	"cocostat/balance"
	"cocostat/internal/atomicfile"
	"cocostat/internal/charts"
	"cocostat/weights"
)

// draw draws the classes as the paper's figures 1 and 2 draw weights. These move
// with each step, so that the curves are those of the schedules.
func (o *options) draw(t *weights.Table, c balance.Config) error {
	format, err := charts.Format(o.plot)
	if err != nil {
		return err
	}
	drawn, err := o.drawn(t)
	if err != nil {
		return err
	}
	d := charts.Schedules{Epochs: float64(o.epochs), Deferred: c.DeferredEpochs, Name: string(c.Schedule)}
	last := float64(o.epochs) - 1
	d.At = moments(last, float64(c.DeferredEpochs))
	for _, epoch := range d.At {
		d.Rate = append(d.Rate, cosine(epoch, last))
	}
	course := func(s balance.Schedule, alpha float64) []float64 {
		out := make([]float64, len(d.At))
		for i, epoch := range d.At {
			lambda := balance.Lambda(s, epoch, c.DeferredEpochs, o.epochs)
			out[i] = balance.AlphaHat([]float64{alpha}, lambda, c.Intensity)[0]
		}
		return out
	}
	for _, r := range drawn {
		full := balance.AlphaHat([]float64{r.Alpha}, 1, c.Intensity)[0]
		d.Weighted = append(d.Weighted, charts.Weighted{Name: r.Name, Weight: full, Scheduled: course(c.Schedule, r.Alpha)})
	}
	d.Class, d.Weight = d.Weighted[0].Name, d.Weighted[0].Weight
	for _, name := range schedules {
		d.Courses = append(d.Courses, charts.Course{Name: name, Weights: course(balance.Schedule(name), drawn[0].Alpha)})
	}
	return atomicfile.Write(o.plot, func(w io.Writer) error { return charts.WriteSchedules(w, format, &d) })
}

// mostDrawn is how many classes a picture shows at most.
const mostDrawn = 8

// drawn returns the classes to draw, the one with the greatest weight first: those
// that were asked for, or a few.
func (o *options) drawn(t *weights.Table) ([]weights.Row, error) {
	classes := few(t)
	if len(o.classes) > 0 && o.classes[0] != "all" {
		var err error
		if classes, err = findClasses(t, o.classes); err != nil {
			return nil, err
		}
		classes = classes[:min(mostDrawn, len(classes))]
	}
	var rows []weights.Row
	for _, i := range classes {
		if !math.IsNaN(t.Rows[i].Alpha) {
			rows = append(rows, t.Rows[i])
		}
	}
	if len(rows) == 0 {
		return nil, errors.New("--plot: none of the classes has instances, so none has a weight to draw")
	}
	slices.SortStableFunc(rows, func(a, b weights.Row) int { return cmp.Compare(b.Alpha, a.Alpha) })
	return rows, nil
}

// moments returns epochs from 0 to the last one, close enough to each other for
// smooth curves, and both sides of the epoch at which a schedule may jump.
func moments(last, jump float64) []float64 {
	const points = 280
	var at []float64
	for i := range points + 1 {
		at = append(at, last*float64(i)/points)
	}
	if jump > 0 && jump <= last {
		at = append(at, math.Nextafter(jump, 0), jump)
		slices.Sort(at)
	}
	return at
}

// cosine is a learning rate that falls from 1 at epoch 0 to 0 at the last.
func cosine(epoch, last float64) float64 {
	if last == 0 {
		return 1
	}
	return (1 + math.Cos(math.Pi*epoch/last)) / 2
}
