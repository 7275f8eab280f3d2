package charts

import (
	"io"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Schedules are the numbers behind the picture of how class weights move during
// a training. All slices but Weighted and Courses have the length of At.
type Schedules struct {
	Epochs   float64   // of the training
	Name     string    // of the schedule that the left panel shows
	Deferred int       // epochs that it defers
	At       []float64 // epochs, ascending from 0
	Rate     []float64 // the learning rate, from 1 to 0
	Weighted []Weighted
	Class    string  // whose weight the courses show
	Weight   float64 // of Courses, when they have their full weight
	Courses  []Course
}

// Weighted is the weight of a class and its course under the schedule.
type Weighted struct {
	Name      string
	Weight    float64
	Scheduled []float64
}

// Course is the course of one weight under a schedule.
type Course struct {
	Name    string
	Weights []float64
}

// Colours of the class weights, from the largest on, and of the courses.
var (
	weightPaints = []paint{
		{"weight0", 0x7b3f9e, 0xb58ad1}, {"weight1", 0xc8372d, 0xe87e75}, {"weight2", 0x2f8a4c, 0x6cc089},
		{"weight3", 0xd9a400, 0xf0c94d}, {"weight4", 0x2f6299, 0x76a6cc},
	}
	// Solid, dotted, dashed and dash-dotted, in pixels.
	courseDashes = [][]vg.Length{nil, {px(2), px(4)}, {px(8), px(5)}, {px(10), px(4), px(2), px(4)}}
)

const schedulesWidth, schedulesHeight = 1120.0, 460.0

// WriteSchedules draws two panels side by side, in one of Formats: the learning
// rate times each weight, with the schedule (solid) and without (dashed), and
// the courses. It returns the errors of w.
func WriteSchedules(w io.Writer, format string, d *Schedules) error {
	return write(w, format, schedulesWidth, schedulesHeight, func(c draw.Canvas) {
		c = inset(c, margin)
		const gap = 32
		half := (c.Max.X - c.Min.X - px(gap)) / 2
		left, right := draw.Crop(c, 0, -half-px(gap), 0, 0), draw.Crop(c, half+px(gap), 0, 0, 0)
		drawWeighted(d, titled(left, "Learning rate × class weight"))
		drawCourses(d, titled(right, "Schedules of "+fit(bold(style(titleSize, ink)), d.Class, px(220))+", whose weight is "+number(d.Weight)))
	})
}

// titled draws a title and returns the canvas below it.
func titled(c draw.Canvas, title string) draw.Canvas {
	s := aligned(bold(style(titleSize, ink)), text.XLeft, text.YTop)
	c.FillText(s, vg.Point{X: c.Min.X, Y: c.Max.Y}, title)
	c.Max.Y -= px(titleSize + 8)
	return c
}

// curve is a line through points.
type curve struct {
	color  paint
	dashes []vg.Length
	x, y   []float64
}

// Plot is part of plot.Plotter.
func (l curve) Plot(c draw.Canvas, p *plot.Plot) {
	points := make([]vg.Point, len(l.x))
	for i := range l.x {
		points[i] = vg.Point{X: c.X(p.X.Norm(l.x[i])), Y: c.Y(p.Y.Norm(l.y[i]))}
	}
	c.StrokeLines(draw.LineStyle{Color: l.color, Width: px(1.75), Dashes: l.dashes}, points)
}

// drawWeighted is the paper's figure 1.
func drawWeighted(d *Schedules, c draw.Canvas) {
	p := epochPlot(d, "learning rate × class weight")
	var entries []entry
	for i, w := range d.Weighted {
		color := weightPaints[i%len(weightPaints)]
		scheduled, constant := make([]float64, len(d.At)), make([]float64, len(d.At))
		for k, rate := range d.Rate {
			scheduled[k], constant[k] = rate*w.Scheduled[k], rate*w.Weight
			p.Y.Max = max(p.Y.Max, scheduled[k], constant[k])
		}
		p.Add(curve{color, courseDashes[2], d.At, constant}, curve{color, nil, d.At, scheduled})
		entries = append(entries, entry{color: color, line: true, words: fit(style(textSize, muted), w.Name, px(110)) + " " + number(w.Weight)})
	}
	words := "solid: " + d.Name
	if d.Deferred > 0 && (d.Name == "deferred" || d.Name == "deferred-linear") {
		words += ", " + strconv.Itoa(d.Deferred) + " epochs deferred"
	}
	entries = append(entries, entry{color: paper, words: words + "; dashed: no schedule"})
	c = legend(c, entries...)
	p.Y.Max = max(p.Y.Max, 0.5)
	finish(p, c)
}

// drawCourses is the paper's figure 2.
func drawCourses(d *Schedules, c draw.Canvas) {
	p := epochPlot(d, "class weight")
	p.Y.Min, p.Y.Max = 1, 1
	var names []dashedEntry
	for i, course := range d.Courses {
		dashes := courseDashes[i%len(courseDashes)]
		for _, w := range course.Weights {
			p.Y.Min, p.Y.Max = min(p.Y.Min, w), max(p.Y.Max, w)
		}
		p.Add(curve{weightPaints[i%len(weightPaints)], dashes, d.At, course.Weights})
		names = append(names, dashedEntry{weightPaints[i%len(weightPaints)], dashes, course.Name})
	}
	c = dashedLegend(c, names)
	p.Y.Min -= (p.Y.Max - p.Y.Min) / 20
	finish(p, c)
}

func epochPlot(d *Schedules, label string) *plot.Plot {
	p := newPlot("epoch", label)
	p.X.Min, p.X.Max = 0, max(d.Epochs-1, 1)
	p.Y.Min, p.Y.Max = 0, 0
	p.X.Tick.Marker = plot.ConstantTicks(countTicks(p.X.Max))
	p.Add(gridLines(true), plotter(baseline))
	return p
}

// finish draws a plot with some room above the curves, and about five marks.
func finish(p *plot.Plot, c draw.Canvas) {
	p.Y.Max += (p.Y.Max - p.Y.Min) / 20
	step, places := fineStep((p.Y.Max - p.Y.Min) / 5)
	var ticks []plot.Tick
	first := math.Ceil(p.Y.Min/step) + 0 // −0, which has a sign, becomes 0
	for i := first; i*step <= p.Y.Max; i++ {
		ticks = append(ticks, plot.Tick{Value: i * step, Label: strconv.FormatFloat(i*step, 'f', places, 64)})
	}
	p.Y.Tick.Marker = plot.ConstantTicks(ticks)
	p.Draw(c)
}

// dashedEntry explains a line by its dashes.
type dashedEntry struct {
	color  paint
	dashes []vg.Length
	words  string
}

// dashedLegend draws the entries in a row at the top of the canvas, and returns
// the rest of it.
func dashedLegend(c draw.Canvas, entries []dashedEntry) draw.Canvas {
	const sample, gap, lineHeight = 30, 5, 17
	s := aligned(style(textSize, muted), text.XLeft, text.YCenter)
	x, y := c.Min.X, c.Max.Y-px(lineHeight/2)
	for _, e := range entries {
		width := px(sample+gap) + s.Width(e.words)
		if x > c.Min.X && x+width > c.Max.X {
			x, y = c.Min.X, y-px(lineHeight)
		}
		c.StrokeLine2(draw.LineStyle{Color: e.color, Width: px(2), Dashes: e.dashes}, x, y, x+px(sample), y)
		c.FillText(s, vg.Point{X: x + px(sample+gap), Y: y}, e.words)
		x += width + px(3*gap)
	}
	c.Max.Y = y - px(math.Floor(lineHeight/2)+6)
	return c
}
