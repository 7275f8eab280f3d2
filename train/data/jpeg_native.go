//go:build !purejpeg

package data

import "cocostat/train/data/jpeg"

// maxJPEGFactor is the largest averaging that decoding itself can do.
const maxJPEGFactor = 8

// jpegDecoder decodes with libjpeg.
type jpegDecoder struct {
	native *jpeg.Decoder
}

func (j *jpegDecoder) size(d *decoder) (width, height int, err error) {
	if j.native == nil {
		if j.native, err = jpeg.NewDecoder(); err != nil {
			return 0, 0, err
		}
	}
	return j.native.Size(d.file)
}

// decode fills d.full with the width×height pixels of d.file, averaged over
// f×f of them.
func (j *jpegDecoder) decode(d *decoder, width, height, f int) error {
	p := &d.full
	p.shape((width+f-1)/f, (height+f-1)/f)
	p.factor, p.fileWidth, p.fileHeight = f, width, height
	return j.native.Decode(p.rgb, d.file, f)
}
