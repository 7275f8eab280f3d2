package data

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // decoder
	_ "image/png"  // decoder
	"io"
	"os"
)

// pixels is a decoded image, three bytes R G B per pixel. One of its pixels
// stands for factor×factor of the file's.
type pixels struct {
	width, height         int
	factor                int
	fileWidth, fileHeight int // before averaging
	rgb                   []byte
}

func (p *pixels) row(y int) []byte {
	return p.rgb[3*y*p.width:][:3*p.width]
}

// decoder reads image files into buffers that it keeps; one goroutine uses it
// at a time.
type decoder struct {
	file   []byte
	reader bytes.Reader
	full   pixels
	small  pixels
	canvas image.RGBA
}

// decode reads the image of an item and, if it is large, averages it over the
// blocks that [factor] finds for inputs of size×size pixels and squares of the
// given smallest scale. The result is valid until the next call.
func (d *decoder) decode(item *Item, size int, scale float64) (*pixels, error) {
	if err := d.read(item.Path); err != nil {
		return nil, err
	}
	d.reader.Reset(d.file)
	config, format, err := image.DecodeConfig(&d.reader)
	if err != nil {
		return nil, fmt.Errorf("cannot read its header: %w (a damaged file, or not a JPEG or PNG)", err)
	}
	if item.Width > 0 && item.Height > 0 && (config.Width != item.Width || config.Height != item.Height) {
		return nil, fmt.Errorf("the file has %d×%d pixels, the annotations say %d×%d, so that its boxes would be wrong; "+
			"use the images that were annotated, not resized or rotated copies",
			config.Width, config.Height, item.Width, item.Height)
	}
	d.reader.Reset(d.file)
	img, _, err := image.Decode(&d.reader)
	if err != nil {
		return nil, fmt.Errorf("damaged or cut short %s: %w; replace the file, or take it out of the annotations", format, err)
	}
	d.toRGB(img)
	f := factor(d.full.width, d.full.height, size, scale)
	if f == 1 {
		return &d.full, nil
	}
	shrink(&d.small, &d.full, f)
	return &d.small, nil
}

func (d *decoder) read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	d.file = resized(d.file, int(info.Size()))
	_, err = io.ReadFull(f, d.file)
	return err
}

// toRGB fills d.full. Transparent parts come out black.
func (d *decoder) toRGB(img image.Image) {
	b := img.Bounds()
	p := &d.full
	p.width, p.height, p.factor = b.Dx(), b.Dy(), 1
	p.fileWidth, p.fileHeight = p.width, p.height
	p.rgb = resized(p.rgb, 3*p.width*p.height)
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
	d.canvas = image.RGBA{Pix: resized(d.canvas.Pix, 4*p.width*p.height), Stride: 4 * p.width, Rect: bounds}
	draw.Draw(&d.canvas, bounds, img, img.Bounds().Min, draw.Src)
	for i := range p.width * p.height {
		copy(p.rgb[3*i:3*i+3], d.canvas.Pix[4*i:])
	}
}

// shrink averages src over f×f blocks into dst, rounding to nearest; blocks at
// the right and bottom edges may hold fewer pixels.
func shrink(dst, src *pixels, f int) {
	dst.width, dst.height, dst.factor = (src.width+f-1)/f, (src.height+f-1)/f, f*src.factor
	dst.fileWidth, dst.fileHeight = src.fileWidth, src.fileHeight
	dst.rgb = resized(dst.rgb, 3*dst.width*dst.height)
	for y := range dst.height {
		out := dst.row(y)
		rows := min(f, src.height-y*f)
		for x := range dst.width {
			cols := min(f, src.width-x*f)
			var r, g, b int
			for k := range rows {
				in := src.row(y*f + k)[3*x*f:][:3*cols]
				for i := 0; i+2 < len(in); i += 3 {
					r += int(in[i])
					g += int(in[i+1])
					b += int(in[i+2])
				}
			}
			n := rows * cols
			out[3*x], out[3*x+1], out[3*x+2] = byte((r+n/2)/n), byte((g+n/2)/n), byte((b+n/2)/n)
		}
	}
}

// factor returns the largest power of two by which an image of width×height
// pixels can be averaged before a square of the side scale·max(width, height)
// is sampled into size×size pixels, without losing resolution.
func factor(width, height, size int, scale float64) int {
	f := 1
	for scale*float64(max(width, height)) >= float64(2*f*size) {
		f *= 2
	}
	return f
}

// resized returns a slice of n elements: s itself if it is large enough.
func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
