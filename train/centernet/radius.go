package centernet

import (
	"fmt"
	"math"
)

// MinOverlap is the IoU that the radius of a Gaussian guarantees, the default of
// gaussian_radius in CenterNet's src/lib/utils/image.py.
const MinOverlap = 0.7

// RadiusMode selects the arithmetic of [GaussianRadius]. The zero value is
// [Compat].
type RadiusMode int

const (
	// Compat takes (b + √(b²−4ac))/2 for all three cases, as gaussian_radius in
	// CenterNet's src/lib/utils/image.py does, with which its results were made.
	Compat RadiusMode = iota
	// Corrected takes the root of each case that guarantees the overlap,
	// divided by 2a.
	Corrected
)

// String returns "compat" or "corrected".
func (m RadiusMode) String() string {
	switch m {
	case Compat:
		return "compat"
	case Corrected:
		return "corrected"
	}
	return fmt.Sprintf("RadiusMode(%d)", int(m))
}

// ParseRadiusMode is the inverse of [RadiusMode.String].
func ParseRadiusMode(s string) (RadiusMode, error) {
	switch s {
	case "compat":
		return Compat, nil
	case "corrected":
		return Corrected, nil
	}
	return 0, fmt.Errorf("centernet: unknown radius mode %q (have compat, corrected)", s)
}

// GaussianRadius returns the radius, in cells, of the Gaussian of a box of
// h×w cells: the distance by which two corners may move while the IoU with the
// box stays at least overlap, in (0, 1). Three cases, each a quadratic in r:
//
//	one corner in, one out: r² − (h+w)r + hw(1−o)/(1+o) = 0
//	both corners inside:   4r² − 2(h+w)r + (1−o)hw = 0
//	both corners outside:  4o·r² + 2o(h+w)r − (1−o)hw = 0
//
// Corrected returns the smallest positive root of the three. Compat returns
// the smallest of CenterNet's (±b + √(b²−4ac))/2, which is always the third
// case, 2a = 5.6 times too large: 0.27s for a square of side s, where the
// corrected radius is 0.08s.
func GaussianRadius(h, w, overlap float64, mode RadiusMode) float64 {
	sum, area := h+w, h*w
	c1 := area * (1 - overlap) / (1 + overlap)
	c2 := area * (1 - overlap)
	c3 := -c2
	root1 := math.Sqrt(sum*sum - 4*c1)
	root2 := math.Sqrt(4*sum*sum - 16*c2)
	b3 := 2 * overlap * sum
	root3 := math.Sqrt(b3*b3 - 16*overlap*c3)
	if mode == Corrected {
		r1 := (sum - root1) / 2
		r2 := (2*sum - root2) / 8
		r3 := (-b3 + root3) / (8 * overlap)
		return min(r1, r2, r3)
	}
	r1 := (sum + root1) / 2
	r2 := (2*sum + root2) / 2
	r3 := (-b3 + root3) / 2
	return min(r1, r2, r3)
}
