package charts

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"cocostat/internal/textable"
)

// Sizes of the combined picture in pixels.
const (
	sheetWidth, sheetHeight = 1200.0, 900.0
	margin                  = 24
	titleSize               = 13
	sheetTitleSize          = 17
)

// drawSheet draws all panels: the classes above, the others in a row below.
func drawSheet(d *Data, c draw.Canvas) {
	c = inset(c, margin)
	if d.Title != "" {
		s := bold(style(sheetTitleSize, ink))
		c.FillText(aligned(s, text.XLeft, text.YTop), vg.Point{X: c.Min.X, Y: c.Max.Y}, fit(s, d.Title, c.Max.X-c.Min.X))
		c.Max.Y -= px(sheetTitleSize + 14)
	}
	const gap = 28
	width, height := c.Max.X-c.Min.X, c.Max.Y-c.Min.Y
	below := height * 0.44
	drawTitled(d, Classes, draw.Crop(c, 0, 0, below+px(gap), 0))
	third := (width - 2*px(gap)) / 3
	for i, p := range []Panel{ObjectsPerImage, BoxSizes, Cooccurrence} {
		left := (third + px(gap)) * vg.Length(i)
		drawTitled(d, p, draw.Crop(c, left, left+third-width, 0, below-height))
	}
}

// drawTitled draws a panel below its title.
func drawTitled(d *Data, p Panel, c draw.Canvas) {
	s := aligned(bold(style(titleSize, ink)), text.XLeft, text.YTop)
	c.FillText(s, vg.Point{X: c.Min.X, Y: c.Max.Y}, p.String())
	c.Max.Y -= px(titleSize + 8)
	panels[p].draw(d, c)
}

// painted fills the canvas with the colour of paper.
func painted(c draw.Canvas) draw.Canvas {
	c.SetColor(paper)
	c.Fill(c.Rectangle.Path())
	return c
}

func inset(c draw.Canvas, by float64) draw.Canvas {
	return draw.Crop(c, px(by), px(-by), px(by), px(-by))
}

// note draws a sentence in the middle, where there is nothing else to show.
func note(c draw.Canvas, sentence string) {
	c.FillText(aligned(style(textSize, muted), text.XCenter, text.YCenter), c.Center(), sentence)
}

// entry explains a colour: words after a swatch, or after a line; words alone
// if the colour is that of the paper.
type entry struct {
	color paint
	line  bool
	words string
}

// legend draws the entries at the top of the canvas, in as many lines as they
// need, and returns the rest of the canvas.
func legend(c draw.Canvas, entries ...entry) draw.Canvas {
	const swatch, gap, lineHeight = 12, 5, 17
	s := aligned(style(textSize, muted), text.XLeft, text.YCenter)
	x, y := c.Min.X, c.Max.Y-px(lineHeight/2)
	for _, e := range entries {
		before := px(swatch + gap)
		if e.color == paper { // words alone
			before = 0
		}
		width := before + s.Width(e.words)
		if x > c.Min.X && x+width > c.Max.X {
			x, y = c.Min.X, y-px(lineHeight)
		}
		switch {
		case before == 0:
		case e.line:
			c.StrokeLine2(draw.LineStyle{Color: e.color, Width: px(2)}, x, y, x+px(swatch), y)
		default:
			c.SetColor(e.color)
			c.Fill(box(x, y-px(4.5), px(swatch), px(9)))
		}
		c.FillText(s, vg.Point{X: x + before, Y: y}, e.words)
		x += width + px(3*gap)
	}
	c.Max.Y = y - px(lineHeight/2+6)
	return c
}

// scale draws the colours of heat at the top of the canvas, between the counts
// that they stand for, and returns the rest of the canvas.
func scale(c draw.Canvas, most int64, one, many string) draw.Canvas {
	const swatch, gap, lineHeight = 15, 6, 17
	s := aligned(style(textSize, muted), text.XLeft, text.YCenter)
	x, y := c.Min.X, c.Max.Y-px(lineHeight/2)
	if most > 1 {
		c.FillText(s, vg.Point{X: x, Y: y}, "1")
		x += s.Width("1") + px(gap)
	}
	for i := range heat {
		if most <= 1 && i != heatOf(1, 1) {
			continue
		}
		c.SetColor(heat[i])
		c.Fill(box(x, y-px(4.5), px(swatch), px(9)))
		x += px(swatch)
	}
	words := "1 " + one
	if most > 1 {
		words = textable.Integer(most) + " " + many
	}
	c.FillText(s, vg.Point{X: x + px(gap), Y: y}, words)
	c.Max.Y = y - px(lineHeight/2+6)
	return c
}

// box is a rectangle by its lower left corner and its size.
func box(x, y, width, height vg.Length) vg.Path {
	return vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + width, Y: y + height}}.Path()
}

// fit shortens a text to a width; what is cut off becomes "…". Characters that
// would move or break the line are replaced.
func fit(s text.Style, name string, width vg.Length) string {
	name = textable.Printable(strings.ToValidUTF8(name, string(utf8.RuneError)))
	if s.Width(name) <= width {
		return name
	}
	letters := []rune(name)
	low, high := 0, len(letters)
	for low < high {
		if mid := (low + high + 1) / 2; s.Width(string(letters[:mid])+"…") <= width {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return string(letters[:low]) + "…"
}

// short writes a number for an axis: 0.05, 700, 2,000, 50k, 1.5M.
func short(v float64) string {
	switch {
	case v >= 1e6:
		return strconv.FormatFloat(v/1e6, 'g', 3, 64) + "M"
	case v >= 1e4:
		return strconv.FormatFloat(v/1e3, 'g', 3, 64) + "k"
	case v >= 1e3:
		return textable.Integer(int64(v))
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
