package imagesize

import (
	"errors"

	"cocostat/internal/exif"
)

// Markers of a JPEG file (ITU-T T.81, table B.1).
const (
	sof0, sof15   = 0xc0, 0xcf // frames, but for the three that follow
	dht, jpg, dac = 0xc4, 0xc8, 0xcc
	rst0, eoi     = 0xd0, 0xd9 // up to here they stand alone: restarts, start, end
	sos           = 0xda
	app1          = 0xe1 // EXIF
	tem           = 0x01
)

// jpeg reads the segments up to the picture: the size is in the frame's, and which
// way up it is in that of EXIF. A file that ends behind the frame has a size, too.
func (h *header) jpeg() (width, height int, err error) {
	orientation, known := 1, false
	for at := int64(2); ; {
		marker, body, n, err := h.segment(&at)
		switch {
		case err != nil && known, marker == sos && known, marker == eoi && known:
			if exif.Swaps(orientation) {
				return height, width, nil
			}
			return width, height, nil
		case err != nil:
			return 0, 0, err
		case marker == sos || marker == eoi:
			return 0, 0, errors.New("a JPEG file without a frame")
		case marker >= sof0 && marker <= sof15 && marker != dht && marker != jpg && marker != dac:
			b, err := h.bytes(body, 5)
			if err != nil {
				return 0, 0, err
			}
			height, width, known = int(big.Uint16(b[1:])), int(big.Uint16(b[3:])), true
		case marker == app1 && n > len(exif.Mark) && orientation == 1:
			b, err := h.bytes(body, n)
			if err != nil {
				return 0, 0, err
			}
			if string(b[:len(exif.Mark)]) == exif.Mark {
				orientation = exif.Orientation(b)
			}
		}
	}
}

// segment finds the next segment from *at on, and moves *at behind it: where its
// body is, and of how many bytes. Those of the picture and of the end have none.
func (h *header) segment(at *int64) (marker byte, body int64, n int, err error) {
	for {
		b, err := h.bytes(*at, 2)
		if err != nil {
			return 0, 0, 0, err
		}
		switch marker = b[1]; {
		case b[0] != 0xff || marker == 0xff: // what belongs to no segment, or a fill byte
			*at++
			continue
		case marker == sos || marker == eoi:
			return marker, 0, 0, nil
		case marker == 0 || marker == tem || marker >= rst0 && marker < eoi:
			*at += 2
			continue
		}
		if b, err = h.bytes(*at+2, 2); err != nil {
			return 0, 0, 0, err
		}
		if n = int(big.Uint16(b)); n < 2 {
			return 0, 0, 0, errors.New("a JPEG file with a segment of no length")
		}
		body = *at + 4
		*at += 2 + int64(n)
		return marker, body, n - 2, nil
	}
}
