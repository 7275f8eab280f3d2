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

// maxBars is the most bars of the histogram, negativeAt the place of the bar
// for images without objects; the others stand at 0, 1, 2, …
const maxBars, negativeAt = 30, -1.2

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
	var full, none []bar
	for i, n := range h.bars {
		p.Y.Max = max(p.Y.Max, float64(n)*1.15)
		full = append(full, bar{float64(i), 0.86, float64(n)})
	}
	entries := []entry{{color: head, words: textable.Integer(int64(len(d.Objects))-h.negative) + " with objects"}}
	if h.negative > 0 {
		p.X.Min = -1.75
		p.Y.Max = max(p.Y.Max, float64(h.negative)*1.15)
		none = []bar{{negativeAt, 0.86, float64(h.negative)}}
		entries = append(entries, entry{color: empty, words: textable.Integer(h.negative) + " without objects"})
	}
	p.X.Tick.Marker = plot.ConstantTicks(h.ticks())
	p.Y.Tick.Marker = plot.ConstantTicks(countTicks(p.Y.Max))
	p.Add(gridLines(false), bars(head, full), bars(empty, none), plotter(baseline), plotter(h.drawMedian))
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
func (h *histogram) ticks() []plot.Tick {
	var ticks []plot.Tick
	if h.negative > 0 {
		ticks = append(ticks, plot.Tick{Value: negativeAt, Label: "0"})
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
		case h.step > 1 && i%every == 0 && (!h.more || last-i >= max(2, every*2/3)):
			ticks = append(ticks, plot.Tick{Value: float64(i), Label: fmt.Sprintf("%d–%d", from, to)})
		}
	}
	return ticks
}

// drawMedian marks the median of all images, above the bar that it lies in.
func (h *histogram) drawMedian(c draw.Canvas, p *plot.Plot) {
	at, below := float64(negativeAt), h.negative
	if h.median > 0 {
		middle := float64(h.step+1) / 2 // of the numbers of the first bar
		at = min(max((h.median-middle)/float64(h.step), -0.5), float64(len(h.bars)-1))
		below = h.bars[int(math.Round(max(at, 0)))]
	}
	x, y := c.X(p.X.Norm(at)), c.Y(p.Y.Norm(float64(below)))+px(2)
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: px(1), Dashes: []vg.Length{px(3), px(2)}}, x, y, x, c.Max.Y)
	s, words := aligned(style(smallSize, ink), text.XLeft, text.YTop), "median "+short(h.median)
	place := vg.Point{X: x + px(5), Y: c.Max.Y}
	if place.X+s.Width(words) > c.Max.X {
		s.XAlign, place.X = text.XRight, x-px(5)
	}
	c.FillText(s, place, words)
}
