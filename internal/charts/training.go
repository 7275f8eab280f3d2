package charts

import (
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// TrainingRun is the course of a training. All slices have the length of
// Epochs; NaN is what was not measured.
type TrainingRun struct {
	Name               string
	Epochs             []float64 // whole epochs trained, ascending
	Loss, Lambda, Rate []float64 // mean loss, λ and learning rate of the epoch
	AP, APTail, APHead []float64 // on the validation set, in [0, 1]
}

// runPaints and courseDashes tell runs apart: first the colours change.
var runPaints = []paint{head, tail, weightPaints[1], weightPaints[2], weightPaints[0], muted}

const trainingWidth, trainingHeight = 1120.0, 1080.0

// WriteTraining draws six panels of one or several runs, in one of Formats: the
// loss, AP, AP of the tail and of the head, λ and the learning rate by epoch. It
// returns the errors of w.
func WriteTraining(w io.Writer, format string, runs []TrainingRun) error {
	return write(w, format, trainingWidth, trainingHeight, func(c draw.Canvas) {
		c = inset(c, margin)
		c = dashedLegend(c, runNames(runs, c.Max.X-c.Min.X))
		c.Max.Y -= px(8)
		tallest := 0.0 // of the AP panels, so that they can be compared
		for _, r := range runs {
			tallest = max(tallest, greatest(r.AP), greatest(r.APTail), greatest(r.APHead))
		}
		for i, p := range []struct {
			title  string
			values func(*TrainingRun) []float64
			scale  axisScale
		}{
			{"Loss, mean of the epoch", func(r *TrainingRun) []float64 { return r.Loss }, axisScale{log: true}},
			{"AP", func(r *TrainingRun) []float64 { return r.AP }, axisScale{top: tallest}},
			{"AP of the tail", func(r *TrainingRun) []float64 { return r.APTail }, axisScale{top: tallest}},
			{"AP of the head", func(r *TrainingRun) []float64 { return r.APHead }, axisScale{top: tallest}},
			{"Strength of the class weights, λ", func(r *TrainingRun) []float64 { return r.Lambda }, axisScale{top: 1}},
			{"Learning rate", func(r *TrainingRun) []float64 { return r.Rate }, axisScale{}},
		} {
			drawRuns(runs, p.values, p.scale, titled(part(c, i%2, 2, i/2, 3), p.title))
		}
	})
}

// part is one of columns × rows parts of a canvas, with gaps between them.
func part(c draw.Canvas, column, columns, row, rows int) draw.Canvas {
	const gap = 32
	width := (c.Max.X - c.Min.X - px(gap)*vg.Length(columns-1)) / vg.Length(columns)
	height := (c.Max.Y - c.Min.Y - px(gap)*vg.Length(rows-1)) / vg.Length(rows)
	c.Min.X += (width + px(gap)) * vg.Length(column)
	c.Max.Y -= (height + px(gap)) * vg.Length(row)
	c.Max.X, c.Min.Y = c.Min.X+width, c.Max.Y-height
	return c
}

// runNames is the legend of the runs; names too long for its line are cut.
func runNames(runs []TrainingRun, width vg.Length) []dashedEntry {
	var names []dashedEntry
	for i, r := range runs {
		color, dashes := runStyle(i)
		names = append(names, dashedEntry{color, dashes, fit(style(textSize, muted), r.Name, width/3)})
	}
	return names
}

func runStyle(i int) (paint, []vg.Length) {
	return runPaints[i%len(runPaints)], courseDashes[i/len(runPaints)%len(courseDashes)]
}

// axisScale says how the y axis of a panel goes.
type axisScale struct {
	top float64 // at least; 0: as far as the values go
	log bool    // logarithmic where the values differ tenfold
}

// drawRuns draws one quantity of all runs.
func drawRuns(runs []TrainingRun, values func(*TrainingRun) []float64, scale axisScale, c draw.Canvas) {
	low, high, last := math.Inf(1), 0.0, 1.0
	p := newPlot("epoch", "")
	p.Add(gridLines(true), plotter(baseline))
	for i := range runs {
		x, y := measured(runs[i].Epochs, values(&runs[i]))
		if len(x) == 0 {
			continue
		}
		low, high, last = min(low, slices.Min(y)), max(high, slices.Max(y)), max(last, x[len(x)-1])
		color, dashes := runStyle(i)
		p.Add(curve{color, dashes, x, y})
		if len(x) <= 40 {
			p.Add(discs(color, x, y))
		}
	}
	if math.IsInf(low, 1) {
		note(c, "not measured")
		return
	}
	p.X.Min, p.X.Max = 0, last
	p.X.Tick.Marker = plot.ConstantTicks(countTicks(last))
	scale.apply(p, low, high)
	p.Draw(c)
}

// measured leaves out what is not a number.
func measured(x, y []float64) (xs, ys []float64) {
	for i, v := range y {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			xs, ys = append(xs, x[i]), append(ys, v)
		}
	}
	return xs, ys
}

// apply sets the y axis for values from low to high.
func (s axisScale) apply(p *plot.Plot, low, high float64) {
	if s.log && low > 0 && high > 10*low {
		p.Y.Min, p.Y.Max = low/1.1, high*1.1
		p.Y.Scale = plot.LogScale{}
		p.Y.Tick.Marker = plot.ConstantTicks(logTicks(p.Y.Min, p.Y.Max))
		return
	}
	if high = max(high, s.top); high == 0 {
		high = 1
	}
	p.Y.Min, p.Y.Max = 0, high*1.05
	p.Y.Tick.Marker = plot.ConstantTicks(realTicks(high))
}

// realTicks returns about five marks at round numbers from 0 on.
func realTicks(high float64) []plot.Tick {
	power := math.Pow(10, math.Floor(math.Log10(high/5)))
	step := 10 * power
	for _, s := range []float64{1, 2, 5} {
		if s*power >= high/5*(1-1e-9) {
			step = s * power
			break
		}
	}
	var ticks []plot.Tick
	for i := 0; float64(i)*step <= high*(1+1e-9); i++ {
		v := float64(i) * step
		ticks = append(ticks, plot.Tick{Value: v, Label: short(v)})
	}
	return ticks
}

// greatest returns the greatest number in x, 0 if there is none above.
func greatest(x []float64) (most float64) {
	for _, v := range x {
		if v > most { // not so for NaN
			most = v
		}
	}
	return most
}

// discs marks the points of a curve.
func discs(color paint, x, y []float64) plotter {
	return func(c draw.Canvas, p *plot.Plot) {
		c.SetColor(color)
		for i := range x {
			c.Fill(disc(c.X(p.X.Norm(x[i])), c.Y(p.Y.Norm(y[i])), px(2)))
		}
	}
}
