package charts

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Limits of COCO's sizes in square pixels, as exponents of two.
var sizeLimits = []struct {
	exponent float64
	words    string
}{{2 * math.Log2(32), "area 32²"}, {2 * math.Log2(96), "area 96²"}}

// drawBoxes draws the boxes by width and height, both on logarithmic axes.
func drawBoxes(d *Data, c draw.Canvas) {
	low, high, most := d.Boxes.extent()
	if most == 0 {
		note(c, "no boxes")
		return
	}
	var marks [len(heat)][]paintedCell
	step := d.Boxes.Step
	for y, row := range d.Boxes.Cells {
		for x, n := range row {
			if n > 0 {
				color := heatOf(n, most)
				marks[color] = append(marks[color], paintedCell{d.Boxes.Low + float64(x)*step, d.Boxes.Low + float64(y)*step, step})
			}
		}
	}
	p := newPlot("width, pixels", "height, pixels")
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Min, a.Max = low, high
		a.Tick.Marker = plot.ConstantTicks(octaveTicks(low, high))
	}
	p.Add(gridLines(true), cells(&marks), plotter(drawSizeLimits))
	p.Draw(scale(c, most, "box in a cell", "boxes in a cell"))
}

// extent returns the exponents around the cells that hold boxes, the same for
// both sides, and the most boxes in a cell.
func (g *Grid) extent() (low, high float64, most int64) {
	first, last := math.MaxInt, -1
	for y, row := range g.Cells {
		for x, n := range row {
			if n > 0 {
				first, last, most = min(first, x, y), max(last, x, y), max(most, n)
			}
		}
	}
	return g.Low + float64(first-1)*g.Step, g.Low + float64(last+2)*g.Step, most
}

// octaveTicks returns marks at powers of two, at most six.
func octaveTicks(low, high float64) []plot.Tick {
	step := max(1, math.Ceil((high-low)/6))
	var ticks []plot.Tick
	for e := math.Ceil(low/step) * step; e <= high; e += step {
		ticks = append(ticks, plot.Tick{Value: e, Label: short(math.Exp2(e))})
	}
	return ticks
}

// drawSizeLimits draws the lines w·h = 32² and 96², between COCO's small,
// medium and large boxes.
func drawSizeLimits(c draw.Canvas, p *plot.Plot) {
	line := draw.LineStyle{Color: muted, Width: px(1), Dashes: []vg.Length{px(4), px(3)}}
	for _, l := range sizeLimits {
		// x + y = exponent, from the upper or left edge to the lower or right one.
		x0, x1 := max(p.X.Min, l.exponent-p.Y.Max), min(p.X.Max, l.exponent-p.Y.Min)
		if x0 >= x1 {
			continue
		}
		from := vg.Point{X: c.X(p.X.Norm(x0)), Y: c.Y(p.Y.Norm(l.exponent - x0))}
		to := vg.Point{X: c.X(p.X.Norm(x1)), Y: c.Y(p.Y.Norm(l.exponent - x1))}
		c.StrokeLine2(line, from.X, from.Y, to.X, to.Y)
		s := aligned(style(smallSize, muted), text.XLeft, text.YBottom)
		place := from.Add(vg.Point{X: px(4), Y: -px(1)})
		if x0 > p.X.Min { // the line starts at the upper edge: below it, beside the line
			s.YAlign, place = text.YTop, from.Add(vg.Point{X: px(smallSize + 4), Y: -px(2)})
		}
		c.FillText(s, place, l.words)
	}
}
