//go:build purejpeg

package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image/jpeg"
)

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
	if err := quantised(d.file); err != nil {
		return err
	}
	return d.decodeAny(width, height)
}

// quantised reports a component of a JPEG file whose quantisation table is
// missing: Go's decoder takes it for one of zeros, and the picture becomes grey.
func quantised(file []byte) error {
	var defined [16]bool
	var components []byte // of the frame, three bytes each
	for at := 2; at < len(file); {
		skip := bytes.IndexByte(file[at:], 0xff)
		if at += skip; skip < 0 || at+4 > len(file) {
			break
		}
		marker := file[at+1]
		if marker < 0xc0 || marker >= 0xd0 && marker <= 0xd9 || marker == 0xff {
			at++ // a byte of a scan, a marker without a segment, or a fill byte
			continue
		}
		end := at + 2 + int(binary.BigEndian.Uint16(file[at+2:]))
		if end > len(file) || end < at+4 {
			break
		}
		switch body := file[at+4 : end]; {
		case marker == 0xdb: // DQT: tables of 64 values of one byte or two
			for len(body) > 0 {
				defined[body[0]&15] = true
				body = body[min(len(body), 65+64*int(body[0]>>4)):]
			}
		case marker <= 0xc2 && len(body) > 6: // SOF
			components = body[6:]
		}
		at = end
	}
	for ; len(components) >= 3; components = components[3:] {
		if table := components[2]; int(table) < len(defined) && !defined[table] {
			return fmt.Errorf("quantisation table %d is not defined", table)
		}
	}
	return nil
}
