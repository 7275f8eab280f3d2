package annotations

import "math"

// Overhang is by how many pixels a box may leave its image before it is an
// OutsideImage: annotation tools round to half a pixel or count pixels from 1,
// which is harmless, and real mistakes are larger.
const Overhang = 1

// SizeCounts counts annotations by Annotation.Area with the limits of COCO's
// evaluation: small below 32² square pixels, medium below 96², large from
// there on. Annotations with neither area nor box are in none of them.
type SizeCounts struct{ Small, Medium, Large int64 }

// The limits of SizeCounts in square pixels.
const (
	SmallArea  = 32 * 32
	MediumArea = 96 * 96
)

// Total is the sum of the three.
func (s SizeCounts) Total() int64 { return s.Small + s.Medium + s.Large }

// BoxSummary describes the boxes of a set of annotations: of those whose width
// and height are above 0.
type BoxSummary struct {
	Width, Height Distribution // pixels
	Aspect        Distribution // width / height
}

// Merge adds the boxes of another summary.
func (b *BoxSummary) Merge(o *BoxSummary) {
	b.Width.Merge(&o.Width)
	b.Height.Merge(&o.Height)
	b.Aspect.Merge(&o.Aspect)
}

// all returns the three.
func (b *BoxSummary) all() [3]*Distribution { return [3]*Distribution{&b.Width, &b.Height, &b.Aspect} }

// GridSize is the number of cells of a BoxGrid in each direction.
const GridSize = 32

// BoxGrid counts boxes by width and height on logarithmic scales, two cells to
// the doubling: BoxGrid[i][j] are those with GridEdge(i) <= height <
// GridEdge(i+1) and GridEdge(j) <= width < GridEdge(j+1). The first and last
// row and column also hold what lies beyond.
type BoxGrid [GridSize][GridSize]int64

// gridLow is the exponent of the lowest edge.
const gridLow = -2

// GridEdge returns the lower edge of cell i of a BoxGrid, 2^(i/2−2) pixels: ¼
// for 0, 16384 for GridSize, the upper edge of the last cell.
func GridEdge(i int) float64 {
	edge := math.Ldexp(1, i/2+gridLow)
	if i%2 == 1 {
		edge *= math.Sqrt2
	}
	return edge
}

// gridCell returns the cell of a length above 0.
func gridCell(v float64) int {
	const root = 0x6a09e667f3bcd // mantissa of the float64 next to √2
	bits := math.Float64bits(v)
	cell := 2 * (int(bits>>52) - 1023 - gridLow)
	if bits&(1<<52-1) >= root {
		cell++
	}
	return min(max(cell, 0), GridSize-1)
}
