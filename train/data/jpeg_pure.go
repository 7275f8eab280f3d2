//go:build purejpeg

package data

import "image/jpeg"

// maxJPEGFactor is the largest averaging that decoding itself can do.
const maxJPEGFactor = 1

// jpegDecoder decodes with Go's library.
type jpegDecoder struct{}

func (jpegDecoder) size(d *decoder) (width, height int, err error) {
	d.reader.Reset(d.file)
	config, err := jpeg.DecodeConfig(&d.reader)
	return config.Width, config.Height, err
}

// decode fills d.full with the width×height pixels of d.file; f is 1.
func (jpegDecoder) decode(d *decoder, width, height, f int) error {
	return d.decodeAny(width, height)
}
