package charts

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"cocostat/internal/textable"
)

// nameStep is the least distance of names written side by side, nameLength the
// most that one may take.
const nameStep, nameLength = 12, 96

// drawClasses draws a bar per class from frequent to rare on a logarithmic
// axis, and over them the weights with an axis of their own on the right.
// Classes without instances have no place there; the legend counts them.
func drawClasses(d *Data, c draw.Canvas) {
	all := d.byInstances()
	order := d.counted()
	if len(order) == 0 {
		note(c, "no instances")
		return
	}
	var groups [2][]bar // head, tail
	for i, class := range order {
		group := 0
		if d.inTail(class) {
			group = 1
		}
		groups[group] = append(groups[group], bar{float64(i), barWidth(c, len(order)), float64(d.Instances[class])})
	}
	most, least := float64(d.Instances[order[0]]), float64(d.Instances[order[len(order)-1]])

	p := newPlot("", "instances")
	p.X.Min, p.X.Max = -0.5, float64(len(order))-0.5
	p.Y.Scale = plot.LogScale{}
	p.Y.Min = 0.5 * math.Pow(10, math.Floor(math.Log10(least)))
	p.Y.Max = max(most*1.25, 10*p.Y.Min)
	p.Y.Tick.Marker = plot.ConstantTicks(logTicks(max(p.Y.Min, 1), p.Y.Max))
	p.Add(gridLines(false), bars(head, groups[0]), bars(tail, groups[1]), plotter(baseline))
	entries := d.groupEntries(all)
	if w := newWeights(d.Alpha, order, p.Y.Max/p.Y.Min); w != nil {
		p.Add(w)
		entries = append(entries, entry{color: ink, line: true, words: "weight α, right axis"})
	}
	if without := len(all) - len(order); without > 0 {
		entries = append(entries, entry{color: paper, words: "not shown: " + classCount(without) + " without instances"})
	}
	c = legend(c, entries...)
	d.nameClasses(p, c, order)
	p.Draw(c)
}

// groupEntries explains the colours of the head and the tail.
func (d *Data) groupEntries(classes []int) []entry {
	inTail := 0
	for _, class := range classes {
		if d.inTail(class) {
			inTail++
		}
	}
	entries := []entry{{color: head, words: "head, " + classCount(len(classes)-inTail)}}
	if inTail > 0 {
		entries = append(entries, entry{color: tail, words: "tail, " + classCount(inTail)})
	}
	return entries
}

func classCount(n int) string {
	if n == 1 {
		return "1 class"
	}
	return textable.Integer(n) + " classes"
}

// byInstances returns the classes from frequent to rare; equal ones keep their
// order.
func (d *Data) byInstances() []int {
	order := make([]int, len(d.Instances))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(d.Instances[b], d.Instances[a]) })
	return order
}

// counted returns those of byInstances that have any.
func (d *Data) counted() []int {
	order := d.byInstances()
	for len(order) > 0 && d.Instances[order[len(order)-1]] <= 0 {
		order = order[:len(order)-1]
	}
	return order
}

func (d *Data) inTail(class int) bool { return class < len(d.Tail) && d.Tail[class] }

// barWidth returns the width of bars as a share of their distance: with gaps
// where they would show, and no plumper than widest.
func barWidth(c draw.Canvas, bars int) float64 {
	const widest = 110 // pixels
	distance := (c.Max.X - c.Min.X).Points() / float64(bars)
	if distance < 4 {
		return 1
	}
	return min(0.82, widest/distance)
}

// nameClasses puts the names of the classes at the x axis: side by side if
// they fit, else upright, else those of every so many classes.
func (d *Data) nameClasses(p *plot.Plot, c draw.Canvas, order []int) {
	s := p.X.Tick.Label
	perClass := max(c.Max.X-c.Min.X-px(100), 1) / vg.Length(len(order))
	widest := vg.Length(0)
	for _, class := range order[:min(len(order), 40)] {
		widest = max(widest, s.Width(d.Names[class]))
	}
	every := 1
	if widest+px(8) > perClass {
		sideways(&p.X)
		every = max(1, int(math.Ceil(float64(px(nameStep)/perClass))))
	}
	if every > 1 {
		p.X.Label.Text = fmt.Sprintf("%s from frequent to rare, one in %d named", classCount(len(order)), every)
	}
	var ticks []plot.Tick
	for i := 0; i < len(order); i += every {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: fit(s, d.Names[order[i]], max(px(nameLength), perClass-px(8)))})
	}
	p.X.Tick.Marker = plot.ConstantTicks(ticks)
}

