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

// Curves are the numbers behind the picture of how good a detector is. All but
// Instances are in [0, 1], scores apart; NaN leaves a gap.
type Curves struct {
	Title string // heads the picture

	Recall    []float64 // R thresholds, ascending: the x axis of Precision and Groups
	Precision []Line    // of all classes, by IoU threshold; R values each
	Groups    []Line    // of groups of classes, from head to tail; may be empty

	IoU     float64   // of what follows
	Scores  []float64 // S thresholds, falling: the x axis of ByScore and GroupF1
	ByScore ScoreCurve
	GroupF1 []Line  // S values each
	Best    float64 // the score with the largest F1; NaN: none

	Classes []ClassScore
}

// Line is a named curve.
type Line struct {
	Name   string
	Values []float64
}

// ScoreCurve is what detections of at least each score reach, S values each.
type ScoreCurve struct{ Precision, Recall, F1 []float64 }

// ClassScore is a class with objects.
type ClassScore struct {
	Name      string
	Instances int64
	AP        float64
	Tail      bool
}

const curvesWidth, curvesHeight = 1120.0, 900.0

// WriteCurves draws four panels, in one of Formats: precision by recall, of all
// classes and of the groups, what each score threshold reaches, and AP by the
// size of the class. It returns the errors of w.
func WriteCurves(w io.Writer, format string, d *Curves) error {
	return write(w, format, curvesWidth, curvesHeight, func(c draw.Canvas) {
		c = inset(c, margin)
		if d.Title != "" {
			s := bold(style(sheetTitleSize, ink))
			c.FillText(aligned(s, text.XLeft, text.YTop), vg.Point{X: c.Min.X, Y: c.Max.Y}, fit(s, d.Title, c.Max.X-c.Min.X))
			c.Max.Y -= px(sheetTitleSize + 14)
		}
		const gap = 32
		half, low := (c.Max.X-c.Min.X-px(gap))/2, (c.Max.Y-c.Min.Y-px(gap))/2
		panel := func(column, row vg.Length, title string) draw.Canvas {
			left, up := column*(half+px(gap)), (1-row)*(low+px(gap))
			return titled(draw.Crop(c, left, -(1-column)*(half+px(gap)), up, -row*(low+px(gap))), title)
		}
		drawPrecision(d, panel(0, 0, "Precision by recall, mean of the classes"))
		drawGroups(d, panel(1, 0, "Precision by recall, by group, mean of the IoU thresholds"))
		drawByScore(d, panel(0, 1, "By score threshold, mean of the classes at IoU "+strconv.FormatFloat(d.IoU, 'f', 2, 64)))
		drawClassScores(d, panel(1, 1, "AP of the classes by their objects"))
	})
}

// unitPlot returns a plot of numbers from 0 to 1.
func unitPlot(xLabel, yLabel string, low, high float64) *plot.Plot {
	p := newPlot(xLabel, yLabel)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = low, high, 0, 1
	p.X.Tick.Marker = plot.ConstantTicks(fifths(low, high))
	p.Y.Tick.Marker = plot.ConstantTicks(fifths(0, 1))
	p.Add(gridLines(true), plotter(baseline))
	return p
}

// fifths returns six marks.
func fifths(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for i := range 6 {
		v := low + (high-low)*float64(i)/5
		ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'g', 3, 64)})
	}
	return ticks
}

// addLine adds a curve, in pieces where it has gaps.
func addLine(p *plot.Plot, color paint, dashes []vg.Length, x, y []float64) {
	from := 0
	for i := 0; i <= len(y); i++ {
		if i < len(y) && !math.IsNaN(y[i]) {
			continue
		}
		if i-from > 1 {
			p.Add(curve{color, dashes, x[from:i], y[from:i]})
		}
		from = i + 1
	}
}

func drawPrecision(d *Curves, c draw.Canvas) {
	p := unitPlot("recall", "precision", 0, 1)
	names := addLines(p, d.Recall, d.Precision)
	p.Draw(dashedLegend(c, names))
}

func drawGroups(d *Curves, c draw.Canvas) {
	if len(d.Groups) == 0 {
		note(c, "no groups of classes")
		return
	}
	p := unitPlot("recall", "precision", 0, 1)
	names := addLines(p, d.Recall, d.Groups)
	p.Draw(dashedLegend(c, names))
}

