// Package enclose finds the upright box around a shape: x, y, width, height in
// pixels, x and y of the top left corner. Angles are in degrees, clockwise where y
// grows downwards.
package enclose

import "math"

// Corners is the box between two opposite corners, in any order.
func Corners(x1, y1, x2, y2 float64) [4]float64 {
	x, y := math.Min(x1, x2), math.Min(y1, y2)
	return [4]float64{x, y, math.Max(x1, x2) - x, math.Max(y1, y2) - y}
}

// Points is the box around points x, y, x, y, …; false if there are none.
func Points(xy []float64) (box [4]float64, ok bool) {
	if len(xy) < 2 || len(xy)%2 != 0 {
		return box, false
	}
	x1, y1, x2, y2 := xy[0], xy[1], xy[0], xy[1]
	for i := 2; i < len(xy); i += 2 {
		x1, x2 = math.Min(x1, xy[i]), math.Max(x2, xy[i])
		y1, y2 = math.Min(y1, xy[i+1]), math.Max(y2, xy[i+1])
	}
	return Corners(x1, y1, x2, y2), true
}

// Rotated is the box around a box that is turned about its centre.
func Rotated(box [4]float64, angle float64) [4]float64 {
	if angle == 0 {
		return box
	}
	sin, cos := sinCos(angle)
	return around(box[0]+box[2]/2, box[1]+box[3]/2,
		math.Abs(box[2]*cos)+math.Abs(box[3]*sin), math.Abs(box[2]*sin)+math.Abs(box[3]*cos))
}

// RotatedAtCorner is the box around a box that is turned about its top left corner.
func RotatedAtCorner(box [4]float64, angle float64) [4]float64 {
	if angle == 0 {
		return box
	}
	sin, cos := sinCos(angle)
	x, y, w, h := box[0], box[1], box[2], box[3]
	b, _ := Points([]float64{x, y, x + w*cos, y + w*sin, x - h*sin, y + h*cos, x + w*cos - h*sin, y + w*sin + h*cos})
	return b
}

// Ellipse is the box around an ellipse with semi-axes rx, ry that is turned about
// its centre.
func Ellipse(cx, cy, rx, ry, angle float64) [4]float64 {
	sin, cos := sinCos(angle)
	return around(cx, cy, 2*math.Hypot(rx*cos, ry*sin), 2*math.Hypot(rx*sin, ry*cos))
}

// Finite reports whether all four are numbers, and none is infinite.
func Finite(box [4]float64) bool {
	for _, f := range box {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return false
		}
	}
	return true
}

// around is a box of a size about a centre.
func around(cx, cy, w, h float64) [4]float64 { return [4]float64{cx - w/2, cy - h/2, w, h} }

// sinCos is exact for right angles.
func sinCos(angle float64) (sin, cos float64) {
	switch math.Mod(math.Mod(angle, 360)+360, 360) {
	case 0:
		return 0, 1
	case 90:
		return 1, 0
	case 180:
		return 0, -1
	case 270:
		return -1, 0
	}
	return math.Sincos(angle * math.Pi / 180)
}
