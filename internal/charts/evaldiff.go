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

// Differences are the numbers behind the picture of two detectors, A and B.
type Differences struct {
	Title  string    // heads the picture
	Recall []float64 // R thresholds, ascending
	A, B   []Line    // precision at each recall, by IoU threshold: the same names; R values each
	Rows   []Difference
}

// Difference is that of an AP, B − A, with its interval.
type Difference struct {
	Name             string
	Value, Low, High float64
	Clear            bool // the interval excludes 0
}

// WriteDifferences draws precision by recall of both detectors, and the
// differences below each other with their intervals, in one of Formats. It
// returns the errors of w.
func WriteDifferences(w io.Writer, format string, d *Differences) error {
	const rowHeight, least = 17, 420
	height := math.Max(least, float64(len(d.Rows))*rowHeight+150)
	return write(w, format, curvesWidth, height, func(c draw.Canvas) {
		c = inset(c, margin)
		s := bold(style(sheetTitleSize, ink))
		c.FillText(aligned(s, text.XLeft, text.YTop), vg.Point{X: c.Min.X, Y: c.Max.Y}, fit(s, d.Title, c.Max.X-c.Min.X))
		c.Max.Y -= px(sheetTitleSize + 14)
		const gap = 32
		half := (c.Max.X - c.Min.X - px(gap)) / 2
		left, right := draw.Crop(c, 0, -half-px(gap), 0, 0), draw.Crop(c, half+px(gap), 0, 0, 0)
		left.Min.Y = max(left.Min.Y, left.Max.Y-px(least))
		drawBoth(d, titled(left, "Precision by recall, mean of the classes"))
		drawDifferences(d, titled(right, "Difference of AP, B − A"))
	})
}

// drawBoth draws the curves of A dashed and those of B solid.
func drawBoth(d *Differences, c draw.Canvas) {
	p := unitPlot("recall", "precision", 0, 1)
	var names []dashedEntry
	for i := range d.A {
		color := groupPaint(i, len(d.A))
		addLine(p, color, courseDashes[2], d.Recall, d.A[i].Values)
		addLine(p, color, nil, d.Recall, d.B[i].Values)
		names = append(names, dashedEntry{color, courseDashes[2], "A, " + d.A[i].Name}, dashedEntry{color, nil, "B, " + d.B[i].Name})
	}
	p.Draw(dashedLegend(c, names))
}

// drawDifferences draws a row for each difference, the first at the top.
func drawDifferences(d *Differences, c draw.Canvas) {
	if len(d.Rows) == 0 {
		note(c, "no classes with objects")
		return
	}
	reach := 0.0
	for _, r := range d.Rows {
		for _, v := range []float64{r.Value, r.Low, r.High} {
			if !math.IsNaN(v) {
				reach = max(reach, math.Abs(v))
			}
		}
	}
	p := newPlot("AP", "")
	step := roundStep(max(reach, 0.001)*1000/3) / 1000
	reach = math.Ceil(reach/step+1e-9) * step
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -reach, reach, 0, float64(len(d.Rows))
	var ticks, names []plot.Tick
	each := math.Round(reach / step)
	for i := -each; i <= each; i++ {
		ticks = append(ticks, plot.Tick{Value: i * step, Label: strconv.FormatFloat(math.Round(i*step*1e6)/1e6, 'g', 3, 64)})
	}
	nameStyle := style(smallSize, muted)
	for i, r := range d.Rows {
		names = append(names, plot.Tick{Value: float64(len(d.Rows)-i) - 0.5, Label: fit(nameStyle, r.Name, px(150))})
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.ConstantTicks(ticks), plot.ConstantTicks(names)
	p.Add(plotter(func(c draw.Canvas, p *plot.Plot) {
		for _, t := range ticks {
			color := grid
			if math.Abs(t.Value) < step/2 {
				color = muted
			}
			x := c.X(p.X.Norm(t.Value))
			c.StrokeLine2(draw.LineStyle{Color: color, Width: px(1)}, x, c.Min.Y, x, c.Max.Y)
		}
		for i, r := range d.Rows {
			drawDifference(c, p, r, float64(len(d.Rows)-i)-0.5)
		}
	}))
	c = legend(c, entry{color: head, words: "interval without 0"}, entry{color: empty, words: "with 0"})
	p.Draw(c)
}

func drawDifference(c draw.Canvas, p *plot.Plot, r Difference, at float64) {
	color := empty
	if r.Clear {
		color = head
	}
	y := c.Y(p.Y.Norm(at))
	if !math.IsNaN(r.Low) && !math.IsNaN(r.High) {
		c.StrokeLine2(draw.LineStyle{Color: color, Width: px(2)}, c.X(p.X.Norm(r.Low)), y, c.X(p.X.Norm(r.High)), y)
	}
	if !math.IsNaN(r.Value) {
		c.SetColor(color)
		c.Fill(disc(c.X(p.X.Norm(r.Value)), y, px(3.5)))
	}
}