// groupPaint is the colour of the i-th of some groups: the head's and the
// tail's as elsewhere, others between.
func groupPaint(i, groups int) paint {
	switch {
	case i == 0:
		return head
	case i == groups-1:
		return tail
	}
	return weightPaints[(i-1)%len(weightPaints)]
}

// addLines adds curves of a colour each and returns their legend.
func addLines(p *plot.Plot, x []float64, lines []Line) []dashedEntry {
	var names []dashedEntry
	for i, line := range lines {
		color, dashes := groupPaint(i, len(lines)), courseDashes[i%len(courseDashes)]
		addLine(p, color, dashes, x, line.Values)
		names = append(names, dashedEntry{color, dashes, line.Name})
	}
	return names
}

// drawByScore draws what thresholds from the lowest to the highest reach.
func drawByScore(d *Curves, c draw.Canvas) {
	if len(d.Scores) == 0 {
		note(c, "no detections")
		return
	}
	p := unitPlot("score from which detections count", "", d.Scores[len(d.Scores)-1], d.Scores[0])
	lines := []Line{{"precision", d.ByScore.Precision}, {"recall", d.ByScore.Recall}, {"F1", d.ByScore.F1}}
	var names []dashedEntry
	for i, color := range []paint{head, tail, weightPaints[1]} {
		addLine(p, color, courseDashes[i], d.Scores, lines[i].Values)
		names = append(names, dashedEntry{color, courseDashes[i], lines[i].Name})
	}
	for i, line := range d.GroupF1 {
		if len(d.GroupF1) > 1 {
			color := weightPaints[(i+2)%len(weightPaints)]
			addLine(p, color, courseDashes[3], d.Scores, line.Values)
			names = append(names, dashedEntry{color, courseDashes[3], "F1, " + line.Name})
		}
	}
	if !math.IsNaN(d.Best) {
		p.Add(plotter(func(c draw.Canvas, p *plot.Plot) {
			x := c.X(p.X.Norm(d.Best))
			c.StrokeLine2(draw.LineStyle{Color: muted, Width: px(1), Dashes: courseDashes[1]}, x, c.Min.Y, x, c.Max.Y)
			s := aligned(style(smallSize, muted), text.XLeft, text.YTop)
			words := "best F1 at " + strconv.FormatFloat(d.Best, 'f', 2, 64)
			if width := s.Width(words); x+px(4)+width > c.Max.X {
				x -= width + px(8)
			}
			c.FillText(s, vg.Point{X: x + px(4), Y: c.Max.Y - px(2)}, words)
		}))
	}
	p.Draw(dashedLegend(c, names))
}

// drawClassScores draws a point for each class.
func drawClassScores(d *Curves, c draw.Canvas) {
	if len(d.Classes) == 0 {
		note(c, "no classes with objects")
		return
	}
	low, high, tails := math.Inf(1), 0.0, 0
	for _, k := range d.Classes {
		low, high = min(low, float64(k.Instances)), max(high, float64(k.Instances))
		if k.Tail {
			tails++
		}
	}
	high = max(high, 2*low)
	p := unitPlot("objects of the class", "AP", low/1.2, high*1.2)
	p.X.Scale = plot.LogScale{}
	p.X.Tick.Marker = plot.ConstantTicks(logTicks(low/1.2, high*1.2))
	for _, of := range []bool{false, true} {
		p.Add(plotter(func(c draw.Canvas, p *plot.Plot) {
			for _, k := range d.Classes {
				if k.Tail != of || math.IsNaN(k.AP) {
					continue
				}
				c.SetColor(head)
				if k.Tail {
					c.SetColor(tail)
				}
				c.Fill(disc(c.X(p.X.Norm(float64(k.Instances))), c.Y(p.Y.Norm(k.AP)), px(3.2)))
			}
		}))
	}
	p.Add(plotter(func(c draw.Canvas, p *plot.Plot) { nameDots(c, p, d.Classes) }))
	if tails > 0 {
		c = legend(c, entry{color: head, words: "head"}, entry{color: tail, words: "tail"})
	}
	p.Draw(c)
}

// disc is a circle.
func disc(x, y, radius vg.Length) vg.Path {
	var path vg.Path
	path.Move(vg.Point{X: x + radius, Y: y})
	path.Arc(vg.Point{X: x, Y: y}, radius, 0, 2*math.Pi)
	path.Close()
	return path
}
