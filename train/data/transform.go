package data

// Transform maps points of one image plane to another without rotation:
// x' = AX·x + BX, y' = AY·y + BY. A negative AX mirrors.
type Transform struct {
	AX, BX, AY, BY float64
}

// view returns the transform that takes the square of side span around
// (cx, cy) in source pixels to an input of size×size pixels, mirrored if flip.
func view(cx, cy, span float64, size int, flip bool) Transform {
	a, half := float64(size)/span, float64(size)/2
	t := Transform{AX: a, BX: half - a*cx, AY: a, BY: half - a*cy}
	if flip {
		t.AX, t.BX = -t.AX, float64(size)-t.BX
	}
	return t
}

// Inverse returns the transform back.
func (t Transform) Inverse() Transform {
	return Transform{AX: 1 / t.AX, BX: -t.BX / t.AX, AY: 1 / t.AY, BY: -t.BY / t.AY}
}

// Box maps the box x, y, w, h by its corners.
func (t Transform) Box(x, y, w, h float64) (float64, float64, float64, float64) {
	x0, x1 := t.AX*x+t.BX, t.AX*(x+w)+t.BX
	y0, y1 := t.AY*y+t.BY, t.AY*(y+h)+t.BY
	x0, x1 = min(x0, x1), max(x0, x1)
	y0, y1 = min(y0, y1), max(y0, y1)
	return x0, y0, x1 - x0, y1 - y0
}