// weights draws α per class as a line, with an axis on the right. A decade is
// as long on it as on the left axis, so that slopes compare.
type weights struct {
	values    []float64 // by place on the x axis; NaN: none
	low, high float64
	ticks     []plot.Tick
}

// newWeights returns nil if no class has a weight. span is the quotient of the
// ends of the left axis.
func newWeights(alpha []float64, order []int, span float64) *weights {
	w := &weights{low: math.Inf(1), high: math.Inf(-1)}
	for _, class := range order {
		value := math.NaN()
		if class < len(alpha) && alpha[class] > leastWeight && alpha[class] < 1/leastWeight {
			value = alpha[class]
			w.low, w.high = min(w.low, value), max(w.high, value)
		}
		w.values = append(w.values, value)
	}
	if math.IsInf(w.low, 1) {
		return nil
	}
	middle := math.Sqrt(w.low * w.high)
	half := math.Sqrt(max(span, w.high/w.low*1.6))
	w.low, w.high = middle/half, middle*half
	w.ticks = logTicks(w.low, w.high)
	return w
}

// leastWeight and its inverse bound the weights that are drawn, so that their
// quotients are finite.
const leastWeight = 1e-100

// axisGap is the distance of the marks from the right axis in pixels.
const axisGap = 7

func (w *weights) style() text.Style {
	return aligned(style(smallSize, ink), text.XLeft, text.YCenter)
}

func (w *weights) labelsWidth() vg.Length {
	widest := vg.Length(0)
	for _, t := range w.ticks {
		widest = max(widest, w.style().Width(t.Label))
	}
	return widest
}

// Plot is part of plot.Plotter.
func (w *weights) Plot(c draw.Canvas, p *plot.Plot) {
	y := func(v float64) vg.Length { return c.Y(plot.LogScale{}.Normalize(w.low, w.high, v)) }
	for _, t := range w.ticks {
		c.FillText(w.style(), vg.Point{X: c.Max.X + px(axisGap), Y: y(t.Value)}, t.Label)
	}
	title := aligned(style(textSize, ink), text.XCenter, text.YTop)
	title.Rotation = math.Pi / 2
	c.FillText(title, vg.Point{X: c.Max.X + px(axisGap+2) + w.labelsWidth(), Y: c.Center().Y}, "weight α")

	var run []vg.Point
	for i, v := range w.values {
		if !math.IsNaN(v) {
			run = append(run, vg.Point{X: c.X(p.X.Norm(float64(i))), Y: y(v)})
		}
		if len(run) > 0 && (math.IsNaN(v) || i == len(w.values)-1) {
			w.stroke(c, run)
			run = nil
		}
	}
}

// stroke draws the line with a rim of paper, and its points where they are few.
func (w *weights) stroke(c draw.Canvas, run []vg.Point) {
	c.StrokeLines(draw.LineStyle{Color: paper, Width: px(4.5)}, run)
	c.StrokeLines(draw.LineStyle{Color: ink, Width: px(1.75)}, run)
	if len(run) > 1 && len(w.values) > 40 {
		return
	}
	for _, disc := range []struct {
		color  paint
		radius float64
	}{{paper, 4}, {ink, 2.75}} {
		var path vg.Path
		for _, at := range run {
			path.Move(at.Add(vg.Point{X: px(disc.radius)}))
			path.Arc(at, px(disc.radius), 0, 2*math.Pi)
			path.Close()
		}
		c.SetColor(disc.color)
		c.Fill(path)
	}
}

// GlyphBoxes is part of plot.GlyphBoxer: it keeps room for the right axis.
func (w *weights) GlyphBoxes(*plot.Plot) []plot.GlyphBox {
	width := px(axisGap+2) + w.labelsWidth() + style(textSize, muted).FontExtents().Height + px(2)
	return []plot.GlyphBox{{X: 1, Y: 0.5, Rectangle: vg.Rectangle{Max: vg.Point{X: width, Y: px(1)}}}}
}
