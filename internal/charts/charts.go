// Package charts draws what the counts of a dataset look like: its classes
// from frequent to rare, the objects of its images, the sizes of its boxes, and
// which classes occur together.
//
// The pictures are made with gonum/plot. Lengths are in CSS pixels: a picture
// of 1120 × 860 has this size as SVG and twice as many dots each way as PNG.
// Text is set in Liberation Sans, which is part of gonum/plot; a PNG has no
// glyphs for scripts that this font lacks (Chinese, Arabic, …), an SVG leaves
// them to the viewer's fonts.
package charts

import (
	"bufio"
	"fmt"
	"image/png"
	"io"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Data are the numbers behind the pictures, of C classes in any order. The zero
// value is an empty dataset.
type Data struct {
	Title string // heads the combined picture; usually the names of the files

	Names     []string  // C
	Instances []int64   // C
	Images    []int64   // C: images that hold the class
	Tail      []bool    // C, or nil: no class is in the tail
	Alpha     []float64 // C, NaN for a class without weight; nil: no weights

	Objects  []int32 // per image: its objects
	Boxes    Grid
	Together []Pair // classes that share images
	Top      int    // most classes of the panel Cooccurrence; 0: 30
}

// Grid counts boxes by the logarithms of their sides. Cells[y][x] holds the
// boxes whose log2(width) is in [Low+x·Step, Low+(x+1)·Step) and log2(height)
// in [Low+y·Step, Low+(y+1)·Step); sides are in pixels.
type Grid struct {
	Low, Step float64
	Cells     [][]int64
}

// Pair is two different classes, as indices of Data.Names, and the images that
// hold both.
type Pair struct {
	A, B   int32
	Images int64
}

// Panel is one of the pictures.
type Panel int

// The panels in the order in which they are shown.
const (
	Classes Panel = iota
	ObjectsPerImage
	BoxSizes
	Cooccurrence
)

var panels = map[Panel]struct {
	title string
	draw  func(*Data, draw.Canvas)
}{
	Classes:         {"Classes", drawClasses},
	ObjectsPerImage: {"Objects per image", drawObjects},
	BoxSizes:        {"Box sizes", drawBoxes},
	Cooccurrence:    {"Classes in the same image", drawCooccurrence},
}

// String returns the title of the panel.
func (p Panel) String() string { return panels[p].title }

// Formats are the file formats, which are also the extensions of their files.
var Formats = []string{"png", "svg"}

// Format returns the format that a file's extension asks for, or an error that
// names the path and the extensions.
func Format(path string) (string, error) {
	extension := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	for _, f := range Formats {
		if extension == f {
			return f, nil
		}
	}
	return "", fmt.Errorf("charts: %s: the extension must be .%s", path, strings.Join(Formats, " or ."))
}

// Write writes all panels as one picture, in one of Formats. It returns the
// errors of w.
func Write(w io.Writer, format string, d *Data) error {
	return write(w, format, sheetWidth, sheetHeight, func(c draw.Canvas) { drawSheet(d, c) })
}

// Inline returns one panel without its title as an svg element for an HTML
// page. Its size is that of its viewBox; the page's style sheet may scale it.
// The element has no background, and its colours are the custom properties
// that Properties defines.
func Inline(d *Data, p Panel, width, height float64) string {
	c := newSVG(width, height, true)
	panels[p].draw(d, draw.NewCanvas(c, c.width, c.height))
	var b strings.Builder
	c.writeTo(&b, p.String())
	return b.String()
}

func write(w io.Writer, format string, width, height float64, fill func(draw.Canvas)) error {
	switch format {
	case "svg":
		c := newSVG(width, height, false)
		fill(painted(draw.NewCanvas(c, c.width, c.height)))
		b := bufio.NewWriter(w)
		c.writeTo(b, "")
		return b.Flush()
	case "png":
		c := vgimg.NewWith(vgimg.UseWH(px(width), px(height)), vgimg.UseDPI(2*pixelsPerInch))
		fill(painted(draw.New(c)))
		return png.Encode(w, c.Image())
	}
	return fmt.Errorf("charts: format %q: must be one of %s", format, strings.Join(Formats, ", "))
}
