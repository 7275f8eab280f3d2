package draw

import (
	"image"
	"image/color"
	stddraw "image/draw"
	"math"

	xdraw "golang.org/x/image/draw"
)

// Box is a box to be drawn. It may reach beyond the picture.
type Box struct {
	X, Y, W, H float64 // left, top, width and height
	Label      string
	Color      color.RGBA
}

// Boxes draws boxes and their labels on img. Where they meet, earlier boxes
// lie above later ones, and a label avoids those of earlier boxes if it can.
func Boxes(img *image.RGBA, boxes []Box) error {
	side := min(img.Rect.Dx(), img.Rect.Dy())
	thick := max(2, int(math.Round(float64(side)/220)))
	for i := len(boxes) - 1; i >= 0; i-- {
		frame(img, boxes[i], thick)
	}
	l, err := newLabels(img, float64(side))
	if err != nil {
		return err
	}
	defer l.face.Close()
	for _, b := range boxes {
		l.add(b)
	}
	return nil
}

// frame draws the outline of a box, between thin dark lines that set it off
// from a ground of its own colour.
func frame(img *image.RGBA, b Box, thick int) {
	casing := color.RGBA{0, 0, 0, 140}
	outer := rectangle(b)
	outline(img, outer.Inset(-1), 1, casing)
	outline(img, outer, thick, b.Color)
	outline(img, outer.Inset(thick), 1, casing)
}

// far bounds coordinates, so that no box overflows an int.
const far = 1 << 24

func rectangle(b Box) image.Rectangle {
	at := func(v float64) int { return int(math.Round(min(max(v, -far), far))) }
	return image.Rect(at(b.X), at(b.Y), at(b.X+b.W), at(b.Y+b.H))
}

// outline draws the inner border of r; a rectangle too thin for it is filled.
func outline(img *image.RGBA, r image.Rectangle, thick int, c color.RGBA) {
	if r.Dx() <= 2*thick || r.Dy() <= 2*thick {
		fill(img, r, c)
		return
	}
	fill(img, image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+thick), c)
	fill(img, image.Rect(r.Min.X, r.Max.Y-thick, r.Max.X, r.Max.Y), c)
	fill(img, image.Rect(r.Min.X, r.Min.Y+thick, r.Min.X+thick, r.Max.Y-thick), c)
	fill(img, image.Rect(r.Max.X-thick, r.Min.Y+thick, r.Max.X, r.Max.Y-thick), c)
}

// fill lays c, of which the alpha counts, over r.
func fill(img *image.RGBA, r image.Rectangle, c color.RGBA) {
	stddraw.Draw(img, r, image.NewUniform(color.NRGBA(c)), image.Point{}, stddraw.Over)
}

// least is the longer side, in pixels, below which labels would hide a picture.
const least = 480

// Enlarged returns img, or a copy that is as many times larger as a small
// picture needs for labels to fit, and how many times that is.
func Enlarged(img *image.RGBA) (*image.RGBA, int) {
	longer := max(img.Rect.Dx(), img.Rect.Dy())
	if longer == 0 || longer >= least {
		return img, 1
	}
	n := (least + longer - 1) / longer
	big := image.NewRGBA(image.Rect(0, 0, n*img.Rect.Dx(), n*img.Rect.Dy()))
	xdraw.CatmullRom.Scale(big, big.Rect, img, img.Rect, xdraw.Src, nil)
	return big, n
}
