package charts

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// newPlot returns a plot whose axes are words alone; baseline and gridLines draw
// lines.
func newPlot(xLabel, yLabel string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Padding = 0
		a.LineStyle = draw.LineStyle{}
		a.Tick.LineStyle = draw.LineStyle{}
		a.Tick.Length = 0
		a.Label.Padding = px(5)
	}
	p.X.Padding = px(6)
	p.X.Tick.Label = aligned(style(smallSize, muted), text.XCenter, text.YTop)
	p.Y.Tick.Label = aligned(style(smallSize, muted), text.XRight, text.YCenter)
	p.X.Label.TextStyle = aligned(style(textSize, muted), text.XCenter, text.YBottom)
	p.Y.Label.TextStyle = aligned(style(textSize, muted), text.XCenter, text.YBottom)
	p.X.Label.Text, p.Y.Label.Text = xLabel, yLabel
	return p
}

// sideways turns the words at the x axis to run upwards.
func sideways(a *plot.Axis) {
	a.Tick.Label.Rotation = math.Pi / 2
	a.Tick.Label.XAlign, a.Tick.Label.YAlign = text.XRight, text.YCenter
}

// plotter is a plot.Plotter made of a function.
type plotter func(c draw.Canvas, p *plot.Plot)

func (f plotter) Plot(c draw.Canvas, p *plot.Plot) { f(c, p) }

// gridLines draws a line at each mark of the y axis, and of the x axis if both
// is set.
func gridLines(both bool) plotter {
	return func(c draw.Canvas, p *plot.Plot) {
		line := draw.LineStyle{Color: grid, Width: px(1)}
		for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
			if y := c.Y(p.Y.Norm(t.Value)); !t.IsMinor() && c.ContainsY(y) {
				c.StrokeLine2(line, c.Min.X, y, c.Max.X, y)
			}
		}
		for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
			if x := c.X(p.X.Norm(t.Value)); both && !t.IsMinor() && c.ContainsX(x) {
				c.StrokeLine2(line, x, c.Min.Y, x, c.Max.Y)
			}
		}
	}
}

// baseline draws the line that bars stand on.
func baseline(c draw.Canvas, _ *plot.Plot) {
	c.StrokeLine2(draw.LineStyle{Color: empty, Width: px(1)}, c.Min.X, c.Min.Y, c.Max.X, c.Min.Y)
}

// bar is a bar on the x axis, by its middle, its width and its height.
type bar struct{ at, width, height float64 }

func bars(color paint, all []bar) plotter {
	return func(c draw.Canvas, p *plot.Plot) {
		var path vg.Path
		for _, b := range all {
			left, right := c.X(p.X.Norm(b.at-b.width/2)), c.X(p.X.Norm(b.at+b.width/2))
			if top := c.Y(p.Y.Norm(b.height)); top > c.Min.Y {
				path = append(path, box(left, c.Min.Y, right-left, top-c.Min.Y)...)
			}
		}
		if len(path) > 0 {
			c.SetColor(color)
			c.Fill(path)
		}
	}
}

// paintedCell is a square by its lower left corner.
type paintedCell struct{ x, y, size float64 }

// cells fills squares, grouped by their colour in heat.
func cells(marks *[len(heat)][]paintedCell) plotter {
	return func(c draw.Canvas, p *plot.Plot) {
		for color, group := range marks {
			var path vg.Path
			for _, m := range group {
				left, right := c.X(p.X.Norm(m.x)), c.X(p.X.Norm(m.x+m.size))
				bottom, top := c.Y(p.Y.Norm(m.y)), c.Y(p.Y.Norm(m.y+m.size))
				gap := min(px(1), (right-left)/8)
				path = append(path, box(left+gap/2, bottom+gap/2, right-left-gap, top-bottom-gap)...)
			}
			if len(path) > 0 {
				c.SetColor(heat[color])
				c.Fill(path)
			}
		}
	}
}

// logTicks returns marks at powers of ten, at most nine, and at 2 and 5 times
// these where there would be less than three.
func logTicks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	steps := []float64{1}
	decades := math.Log10(high / low)
	if decades < 2.2 {
		steps = []float64{1, 2, 5}
	}
	every := max(1, math.Ceil(decades/8))
	for e := math.Floor(math.Log10(low)/every) * every; e <= math.Log10(high); e += every {
		for _, s := range steps {
			if v := s * math.Pow(10, e); v >= low*(1-1e-9) && v <= high*(1+1e-9) {
				ticks = append(ticks, plot.Tick{Value: v, Label: short(v)})
			}
		}
	}
	return ticks
}

// countTicks returns about five marks at round whole numbers from 0 on.
func countTicks(high float64) []plot.Tick {
	step := roundStep(high / 5)
	var ticks []plot.Tick
	for v := 0.0; v <= high*(1+1e-9); v += step {
		ticks = append(ticks, plot.Tick{Value: v, Label: short(v)})
	}
	return ticks
}

// roundStep returns the least of 1, 2, 5, 10, 20, … that is at least step.
func roundStep(step float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(max(step, 1))))
	for _, s := range []float64{1, 2, 5} {
		if s*power >= step {
			return s * power
		}
	}
	return 10 * power
}

// fineStep returns the least of …, 0.1, 0.2, 0.5, 1, 2, 5, … that is at least step,
// and how many decimals show it.
func fineStep(step float64) (round float64, places int) {
	exponent := math.Floor(math.Log10(max(step, 1e-6)))
	power := math.Pow(10, exponent)
	round = 10 * power
	for _, s := range []float64{5, 2, 1} {
		if s*power >= step*(1-1e-9) {
			round = s * power
		}
	}
	return round, max(0, int(-math.Floor(math.Log10(round)+1e-9)))
}
