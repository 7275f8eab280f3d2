package charts

import (
	"encoding/xml"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

// picture is what a test sees of an SVG file.
type picture struct {
	texts []label
	paths []shape
}

// label is a text by the middle of its place, in pixels from the upper left.
type label struct {
	words string
	x, y  float64
}

// shape is a filled path as rectangles, or a line as points.
type shape struct {
	color string
	boxes []vg.Rectangle // of lengths in pixels from the upper left
	line  []vg.Point
}

func (p *picture) text(t *testing.T, words string) label {
	t.Helper()
	for _, l := range p.texts {
		if l.words == words {
			return l
		}
	}
	t.Fatalf("there is no text %q", words)
	return label{}
}

// parse fails the test unless text is well-formed XML.
func parse(t *testing.T, text string) *picture {
	t.Helper()
	p := &picture{}
	d := xml.NewDecoder(strings.NewReader(text))
	var open *label
	for {
		token, err := d.Token()
		if err == io.EOF {
			return p
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			attributes := map[string]string{}
			for _, a := range token.Attr {
				attributes[a.Name.Local] = a.Value
			}
			if token.Name.Local == "text" {
				open = placed(attributes)
			}
			if token.Name.Local == "path" {
				p.paths = append(p.paths, parsePath(t, attributes))
			}
		case xml.CharData:
			if open != nil {
				open.words += string(token)
			}
		case xml.EndElement:
			if open != nil {
				p.texts = append(p.texts, *open)
			}
			open = nil
		}
	}
}

func decimal(text string) float64 {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err)
	}
	return f
}

// placed finds the middle of a text: half its width along its direction from
// its start, and a third of its size above the base line.
func placed(attributes map[string]string) *label {
	width, size := decimal(attributes["textLength"]), decimal(attributes["font-size"])
	if transform := attributes["transform"]; transform != "" { // upwards
		x, rest, _ := strings.Cut(strings.TrimPrefix(transform, "translate("), " ")
		y, _, _ := strings.Cut(rest, ")")
		return &label{x: decimal(x) - size/3, y: decimal(y) - width/2}
	}
	return &label{x: decimal(attributes["x"]) + width/2, y: decimal(attributes["y"]) - size/3}
}

func parsePath(t *testing.T, attributes map[string]string) shape {
	t.Helper()
	s := shape{color: attributes["fill"]}
	if s.color == "none" {
		s.color = attributes["stroke"]
	}
	data := attributes["d"]
	var at vg.Point
	for len(data) > 0 {
		command := data[0]
		end := strings.IndexAny(data[1:], "MLHVZ")
		arguments := data[1:]
		if end >= 0 {
			arguments = data[1 : end+1]
		}
		data = data[1+len(arguments):]
		x, y, _ := strings.Cut(arguments, " ")
		switch command {
		case 'M', 'L':
			at = vg.Point{X: px(decimal(x)), Y: px(decimal(y))}
		case 'H':
			at.X = px(decimal(x))
		case 'V':
			at.Y = px(decimal(x))
		}
		if command == 'M' {
			s.boxes = append(s.boxes, vg.Rectangle{Min: at, Max: at})
		}
		s.line = append(s.line, at)
		last := &s.boxes[len(s.boxes)-1]
		last.Min = vg.Point{X: min(last.Min.X, at.X), Y: min(last.Min.Y, at.Y)}
		last.Max = vg.Point{X: max(last.Max.X, at.X), Y: max(last.Max.Y, at.Y)}
	}
	return s
}

// filled returns the rectangles of a colour.
func (p *picture) filled(color string) []vg.Rectangle {
	var all []vg.Rectangle
	for _, s := range p.paths {
		if s.color == color {
			all = append(all, s.boxes...)
		}
	}
	return all
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %v, want %v ± %v", what, got, want, tolerance)
	}
}

// Turned by a quarter about (10, 20) and doubled, the point (3, 4) lies at
// (10−2·4, 20+2·3) = (2, 26), which is 100−26 below the upper edge.
func TestTransformations(t *testing.T) {
	s := newSVG(100, 100, false)
	s.Push()
	s.Translate(vg.Point{X: 10, Y: 20})
	s.Rotate(math.Pi / 2)
	s.Scale(2, 2)
	x, y := s.at(vg.Point{X: 3, Y: 4})
	near(t, "x", x, 2, 1e-12)
	near(t, "y", y, 74, 1e-12)
	s.Pop()
	if x, y := s.at(vg.Point{X: 3, Y: 4}); x != 3 || y != 96 {
		t.Errorf("after Pop: %v, %v, want 3, 96", x, y)
	}
}

func TestNumber(t *testing.T) {
	for f, want := range map[float64]string{0: "0", -0.001: "0", 1: "1", 1.5: "1.5", 10: "10", 2.346: "2.35", -7.10: "-7.1"} {
		if got := number(f); got != want {
			t.Errorf("%v: %q, want %q", f, got, want)
		}
	}
}
