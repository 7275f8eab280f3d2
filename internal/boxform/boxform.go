// Package boxform tells by the numbers of boxes in what form they are: COCO's
// x, y, width, height in pixels, or another that was taken for it.
package boxform

// Form is the meaning of a box's four numbers.
type Form uint8

// The forms. Those of the unit have all coordinates divided by the width or
// height of the image.
const (
	XYWH         Form = iota // x, y, width, height in pixels, as COCO has them
	Corners                  // x1, y1, x2, y2
	Unit                     // x, y, width, height in 0…1
	UnitCorners              // x1, y1, x2, y2 in 0…1
	Centres                  // x, y of the centre, width, height
	UnitCentres              // the same in 0…1: YOLO's
	CornersYX                // y1, x1, y2, x2
	UnitCornerYX             // y1, x1, y2, x2 in 0…1: TensorFlow's
)

// Others are all forms but COCO's.
var Others = []Form{Corners, Unit, UnitCorners, Centres, UnitCentres, CornersYX, UnitCornerYX}

// String names the form by its numbers.
func (f Form) String() string {
	return [...]string{"x, y, width, height", "x1, y1, x2, y2", "x, y, width, height in 0…1", "x1, y1, x2, y2 in 0…1",
		"centre x, centre y, width, height", "centre x, centre y, width, height in 0…1",
		"y1, x1, y2, x2", "y1, x1, y2, x2 in 0…1"}[f]
}

// Remedy says how to make x, y, width, height in pixels of the numbers.
func (f Form) Remedy() string {
	const unit = "multiply x and width by the width of the image, y and height by its height"
	corners := "write x1, y1, x2 − x1, y2 − y1"
	if f == CornersYX || f == UnitCornerYX {
		corners = "write x1, y1, x2 − x1, y2 − y1, with x before y"
	}
	const centres = "subtract half the width from x and half the height from y"
	switch f {
	case Corners, CornersYX:
		return corners
	case Unit:
		return unit
	case UnitCorners, UnitCornerYX:
		return corners + ", and " + unit
	case Centres:
		return centres
	case UnitCentres:
		return unit + ", then " + centres
	}
	return ""
}

// OfSize reports whether the form depends on the size of the image.
func (f Form) OfSize() bool {
	switch f {
	case Unit, UnitCorners, UnitCentres, UnitCornerYX:
		return true
	}
	return false
}

// ToXYWH returns the x, y, width and height in pixels that a box of the form
// has in an image of a size in pixels.
func (f Form) ToXYWH(b [4]float64, width, height float64) [4]float64 {
	switch f {
	case CornersYX, UnitCornerYX:
		b = [4]float64{b[1], b[0], b[3], b[2]}
	}
	if f.OfSize() {
		b = [4]float64{b[0] * width, b[1] * height, b[2] * width, b[3] * height}
	}
	switch f {
	case Corners, UnitCorners, CornersYX, UnitCornerYX:
		b[2], b[3] = b[2]-b[0], b[3]-b[1]
	case Centres, UnitCentres:
		b[0], b[1] = b[0]-b[2]/2, b[1]-b[3]/2
	}
	return b
}

// Overhang is by how many pixels boxes may leave their image unnoticed.
const Overhang = 1

// Count collects what tells the form of boxes.
type Count struct {
	Boxes   int64 // all
	Sized   int64 // in an image of known size
	Leave   int64 // of these, leave it by more than Overhang as x, y, width, height
	Corners int64 // of these, lie in it as corners, by and large
	Unit    int64 // of all, lie in 0…1
	Parts   int64 // of those in 0…1, are less than a pixel wide or high
}

// Add counts a box in an image of a size in pixels, 0 where it is not known.
func (c *Count) Add(b *[4]float64, width, height float64) {
	c.Boxes++
	if b[0] >= 0 && b[0] <= 1 && b[1] >= 0 && b[1] <= 1 && b[2] > 0 && b[2] <= 1 && b[3] > 0 && b[3] <= 1 {
		c.Unit++
		if b[2] < 1 || b[3] < 1 {
			c.Parts++
		}
	}
	if !(width > 0 && height > 0) {
		return
	}
	c.Sized++
	if b[0] < -Overhang || b[1] < -Overhang || b[0]+b[2] > width+Overhang || b[1]+b[3] > height+Overhang {
		c.Leave++
	}
	// Detectors' corners may lie a little outside.
	if b[2] > b[0] && b[3] > b[1] && b[2] <= 1.05*width && b[3] <= 1.05*height && b[0] >= -0.05*width && b[1] >= -0.05*height {
		c.Corners++
	}
}

// Mixed reports whether many boxes, but by far not all, are fractions of their
// image: one in twenty and at least three. In whole pixels such boxes would lie
// in the first pixel of their image.
func (c *Count) Mixed() bool {
	return c.Form() != Unit && c.Parts >= 3 && 20*c.Parts >= c.Boxes
}

// Form returns Unit, Corners or else XYWH, by the boxes that were counted. They
// are corners if more than one in twenty, two at least, leaves its image as
// x, y, width, height, and nearly all lie in it as corners: x2 > x1 and y2 > y1
// hold for few others. They are of the unit if nearly all lie in 0…1 and most
// are less than a pixel in a direction.
func (c *Count) Form() Form {
	const nearly = 0.98
	switch {
	case c.Boxes > 0 && float64(c.Unit) >= nearly*float64(c.Boxes) && 2*c.Parts > c.Unit:
		return Unit
	case c.Leave >= 2 && 20*c.Leave > c.Sized && float64(c.Corners) >= nearly*float64(c.Sized):
		return Corners
	}
	return XYWH
}
