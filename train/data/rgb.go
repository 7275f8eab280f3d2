package data

import (
	"image"
	"image/color"
	"image/draw"

	"cocostat/train/internal/buffer"
)

// toRGB fills d.full. What is transparent is laid on black.
func (d *decoder) toRGB(img image.Image) {
	b := img.Bounds()
	p := &d.full
	p.shape(b.Dx(), b.Dy())
	switch img := img.(type) {
	case *image.YCbCr:
		for y := range p.height {
			fromYCbCr(p.row(y), img, b.Min.Y+y)
		}
	case *image.Gray:
		for y := range p.height {
			row := p.row(y)
			for x, v := range img.Pix[y*img.Stride:][:p.width] {
				row[3*x], row[3*x+1], row[3*x+2] = v, v, v
			}
		}
	default:
		d.fromAny(img)
	}
}

func fromYCbCr(row []byte, img *image.YCbCr, y int) {
	left := img.Rect.Min.X
	luma := img.Y[img.YOffset(left, y):]
	chroma := img.COffset(left, y)
	shift := 0
	switch img.SubsampleRatio {
	case image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422:
		shift = 1
	case image.YCbCrSubsampleRatio410, image.YCbCrSubsampleRatio411:
		shift = 2
	}
	cb, cr := img.Cb[chroma:], img.Cr[chroma:]
	for x := range len(row) / 3 {
		out := row[3*x:][:3]
		out[0], out[1], out[2] = color.YCbCrToRGB(luma[x], cb[x>>shift], cr[x>>shift])
	}
}

func (d *decoder) fromAny(img image.Image) {
	p := &d.full
	bounds := image.Rect(0, 0, p.width, p.height)
	d.canvas = image.RGBA{Pix: buffer.Resized(d.canvas.Pix, 4*p.width*p.height), Stride: 4 * p.width, Rect: bounds}
	draw.Draw(&d.canvas, bounds, img, img.Bounds().Min, draw.Src)
	for i := range p.width * p.height {
		copy(p.rgb[3*i:3*i+3], d.canvas.Pix[4*i:])
	}
}
