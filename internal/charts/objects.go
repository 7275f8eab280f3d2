package charts

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"cocostat/internal/textable"
)

// maxBars is the most bars of the histogram.
const maxBars = 30

// drawObjects draws how many images hold how many objects: images without any,
// then bars of equally many numbers up to what 99 of 100 images hold, and one
// bar for all above.
func drawObjects(d *Data, c draw.Canvas) {
	if len(d.Objects) == 0 {
		note(c, "no images")
		return
	}
	h := newHistogram(d.Objects)
	p := newPlot("objects", "images")
	p.X.Min, p.X.Max = -1, float64(len(h.bars))
	p.Y.Min, p.Y.Max = 0, 1
	var full []bar
	for i, n := range h.bars {
		p.Y.Max = max(p.Y.Max, float64(n)*1.08)
		full = append(full, bar{float64(i), 0.86, float64(n)})
	}
	negative := []bar{{-0.5, 0, 0}}
	entries := []entry{{color: head, words: "median " + short(h.median)}}
	if h.negative > 0 {
		p.X.Min = -1.75
		p.Y.Max = max(p.Y.Max, float64(h.negative)*1.08)
		negative[0] = bar{-1.2, 0.86, float64(h.negative)}
		entries = append(entries, entry{color: empty, words: textable.Integer(h.negative) + " without objects"})
	}
	p.X.Tick.Marker = plot.ConstantTicks(h.ticks(p.X.Min))
	p.Y.Tick.Marker = plot.ConstantTicks(countTicks(p.Y.Max))
	p.Add(gridLines(false), bars(head, full), bars(empty, negative))
	p.Draw(legend(c, entries...))
}

// histogram counts images by their objects. bars[i] holds those with
// 1+i·step … (i+1)·step objects; the last bar, if more is set, all above.
type histogram struct {
	bars     []int64
	step     int
	more     bool
	negative int64 // images without objects
	median   float64
}

func newHistogram(objects []int32) *histogram {
	sorted := slices.Sorted(slices.Values(objects))
	n := len(sorted)
	h := &histogram{median: (float64(sorted[(n-1)/2]) + float64(sorted[n/2])) / 2}
	most, usual := int(sorted[n-1]), int(sorted[int(math.Ceil(0.99*float64(n)))-1])
	h.step = int(roundStep(float64(usual) / maxBars))
	count := (max(usual, 1) + h.step - 1) / h.step
	h.more = most > count*h.step
	if h.more {
		count++
	}
	h.bars = make([]int64, count)
	for _, n := range sorted {
		if n <= 0 {
			h.negative++
		} else {
			h.bars[min((int(n)-1)/h.step, count-1)]++
		}
	}
	return h
}

// ticks names some of the bars: by their number, or by their first and last.
func (h *histogram) ticks(low float64) []plot.Tick {
	var ticks []plot.Tick
	if h.negative > 0 {
		ticks = append(ticks, plot.Tick{Value: -1.2, Label: "0"})
	}
	last := len(h.bars) - 1
	every := max(1, int(roundStep(float64(len(h.bars))/6)))
	for i := range h.bars {
		from, to := 1+i*h.step, (i+1)*h.step
		switch {
		case i == last && h.more:
			ticks = append(ticks, plot.Tick{Value: float64(i), Label: fmt.Sprintf("≥ %d", from)})
		case h.step == 1 && (to%every == 0 || i == 0) && (!h.more || last-i >= max(2, every*2/3)):
			ticks = append(ticks, plot.Tick{Value: float64(i), Label: fmt.Sprint(to)})
		case h.step > 1 && (i+1)%every == 0 && (!h.more || last-i >= max(2, every*2/3)):
			ticks = append(ticks, plot.Tick{Value: float64(i), Label: fmt.Sprintf("%d–%d", from, to)})
		}
	}
	return ticks
}

// Limits of COCO's sizes in square pixels, as exponents of two.
var sizeLimits = []struct {
	exponent float64
	words    string
}{{2 * 5, "32²"}, {2 * 6.584962500721156, "96²"}}

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
	p.Draw(scale(c, most, "boxes in a cell"))
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
	s := aligned(style(smallSize, muted), text.XLeft, text.YBottom)
	for _, l := range sizeLimits {
		// x + y = exponent, from the upper or left edge to the lower or right one.
		x0, x1 := max(p.X.Min, l.exponent-p.Y.Max), min(p.X.Max, l.exponent-p.Y.Min)
		if x0 >= x1 {
			continue
		}
		from := vg.Point{X: c.X(p.X.Norm(x0)), Y: c.Y(p.Y.Norm(l.exponent - x0))}
		to := vg.Point{X: c.X(p.X.Norm(x1)), Y: c.Y(p.Y.Norm(l.exponent - x1))}
		c.StrokeLine2(line, from.X, from.Y, to.X, to.Y)
		c.FillText(s, from.Add(vg.Point{X: px(4), Y: -px(1)}), l.words)
	}
}
