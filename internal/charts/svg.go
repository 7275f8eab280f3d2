package charts

import (
	"fmt"
	"html"
	"image"
	"image/color"
	"io"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// svg is a canvas that writes SVG. It differs from gonum/plot's own in what a
// page needs: colours may be custom properties, coordinates are short, and a
// text gets the width that it was measured with in whatever font shows it.
type svg struct {
	width, height vg.Length
	inline        bool // colours are custom properties, no fonts
	body          strings.Builder
	state         drawing
	stack         []drawing
}

// drawing is the part of the state that Push and Pop save. A point (x, y) of
// the caller is (a·x + c·y + e, b·x + d·y + f) on the canvas, whose origin is
// at the bottom left.
type drawing struct {
	color            color.Color
	line             vg.Length
	dashes           []vg.Length
	a, b, c, d, e, f float64
}

func newSVG(width, height float64, inline bool) *svg {
	s := &svg{width: px(width), height: px(height), inline: inline}
	s.state = drawing{a: 1, d: 1}
	vg.Initialize(s)
	return s
}

func (s *svg) Size() (width, height vg.Length)              { return s.width, s.height }
func (s *svg) SetLineWidth(width vg.Length)                 { s.state.line = width }
func (s *svg) SetColor(c color.Color)                       { s.state.color = c }
func (s *svg) SetLineDash(pattern []vg.Length, _ vg.Length) { s.state.dashes = pattern }
func (s *svg) Push()                                        { s.stack = append(s.stack, s.state) }

func (s *svg) Pop() {
	last := len(s.stack) - 1
	s.state, s.stack = s.stack[last], s.stack[:last]
}

func (s *svg) Rotate(radians float64) {
	sin, cos := math.Sincos(radians)
	t := &s.state
	t.a, t.b, t.c, t.d = cos*t.a+sin*t.c, cos*t.b+sin*t.d, cos*t.c-sin*t.a, cos*t.d-sin*t.b
}

func (s *svg) Translate(pt vg.Point) {
	x, y := pt.X.Points(), pt.Y.Points()
	t := &s.state
	t.e, t.f = t.a*x+t.c*y+t.e, t.b*x+t.d*y+t.f
}

func (s *svg) Scale(x, y float64) {
	t := &s.state
	t.a, t.b, t.c, t.d = t.a*x, t.b*x, t.c*y, t.d*y
}

// at returns where a point lies in SVG's system, whose origin is at the top.
func (s *svg) at(pt vg.Point) (x, y float64) {
	px, py, t := pt.X.Points(), pt.Y.Points(), &s.state
	return t.a*px + t.c*py + t.e, s.height.Points() - (t.b*px + t.d*py + t.f)
}

func (s *svg) Stroke(path vg.Path) {
	if s.state.line <= 0 {
		return
	}
	dashes := ""
	if len(s.state.dashes) > 0 {
		words := make([]string, len(s.state.dashes))
		for i, d := range s.state.dashes {
			words[i] = number(d.Points())
		}
		dashes = ` stroke-dasharray="` + strings.Join(words, " ") + `"`
	}
	fmt.Fprintf(&s.body, `<path fill="none" stroke="%s" stroke-width="%s"%s stroke-linejoin="round" d="%s"/>`+"\n",
		s.paint(), number(s.state.line.Points()), dashes, s.data(path))
}

func (s *svg) Fill(path vg.Path) {
	fmt.Fprintf(&s.body, `<path fill="%s" d="%s"/>`+"\n", s.paint(), s.data(path))
}

// data writes a path of straight lines and arcs; an arc becomes short lines.
func (s *svg) data(path vg.Path) string {
	var b strings.Builder
	var lastX, lastY string
	point := func(command byte, pt vg.Point) {
		x, y := s.at(pt)
		nx, ny := number(x), number(y)
		switch {
		case command == 'L' && nx == lastX && ny == lastY:
			return
		case command == 'L' && ny == lastY:
			b.WriteString("H" + nx)
		case command == 'L' && nx == lastX:
			b.WriteString("V" + ny)
		default:
			b.WriteString(string(command) + nx + " " + ny)
		}
		lastX, lastY = nx, ny
	}
	for _, p := range path {
		switch p.Type {
		case vg.MoveComp:
			point('M', p.Pos)
		case vg.LineComp:
			point('L', p.Pos)
		case vg.ArcComp:
			const steps = 24
			for i := range steps + 1 {
				sin, cos := math.Sincos(p.Start + p.Angle*float64(i)/steps)
				command := byte('L')
				if b.Len() == 0 {
					command = 'M'
				}
				point(command, p.Pos.Add(vg.Point{X: p.Radius * vg.Length(cos), Y: p.Radius * vg.Length(sin)}))
			}
		case vg.CloseComp:
			b.WriteString("Z")
			lastX, lastY = "", ""
		default:
			panic("charts: a curve in a path")
		}
	}
	return b.String()
}

func (s *svg) FillString(face font.Face, pt vg.Point, text string) {
	x, y := s.at(pt)
	place := fmt.Sprintf(`x="%s" y="%s"`, number(x), number(y))
	if angle := math.Atan2(s.state.b, s.state.a); math.Abs(angle) > 1e-9 {
		place = fmt.Sprintf(`transform="translate(%s %s) rotate(%s)"`, number(x), number(y), number(-angle*180/math.Pi))
	}
	weight := ""
	if face.Font.Weight > 0 {
		weight = ` font-weight="bold"`
	}
	fmt.Fprintf(&s.body, `<text %s font-size="%s"%s fill="%s" textLength="%s" lengthAdjust="spacingAndGlyphs">%s</text>`+"\n",
		place, number(face.Font.Size.Points()), weight, s.paint(), number(face.Width(text).Points()), html.EscapeString(text))
}

// DrawImage is part of vg.Canvas. No picture holds an image.
func (s *svg) DrawImage(vg.Rectangle, image.Image) { panic("charts: an image in a picture") }

func (s *svg) paint() string {
	if p, ok := s.state.color.(paint); ok && s.inline {
		return "var(--chart-" + p.role + ")"
	}
	r, g, b, _ := s.state.color.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// writeTo writes the element; label says what it shows to those who cannot see
// it.
func (s *svg) writeTo(w io.Writer, label string) {
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s"`, number(s.width.Points()), number(s.height.Points()))
	if s.inline {
		fmt.Fprintf(w, ` role="img" aria-label="%s">`, html.EscapeString(label))
	} else {
		fmt.Fprintf(w, ` width="%s" height="%s" font-family="Liberation Sans, Arial, Helvetica, sans-serif">`,
			number(s.width.Points()), number(s.height.Points()))
	}
	fmt.Fprintf(w, "\n%s</svg>\n", s.body.String())
}

// number writes a length with at most two decimals.
func number(f float64) string {
	text := strings.TrimRight(strings.TrimRight(strconv.FormatFloat(f, 'f', 2, 64), "0"), ".")
	if text == "-0" {
		return "0"
	}
	return text
}
