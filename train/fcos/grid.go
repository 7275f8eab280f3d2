package fcos

import "fmt"

const (
	// Levels is the number of levels, P3 to P7.
	Levels = 5
	// Multiple divides the sides of every input: the stride of P5, the last
	// level that comes from the backbone.
	Multiple = 32
)

// Strides are the sides, in input pixels, of the cells of P3 to P7.
var Strides = [Levels]int{8, 16, 32, 64, 128}

// Level is a part of a grid: W×H cells of stride×stride pixels, of which the
// first is cell First of the grid.
type Level struct{ Stride, W, H, First int }

// Cells returns the number of the level's cells.
func (l Level) Cells() int { return l.W * l.H }

// point returns the place of the level's i-th column or row, in pixels.
func (l Level) point(i int) float64 { return float64(l.Stride*i + l.Stride/2) }

// Grid describes the cells of all levels for inputs of one size. The zero value
// has none.
type Grid struct {
	Width, Height int // of the input, in pixels
	Cells         int // A, of all levels
	Levels        [Levels]Level
}

// NewGrid returns the grid of an input of width×height pixels. P3 to P5 divide
// it by their strides; P6 and P7 come from convolutions of stride 2, which halve
// the level before and round up: P7 of 800×1344 pixels has 7×11 cells.
func NewGrid(width, height int) (Grid, error) {
	if width < Multiple || height < Multiple || width%Multiple != 0 || height%Multiple != 0 {
		return Grid{}, fmt.Errorf("fcos: input of %d×%d pixels: both sides must be positive multiples of %d", width, height, Multiple)
	}
	g := Grid{Width: width, Height: height}
	w, h := width/Strides[0], height/Strides[0]
	for i, stride := range Strides {
		g.Levels[i] = Level{Stride: stride, W: w, H: h, First: g.Cells}
		g.Cells += w * h
		w, h = (w+1)/2, (h+1)/2
	}
	return g, nil
}
