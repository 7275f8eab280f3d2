package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// The picture of the growth, in pixels: the area of the axes and its margins.
const (
	curveWidth, curveHeight = 460, 320
	curveLeft, curveRight   = 64, 280
	curveTop, curveBottom   = 20, 48
	curveImageWidth         = curveLeft + curveWidth + curveRight
	curveImageHeight        = curveTop + curveHeight + curveBottom
	curveText, curveGrid    = "#444", "#ddd"
)

// curveColours are those of cocostat and of growthPeers.
var curveColours = [...]string{"#c0392b", "#2c7fb8", "#7a8b3c", "#8e5ea2"}

// curveDashes tell the numbers of classes apart, in the order of the table.
var curveDashes = [...]string{"", ` stroke-dasharray="6 4"`, ` stroke-dasharray="2 3"`}

// decades are an axis of powers of ten, from 10^low to 10^high.
type decades struct{ low, high int }

func newDecades(values []float64) decades {
	d := decades{math.MaxInt, math.MinInt}
	for _, v := range values {
		d.low = min(d.low, int(math.Floor(math.Log10(v))))
		d.high = max(d.high, int(math.Ceil(math.Log10(v))))
	}
	if d.high == d.low {
		d.high++
	}
	return d
}

// at returns the place of v, 0 at the low end and 1 at the high one.
func (d decades) at(v float64) float64 {
	return (math.Log10(v) - float64(d.low)) / float64(d.high-d.low)
}

// line is one program with one number of classes.
type line struct {
	name, colour, dash string
	points             [][2]float64 // detections, seconds
}

// curve draws seconds over detections as SVG, both axes logarithmic; empty if
// there is nothing to draw.
func (r *evalReport) curve() string {
	lines := r.lines()
	var xs, ys []float64
	for _, l := range lines {
		for _, p := range l.points {
			xs, ys = append(xs, p[0]), append(ys, p[1])
		}
	}
	if len(xs) == 0 {
		return ""
	}
	x, y := newDecades(xs), newDecades(ys)
	left := func(v float64) float64 { return curveLeft + curveWidth*x.at(v) }
	top := func(v float64) float64 { return curveTop + curveHeight*(1-y.at(v)) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="%s">`+"\n",
		curveImageWidth, curveImageHeight, curveText)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", curveImageWidth, curveImageHeight)
	for e := x.low; e <= x.high; e++ {
		at := left(math.Pow10(e))
		fmt.Fprintf(&b, `<path d="M%.1f %dv%d" stroke="%s"/>`+"\n", at, curveTop, curveHeight, curveGrid)
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", at, curveTop+curveHeight+16, thousands(int64(math.Pow10(e))))
	}
	for e := y.low; e <= y.high; e++ {
		at := top(math.Pow10(e))
		fmt.Fprintf(&b, `<path d="M%d %.1fh%d" stroke="%s"/>`+"\n", curveLeft, at, curveWidth, curveGrid)
		fmt.Fprintf(&b, `<text x="%d" y="%.1f" text-anchor="end">%g s</text>`+"\n", curveLeft-6, at+4, math.Pow10(e))
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">detections</text>`+"\n", curveLeft+curveWidth/2, curveImageHeight-10)
	for i, l := range lines {
		var path strings.Builder
		for k, p := range l.points {
			fmt.Fprintf(&path, "%c%.1f %.1f", "ML"[min(k, 1)], left(p[0]), top(p[1]))
		}
		style := fmt.Sprintf(`fill="none" stroke="%s" stroke-width="2"%s`, l.colour, l.dash)
		fmt.Fprintf(&b, `<path d="%s" %s/>`+"\n", path.String(), style)
		legend, key := curveTop+10+18*i, curveLeft+curveWidth+16
		fmt.Fprintf(&b, `<path d="M%d %dh24" %s/><text x="%d" y="%d">%s</text>`+"\n", key, legend, style, key+30, legend+4, l.name)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// lines returns a line for each program and number of classes, without the
// runs that failed.
func (r *evalReport) lines() []line {
	var lines []line
	number := map[string]int{}
	var truths []string
	for _, c := range r.growth {
		if !slices.Contains(truths, c.input.truth) {
			truths = append(truths, c.input.truth)
		}
		for i, p := range c.programs {
			if p.failure() != nil || len(p.runs) == 0 {
				continue
			}
			program := "cocostat"
			if i > 0 {
				program = growthPeers[i-1]
			}
			name := fmt.Sprintf("%s, %s classes", program, thousands(int64(c.input.classes)))
			at, ok := number[name]
			if !ok {
				l := line{name: name, colour: curveColours[i], dash: curveDashes[slices.Index(truths, c.input.truth)]}
				at = len(lines)
				number[name] = at
				lines = append(lines, l)
			}
			point := [2]float64{float64(c.input.detections), median(p.runs).wall.Seconds()}
			lines[at].points = append(lines[at].points, point)
		}
	}
	return lines
}
