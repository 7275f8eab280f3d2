package charts

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	stdfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A pixel of ours is gonum/plot's point, of which an inch has 72.
const pixelsPerInch = 72

func px(n float64) vg.Length { return vg.Points(n) }

// paint is a colour with a role. Pictures in files use light; those inside a
// page refer to the role, for which the page has a light and a dark colour.
type paint struct {
	role        string
	light, dark uint32 // 0xrrggbb
}

func (p paint) RGBA() (r, g, b, a uint32) {
	return color.NRGBA{uint8(p.light >> 16), uint8(p.light >> 8), uint8(p.light), 255}.RGBA()
}

// The head is dark and the tail bright, which shows in grey and with any kind
// of colour blindness too.
var (
	paper = paint{"paper", 0xffffff, 0x1b1f24}
	ink   = paint{"ink", 0x1f2328, 0xe6e8eb}
	muted = paint{"muted", 0x5b6470, 0xa3abb5}
	grid  = paint{"grid", 0xe3e6ea, 0x333a42}
	empty = paint{"empty", 0xb4bac2, 0x59626d}
	head  = paint{"head", 0x2f6299, 0x3d70a4}
	tail  = paint{"tail", 0xf0a63c, 0xf4bd68}
)

// heat goes from few to many, away from the colour of the paper.
var heat = [...]paint{
	{"heat0", 0xe1ebf4, 0x243443}, {"heat1", 0xc5d8ea, 0x2a465f}, {"heat2", 0xa2c2de, 0x31597c},
	{"heat3", 0x79a8cf, 0x3d6f9a}, {"heat4", 0x508bbb, 0x5489b5}, {"heat5", 0x3470a5, 0x76a6cc},
	{"heat6", 0x20548a, 0xa0c5e2}, {"heat7", 0x11386a, 0xd3e7f7},
}

// heatOf returns the colour of a count from 1 to most, by its logarithm.
func heatOf(count, most int64) int {
	if most <= 1 {
		return len(heat) / 2
	}
	step := int(float64(len(heat)) * math.Log(float64(count)) / math.Log(float64(most)))
	return min(max(step, 0), len(heat)-1)
}

// Properties returns the declarations of the custom properties that the
// pictures of Inline use, for a light or a dark page.
func Properties(dark bool) string {
	var b strings.Builder
	for _, p := range append([]paint{paper, ink, muted, grid, empty, head, tail}, heat[:]...) {
		value := p.light
		if dark {
			value = p.dark
		}
		fmt.Fprintf(&b, "--chart-%s:#%06x;", p.role, value)
	}
	return b.String()
}

// style returns a text style, aligned with its lower left corner.
func style(size float64, c color.Color) text.Style {
	return text.Style{
		Color:   c,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: px(size)},
		XAlign:  draw.XLeft,
		YAlign:  draw.YBottom,
		Handler: plot.DefaultTextHandler,
	}
}

func bold(s text.Style) text.Style {
	s.Font.Weight = stdfont.WeightBold
	return s
}

func aligned(s text.Style, x text.XAlignment, y text.YAlignment) text.Style {
	s.XAlign, s.YAlign = x, y
	return s
}

const (
	textSize  = 11
	smallSize = 9.5
)
