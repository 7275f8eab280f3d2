package data

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // decoder
	_ "image/png" // decoder
	"io"
	"os"

	_ "golang.org/x/image/bmp"  // decoder
	_ "golang.org/x/image/webp" // decoder

	"cocostat/internal/exif"
	"cocostat/train/internal/buffer"
)

// Limits on a file, beyond which it is taken for a mistake or an attack.
const (
	maxPixels    = 1 << 27 // 134 million, 400 MB decoded
	maxFileBytes = 1 << 29
)

// pixels is a decoded image, three bytes R G B per pixel, upright. One of its
// pixels stands for factor×factor of the file's; (left, top) is where the first
// begins, in pixels of the upright image: 0, or less where a block at the edge
// that became the first one holds fewer pixels.
type pixels struct {
	width, height         int
	factor                int
	left, top             int
	fileWidth, fileHeight int // upright, before averaging
	rgb                   []byte
}

func (p *pixels) row(y int) []byte {
	return p.rgb[3*y*p.width:][:3*p.width]
}

// shape makes p a whole image of width×height pixels.
func (p *pixels) shape(width, height int) {
	*p = pixels{
		width: width, height: height, factor: 1, fileWidth: width, fileHeight: height,
		rgb: buffer.Resized(p.rgb, 3*width*height),
	}
}

// decoder reads image files into buffers that it keeps; one goroutine uses it
// at a time.
type decoder struct {
	file                []byte
	reader              bytes.Reader
	jpeg                jpegDecoder
	full, small, turned pixels
	canvas              image.RGBA
	chroma              []uint16
}

// decode reads the image of an item, turned as [upright] says. If it is large,
// it is averaged over blocks of shape's factor for the smallest scale that is
// drawn. The result is valid until the next call.
func (d *decoder) decode(item *Item, shape Shape, scale float64) (*pixels, error) {
	width, height, format, turn, err := d.open(item)
	if err != nil {
		return nil, err
	}
	f := shape.factor(Size{width, height}, scale)
	if format == "jpeg" {
		err = d.jpeg.decode(d, width, height, min(f, maxJPEGFactor))
	} else {
		err = d.decodeAny(width, height)
	}
	if err != nil {
		return nil, fmt.Errorf("damaged or cut short %s: %w; replace the file, or take it out of the annotations", format, err)
	}
	p := &d.full
	if f > p.factor {
		shrink(&d.small, p, f/p.factor)
		p = &d.small
	}
	if turn > 1 {
		turnInto(&d.turned, p, turn)
		p = &d.turned
	}
	return p, nil
}

// size returns the upright size of an item's image: that of the annotations,
// which decoding checks, or else that of its file.
func (d *decoder) size(item *Item) (Size, error) {
	if item.Width > 0 && item.Height > 0 {
		return Size{item.Width, item.Height}, nil
	}
	width, height, _, turn, err := d.open(item)
	if exif.Swaps(turn) {
		width, height = height, width
	}
	return Size{width, height}, err
}

// open fills d.file and returns what its header says: the size as stored, the
// format, and how the pixels are turned upright.
func (d *decoder) open(item *Item) (width, height int, format string, turn int, err error) {
	if err = d.read(item.Path); err != nil {
		return 0, 0, "", 0, err
	}
	if width, height, format, err = d.header(); err != nil {
		return 0, 0, "", 0, err
	}
	turn, err = upright(item, width, height, orientation(d.file))
	return width, height, format, turn, err
}

// read fills d.file.
func (d *decoder) read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("a folder, not an image")
	case info.Size() == 0:
		return errors.New("the file is empty")
	case info.Size() > maxFileBytes:
		return fmt.Errorf("a file of %d bytes, images of at most %d are read", info.Size(), maxFileBytes)
	}
	d.file = buffer.Resized(d.file, int(info.Size()))
	_, err = io.ReadFull(f, d.file)
	return err
}

// header returns the dimensions of the image in d.file as it is stored there.
func (d *decoder) header() (width, height int, format string, err error) {
	if bytes.HasPrefix(d.file, []byte{0xff, 0xd8, 0xff}) {
		format = "jpeg"
		width, height, err = d.jpeg.size(d)
	} else {
		var config image.Config
		d.reader.Reset(d.file)
		config, format, err = image.DecodeConfig(&d.reader)
		width, height = config.Width, config.Height
	}
	switch {
	case err != nil:
		return 0, 0, "", headerError(d.file, err)
	case width < 1 || height < 1:
		return 0, 0, "", fmt.Errorf("an image of %d×%d pixels", width, height)
	case width > maxPixels/height:
		return 0, 0, "", fmt.Errorf("an image of %d×%d pixels, at most %d million are read: use a smaller copy, and scale the annotations", width, height, maxPixels/1_000_000)
	}
	return width, height, format, nil
}

// decodeAny fills d.full by one of the registered decoders.
func (d *decoder) decodeAny(width, height int) (err error) {
	defer func() {
		if r := recover(); r != nil { // these decoders are not ours; one bad file must not end a training
			err = fmt.Errorf("the decoder failed: %v", r)
		}
	}()
	d.reader.Reset(d.file)
	img, format, err := image.Decode(&d.reader)
	if err != nil {
		return err
	}
	if b := img.Bounds(); b.Dx() != width || b.Dy() != height {
		return fmt.Errorf("a picture of %d×%d pixels in a file of %d×%d", b.Dx(), b.Dy(), width, height)
	}
	if format != "webp" || !d.fromWebP(img) {
		d.toRGB(img)
	}
	return nil
}

// shrink averages src over f×f blocks into dst, rounding to nearest; blocks at
// the right and bottom edges may hold fewer pixels.
func shrink(dst, src *pixels, f int) {
	rgb := buffer.Resized(dst.rgb, 3*((src.width+f-1)/f)*((src.height+f-1)/f))
	*dst = *src
	dst.width, dst.height, dst.factor, dst.rgb = (src.width+f-1)/f, (src.height+f-1)/f, f*src.factor, rgb
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
