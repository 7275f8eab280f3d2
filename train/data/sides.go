package data

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Sides scales an image so that its shorter side has Short pixels, or fewer if
// the longer side would exceed Long. It lies at the left top of an input whose
// sides are multiples of Multiple; what is right of it and below is 0 after
// normalisation. For training, that is with Options.Shuffle, images are grouped
// by orientation, and the input is as large as the largest of a batch needs;
// they may be mirrored and recoloured, not moved. Otherwise each image has the
// smallest input that holds it.
type Sides struct {
	Short    []int // pixels; of several, training draws one for each image and epoch
	Long     int   // pixels, at least the largest of Short
	Multiple int   // of the input's sides, even; 0 means 32
}

// mostSide is the largest side that an input is scaled to, in pixels.
const mostSide = 1 << 15

// Validate says whether the settings make sense.
func (s Sides) Validate() error {
	switch {
	case len(s.Short) == 0:
		return errors.New("data: no length for the shorter side of images")
	case slices.Min(s.Short) < 1:
		return fmt.Errorf("data: a shorter side of %d pixels, want at least 1", slices.Min(s.Short))
	case s.Long < slices.Max(s.Short) || s.Long > mostSide:
		return fmt.Errorf("data: a longer side of at most %d pixels, want from the shorter side, %d, to %d", s.Long, slices.Max(s.Short), mostSide)
	}
	return checkMultiple(s.Multiple)
}

// Input returns the scaled size rounded up to multiples.
func (s Sides) Input(image Size) Size {
	return s.padded(s.scaled(image, slices.Max(s.Short)))
}

func (s Sides) fits(o Options) error {
	switch {
	case o.Augment.Shift || o.Augment.MaxScale != 0:
		return errors.New("data: images that are scaled by their sides are whole: they go without random scales and crops; use several lengths of the shorter side")
	case !o.Shuffle && len(s.Short) > 1:
		return fmt.Errorf("data: %d lengths of the shorter side, evaluation takes one", len(s.Short))
	case !o.Shuffle && o.DropLast:
		return errors.New("data: an evaluation cannot leave out the last batch: its images have inputs of different sizes")
	}
	return nil
}

func (s Sides) unlike() bool { return true }

func (s Sides) drawn(image Size, d draws) Size { return s.padded(s.scaled(image, s.short(d))) }

// short returns the length of the shorter side that was drawn.
func (s Sides) short(d draws) int { return s.Short[int(d.scale*float64(len(s.Short)))] }

func (s Sides) padded(size Size) Size {
	m := multiple(s.Multiple)
	return Size{(size.Width + m - 1) / m * m, (size.Height + m - 1) / m * m}
}

// scaled returns the size that an image gets, by the rule of FCOS with its
// roundings (Resize.get_size in its fcos_core/data/transforms/transforms.py):
// Python's round takes halves to even, its int cuts. Rounding the shorter side
// up can take the longer one a few pixels above Long. No side vanishes.
func (s Sides) scaled(image Size, short int) Size {
	shorter, longer := float64(min(image.Width, image.Height)), float64(max(image.Width, image.Height))
	if longer/shorter*float64(short) > float64(s.Long) {
		short = max(int(math.RoundToEven(float64(s.Long)*shorter/longer)), 1)
	}
	long := int(float64(short) * longer / shorter)
	if image.Width < image.Height {
		return Size{short, long}
	}
	return Size{long, short}
}

// place makes an image that stands in for a smaller one, and does not fit into
// the input, smaller still.
func (s Sides) place(image, input Size, a Augment, d draws) placement {
	size := s.scaled(image, s.short(d))
	over := max(float64(size.Width)/float64(input.Width), float64(size.Height)/float64(input.Height))
	if over > 1 {
		size = Size{max(int(float64(size.Width)/over), 1), max(int(float64(size.Height)/over), 1)}
	}
	t := Transform{AX: float64(size.Width) / float64(image.Width), AY: float64(size.Height) / float64(image.Height)}
	if d.flip < a.Flip {
		t.AX, t.BX = -t.AX, float64(size.Width)
	}
	return placement{Transform: t, area: size, edges: true}
}

func (s Sides) factor(image Size, _ float64) int {
	size, f := s.scaled(image, slices.Max(s.Short)), 1
	// what is cut from the longer side makes it no less small than the shorter
	for min(image.Width, image.Height) >= 2*f*min(size.Width, size.Height) {
		f *= 2
	}
	return f
}
