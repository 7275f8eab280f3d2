package draw

import (
	"image"
	"image/color"
	"math"
	"testing"
)

// Reference values from https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio:
// black on white has 21; #777 on white the well-known 4.48.
func TestContrast(t *testing.T) {
	if got := contrast(black, white); math.Abs(got-21) > 1e-9 {
		t.Errorf("black on white: %g, want 21", got)
	}
	if got := contrast(color.RGBA{0x77, 0x77, 0x77, 255}, white); math.Abs(got-4.48) > 0.005 {
		t.Errorf("#777 on white: %g, want 4.48", got)
	}
}

// Oklab's own reference: red of sRGB is L 0.62796, C 0.25768, h 29.234°
// (https://www.w3.org/TR/css-color-4/#color-conversion-code).
func TestOKLCH(t *testing.T) {
	if got := okLCH(0.62795, 0.2576, 29.234); got.R < 254 || got.G > 8 || got.B > 8 {
		t.Errorf("red comes out as %v", got)
	}
	if got := okLCH(1, 0, 0); got != white {
		t.Errorf("white comes out as %v", got)
	}
}

func TestColorsAreDistinctAndReadable(t *testing.T) {
	for i := range 80 {
		c := Color(i)
		if got := contrast(c, ink(c)); got < 4.5 {
			t.Errorf("class %d: contrast %.2f of its label", i, got)
		}
		for j := range i {
			o := Color(j)
			apart := math.Hypot(math.Hypot(float64(c.R)-float64(o.R), float64(c.G)-float64(o.G)), float64(c.B)-float64(o.B))
			if apart < 6 || i < 20 && apart < 50 {
				t.Errorf("classes %d and %d have like colours: %v and %v", j, i, o, c)
			}
		}
	}
}

func grey(w, h int, v uint8) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = v
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

// On a ground of 600×600 the outline is 3 pixels wide, inside the box; the
// label stands above it, in the box's colour, with dark and light pixels.
func TestBox(t *testing.T) {
	img := grey(600, 600, 90)
	red := color.RGBA{230, 30, 30, 255}
	if err := Boxes(img, []Box{{X: 100, Y: 200, W: 300, H: 250, Label: "disc 0.87", Color: red}}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []image.Point{{100, 300}, {102, 300}, {399, 300}, {250, 447}, {250, 449}, {350, 200}} {
		if got := img.RGBAAt(p.X, p.Y); got != red {
			t.Errorf("outline at %v: %v", p, got)
		}
	}
	for _, p := range []image.Point{{90, 300}, {110, 300}, {250, 300}, {250, 460}} {
		if got := img.RGBAAt(p.X, p.Y); got != (color.RGBA{90, 90, 90, 255}) {
			t.Errorf("ground at %v: %v", p, got)
		}
	}
	reds, inks := 0, 0
	for y := 170; y < 199; y++ {
		for x := 100; x < 200; x++ {
			switch img.RGBAAt(x, y) {
			case red:
				reds++
			case ink(red):
				inks++
			}
		}
	}
	if reds < 500 || inks < 100 {
		t.Errorf("label: %d pixels of its ground, %d of its letters", reds, inks)
	}
}

// No picture or box makes it fail or write outside: empty, inverted, infinite
// boxes, pictures of a pixel, names wider than the picture.
func TestOddBoxes(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {30, 700}, {640, 2}} {
		img := grey(size.X, size.Y, 255)
		boxes := []Box{
			{0, 0, 0, 0, "nothing", Color(1)}, {-50, -50, 1e9, 1e300, "all", Color(2)},
			{math.Inf(-1), 2, math.Inf(1), 3, "no", Color(3)}, {10, 1, 5, 1, "a name that is much too long for the picture", Color(4)},
			{5, 5, 3, 3, "", Color(5)},
		}
		if err := Boxes(img, boxes); err != nil {
			t.Error(err)
		}
	}
}

func TestLabelsAvoidEachOther(t *testing.T) {
	img := grey(600, 600, 90)
	l, err := newLabels(img, 600)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		l.add(Box{100, 200, 300, 250, "the same box", Color(i)})
	}
	l.add(Box{300, -20, 200, 100, "cut at the top", Color(5)})
	for i, a := range l.placed {
		if !a.In(img.Rect) {
			t.Errorf("label %d lies outside: %v", i, a)
		}
		for _, b := range l.placed[:i] {
			if a.Overlaps(b) {
				t.Errorf("labels %v and %v overlap", a, b)
			}
		}
	}
}

func TestEnlarged(t *testing.T) {
	small := grey(128, 100, 7)
	if big, n := Enlarged(small); n != 4 || big.Rect.Dx() != 512 || big.Rect.Dy() != 400 || big.RGBAAt(200, 200) != small.RGBAAt(50, 50) {
		t.Errorf("128×100 became %v, %d times as large", big.Rect, n)
	}
	large := grey(480, 2, 7)
	if big, n := Enlarged(large); n != 1 || big != large {
		t.Errorf("480×2 was enlarged %d times", n)
	}
}

func TestWritable(t *testing.T) {
	for text, want := range map[string]bool{"Löffel": true, "ёж": true, "traffic light": true, "杯子": false, "": true} {
		if Writable(text) != want {
			t.Errorf("%q: writable %v", text, !want)
		}
	}
}
