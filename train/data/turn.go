package data

import (
	"fmt"

	"cocostat/internal/exif"
	"cocostat/train/internal/buffer"
)

// upright says how the pixels of an item's file must be turned to fit its
// boxes: the EXIF orientation 1…8, 1 for not at all. The file has width×height
// pixels as stored and the orientation o.
//
// Boxes may have been drawn on the picture as stored or as shown. Where o swaps
// the sides, the size in the annotations tells which. Where it does not, the
// image is square, or the annotations give no size, o is followed, as by
// OpenCV's imread and by what shows pictures to people.
func upright(item *Item, width, height, o int) (int, error) {
	shownWidth, shownHeight := width, height
	if exif.Swaps(o) {
		shownWidth, shownHeight = height, width
	}
	switch w, h := item.Width, item.Height; {
	case w <= 0 || h <= 0 || w == shownWidth && h == shownHeight:
		return o, nil
	case w == width && h == height:
		return 1, nil
	default:
		shown := ""
		if o > 1 {
			shown = fmt.Sprintf(" (%d×%d when turned as its EXIF data says)", shownWidth, shownHeight)
		}
		return 0, fmt.Errorf("the file has %d×%d pixels%s, the annotations say %d×%d, so that its boxes would be wrong; "+
			"use the images that were annotated, not resized or rotated copies", width, height, shown, w, h)
	}
}

// turnInto writes src, stored with the EXIF orientation o, upright to dst.
func turnInto(dst, src *pixels, o int) {
	rgb := buffer.Resized(dst.rgb, len(src.rgb))
	*dst = *src
	dst.rgb = rgb
	// How much wider and higher than the file whole blocks are.
	padX, padY := src.factor*src.width-src.fileWidth, src.factor*src.height-src.fileHeight
	across, down := 3, 3*src.width // steps in src for a step in dst
	fromX, fromY := 0, 0           // where the first pixel of dst comes from
	mirrorX := o == 2 || o == 3 || o == 7 || o == 8
	mirrorY := o == 3 || o == 4 || o == 6 || o == 7
	if mirrorX {
		across, fromX, padX = -across, src.width-1, -padX
	} else {
		padX = 0
	}
	if mirrorY {
		down, fromY, padY = -down, src.height-1, -padY
	} else {
		padY = 0
	}
	if exif.Swaps(o) {
		dst.width, dst.height = src.height, src.width
		dst.fileWidth, dst.fileHeight = src.fileHeight, src.fileWidth
		across, down = down, across
		padX, padY = padY, padX
	}
	dst.left, dst.top = padX, padY
	first := 3 * (fromY*src.width + fromX)
	for y := range dst.height {
		row, at := dst.row(y), first+y*down
		for x := 0; x < len(row); x += 3 {
			row[x], row[x+1], row[x+2] = src.rgb[at], src.rgb[at+1], src.rgb[at+2]
			at += across
		}
	}
}
