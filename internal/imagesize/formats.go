package imagesize

import (
	"encoding/binary"
	"errors"

	"cocostat/internal/exif"
)

// png reads the chunk IHDR, which comes first, and eXIf if it comes before the
// picture.
func (h *header) png() (width, height int, err error) {
	b, err := h.bytes(8, 16)
	if err != nil {
		return 0, 0, err
	}
	if string(b[4:8]) != "IHDR" {
		return 0, 0, errors.New("a PNG file without its chunk IHDR")
	}
	width, height = int(big.Uint32(b[8:])), int(big.Uint32(b[12:]))
	for at := 8 + 12 + int64(big.Uint32(b)); ; {
		if b, err = h.bytes(at, 8); err != nil {
			return width, height, nil // the picture is missing
		}
		n := big.Uint32(b)
		switch string(b[4:]) {
		case "IDAT", "IEND":
			return width, height, nil
		case "eXIf":
			if b, err = h.bytes(at+8, int(min(n, 1<<16))); err == nil && exif.Swaps(exif.Orientation(b)) {
				width, height = height, width
			}
			return width, height, nil
		}
		at += 12 + int64(n)
	}
}

// bmp reads the header of OS/2, or that of Windows, where a negative height says
// that the topmost row comes first.
func (h *header) bmp() (width, height int, err error) {
	const core = 12
	b, err := h.bytes(14, 12)
	if err != nil {
		return 0, 0, err
	}
	switch n := little.Uint32(b); {
	case n == core:
		return int(little.Uint16(b[4:])), int(little.Uint16(b[6:])), nil
	case n < core || n > 1<<10:
		return 0, 0, ErrFormat
	}
	width, height = int(int32(little.Uint32(b[4:]))), int(int32(little.Uint32(b[8:])))
	return width, max(height, -height), nil
}

// webp reads the first chunk: a lossy picture, a lossless one, or the canvas of
// an extended file.
func (h *header) webp() (width, height int, err error) {
	b, err := h.bytes(12, 18)
	if err != nil {
		return 0, 0, err
	}
	switch kind, body := string(b[:4]), b[8:]; {
	case kind == "VP8 " && string(body[3:6]) == "\x9d\x01\x2a":
		const size = 1<<14 - 1 // above it is how to scale for display
		return int(little.Uint16(body[6:])) & size, int(little.Uint16(body[8:])) & size, nil
	case kind == "VP8L" && body[0] == 0x2f:
		bits := little.Uint32(body[1:])
		return int(bits&(1<<14-1)) + 1, int(bits>>14&(1<<14-1)) + 1, nil
	case kind == "VP8X":
		return int(little.Uint32(body[4:])&(1<<24-1)) + 1, int(little.Uint32(body[6:])>>8) + 1, nil
	}
	return 0, 0, errors.New("a WebP file without a picture")
}

// Tags of TIFF.
const (
	tiffWidth, tiffHeight = 256, 257
	tiffDNG               = 50706 // DNGVersion: the first directory may be that of a small picture
)

// tiff reads the first directory.
func (h *header) tiff(order binary.ByteOrder) (width, height int, err error) {
	const short, long = 3, 4
	b, err := h.bytes(4, 4)
	if err != nil {
		return 0, 0, err
	}
	at := int64(order.Uint32(b))
	if b, err = h.bytes(at, 2); err != nil {
		return 0, 0, err
	}
	for i := range int64(order.Uint16(b)) {
		if b, err = h.bytes(at+2+12*i, 12); err != nil {
			return 0, 0, err
		}
		value := 0
		switch order.Uint16(b[2:]) {
		case short:
			value = int(order.Uint16(b[8:]))
		case long:
			value = int(order.Uint32(b[8:]))
		}
		switch order.Uint16(b) {
		case tiffWidth:
			width = value
		case tiffHeight:
			height = value
		case tiffDNG:
			return 0, 0, errors.New("a raw picture (DNG), of which programs make different sizes")
		}
	}
	return width, height, nil
}
