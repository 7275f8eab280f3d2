package draw

import (
	"fmt"
	"image"
	"math"
	"sync"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// letters is the font, read once.
var letters = sync.OnceValues(func() (*sfnt.Font, error) { return opentype.Parse(liberationsansbold.TTF) })

// Writable reports whether labels have a letter for every character of s.
func Writable(s string) bool {
	f, err := letters()
	if err != nil {
		return false
	}
	var b sfnt.Buffer
	for _, r := range s {
		if g, err := f.GlyphIndex(&b, r); err != nil || g == 0 {
			return false
		}
	}
	return true
}

// labels writes the labels of one picture.
type labels struct {
	img    *image.RGBA
	face   font.Face
	pad    int
	height int // of a label
	ascent int // from its top to the baseline
	placed []image.Rectangle
}

// newLabels takes letters for a picture whose shorter side is given.
func newLabels(img *image.RGBA, side float64) (*labels, error) {
	f, err := letters()
	if err != nil {
		return nil, fmt.Errorf("draw: font: %w", err)
	}
	size := min(max(math.Round(side/32), 13), 40)
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, fmt.Errorf("draw: font: %w", err)
	}
	m := face.Metrics()
	l := &labels{img: img, face: face, pad: max(2, int(size/5))}
	l.ascent = l.pad/2 + m.Ascent.Ceil()
	l.height = l.ascent + m.Descent.Ceil() + l.pad/2
	return l, nil
}

// add writes the label of b at the first place beside or in the box that is
// free of other labels, else at the first place.
func (l *labels) add(b Box) {
	text, width := l.fit(b.Label)
	if text == "" {
		return
	}
	size := image.Pt(width+2*l.pad, l.height)
	r := rectangle(b)
	if seen := r.Intersect(l.img.Rect); !seen.Empty() {
		r = seen
	}
	places := []image.Point{
		{r.Min.X, r.Min.Y - size.Y}, // above
		r.Min,                       // inside, top left
		{r.Min.X, r.Max.Y},          // below
		{r.Min.X, r.Max.Y - size.Y}, // inside, bottom left
		{r.Max.X - size.X, r.Min.Y - size.Y},
		{r.Max.X - size.X, r.Max.Y},
	}
	place := l.inside(places[0], size)
	for _, p := range places {
		if in := l.inside(p, size); in.Min.Y == p.Y && l.free(in) {
			place = in
			break
		}
	}
	l.placed = append(l.placed, place)
	fill(l.img, place, b.Color)
	d := font.Drawer{Dst: l.img, Src: image.NewUniform(ink(b.Color)), Face: l.face, Dot: fixed.P(place.Min.X+l.pad, place.Min.Y+l.ascent)}
	d.DrawString(text)
}

// fit cuts text to the width of the picture and returns its own.
func (l *labels) fit(text string) (string, int) {
	room := l.img.Rect.Dx() - 2*l.pad
	r := []rune(text)
	for n := len(r); n > 0; n-- {
		cut := text
		if n < len(r) {
			cut = string(r[:n]) + "…"
		}
		if w := font.MeasureString(l.face, cut).Ceil(); w <= room {
			return cut, w
		}
	}
	return "", 0
}

// inside returns the rectangle at p, moved into the picture.
func (l *labels) inside(p, size image.Point) image.Rectangle {
	within := l.img.Rect
	p.X = max(min(p.X, within.Max.X-size.X), within.Min.X)
	p.Y = max(min(p.Y, within.Max.Y-size.Y), within.Min.Y)
	return image.Rectangle{p, p.Add(size)}
}

func (l *labels) free(r image.Rectangle) bool {
	for _, p := range l.placed {
		if p.Overlaps(r) {
			return false
		}
	}
	return true
}
