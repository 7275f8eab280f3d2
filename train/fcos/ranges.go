package fcos

import (
	"fmt"
	"math"
)

// Ranges say which level learns an object from a cell, by the largest of the
// distances l, t, r, b there, in input pixels: Ranges[i] is the largest of level
// i and the smallest of level i+1. P3 has no smallest, P7 no largest. A box of
// side d in the middle of its cell has distances of d/2.
//
// The published ranges are 4 to 8 strides of each level, for inputs of about
// 800×1333 pixels, but they are tied to the strides and not to the input: they
// suit any size. In a square of 128 pixels nothing is farther away than 128, so
// that P3 and P4 have all objects, and P5 to P7 learn the background; one of 256
// pixels uses P3 to P5. Smaller ranges, as of [Ranges.Scaled], make use of more
// levels, but a box then holds fewer of its level's points: with the factor f an
// object of side d is learnt from cells of up to d/(8f) pixels, so that below 1/8
// even a square one can fall between all of them. With the published ranges only
// objects that are small or narrow can, or that smaller ones hide.
type Ranges [Levels - 1]float64

// PublishedRanges are those of the paper and of prepare_targets in
// fcos_core/modeling/rpn/fcos/loss.py of the authors.
var PublishedRanges = Ranges{64, 128, 256, 512}

// Scaled returns the ranges times a factor.
func (r Ranges) Scaled(factor float64) Ranges {
	for i := range r {
		r[i] *= factor
	}
	return r
}

// Validate reports ranges that do not rise.
func (r Ranges) Validate() error {
	last := 0.0
	for _, v := range r {
		if !(v > last) || math.IsInf(v, 1) {
			return fmt.Errorf("fcos: ranges %v: want %d finite numbers above 0, each larger than the one before", r, len(r))
		}
		last = v
	}
	return nil
}

// of returns the smallest and the largest distance of a level.
func (r Ranges) of(level int) (least, most float64) {
	least, most = 0, math.Inf(1)
	if level > 0 {
		least = r[level-1]
	}
	if level < len(r) {
		most = r[level]
	}
	return least, most
}
