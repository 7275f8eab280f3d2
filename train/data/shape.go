package data

import "fmt"

// Shape says how large the input of an image is, and where in it the image
// lies: [Square], [Keep] or [Sides].
type Shape interface {
	// Validate says whether the settings make sense.
	Validate() error
	// Input returns the size of the input of an image that shares it with no
	// other; of several that can be drawn, the largest. Images have their upright
	// size.
	Input(image Size) Size

	// fits says whether the shape goes with the other settings of a loader.
	fits(o Options) error
	// unlike reports whether images of different sizes have different inputs.
	unlike() bool
	// drawn returns the size of the input of an image for which d was drawn.
	drawn(image Size, d draws) Size
	// place puts an image into an input.
	place(image, input Size, a Augment, d draws) placement
	// factor returns the largest power of two by which an image can be averaged
	// before it is sampled, without losing resolution, when the smallest scale of
	// [Augment] is given.
	factor(image Size, scale float64) int
}

// placement is where an image lies in its input.
type placement struct {
	Transform      // source pixels → input pixels
	area      Size // from the left top: the part of the input that is sampled. The rest is 0 after normalisation.
	edges     bool // outside the image its edge pixels go on; else it is black there
}

// shift returns by how many pixels a placement moves an image, if it does
// nothing else.
func (p *placement) shift() (x, y int, ok bool) {
	x, y = int(p.BX), int(p.BY)
	return x, y, p.AX == 1 && p.AY == 1 && float64(x) == p.BX && float64(y) == p.BY
}

// Square is one square input for all images. Without augmentation an image is
// as large in it as it fits, and centred; with it, see [Augment].
type Square struct {
	Side int // S in pixels
}

// Validate says whether the settings make sense.
func (s Square) Validate() error {
	if s.Side < 1 {
		return fmt.Errorf("data: input size %d, want at least 1", s.Side)
	}
	return nil
}

// Input returns S×S.
func (s Square) Input(Size) Size { return Size{s.Side, s.Side} }

func (s Square) fits(Options) error             { return nil }
func (s Square) unlike() bool                   { return false }
func (s Square) drawn(image Size, _ draws) Size { return s.Input(image) }

func (s Square) place(image, input Size, a Augment, d draws) placement {
	cx, cy := float64(image.Width)/2, float64(image.Height)/2
	if a.Shift {
		cx, cy = a.centre(d.x, image.Width), a.centre(d.y, image.Height)
	}
	span := a.scale(d.scale) * float64(max(image.Width, image.Height))
	return placement{Transform: view(cx, cy, span, s.Side, d.flip < a.Flip), area: input}
}

func (s Square) factor(image Size, scale float64) int {
	f := 1
	for scale*float64(max(image.Width, image.Height)) >= float64(2*f*s.Side) {
		f *= 2
	}
	return f
}

// defaultMultiple divides the sides of inputs that are not square: the stride of
// the coarsest feature map of most backbones.
const defaultMultiple = 32

// multiple returns m or, for 0, the default.
func multiple(m int) int {
	if m == 0 {
		return defaultMultiple
	}
	return m
}

func checkMultiple(m int) error {
	if m < 0 || m > 1024 || m%2 != 0 {
		return fmt.Errorf("data: sides that are multiples of %d, want an even number of pixels up to 1024", m)
	}
	return nil
}
