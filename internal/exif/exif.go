// Package exif reads from EXIF data which way up an image is.
package exif

import (
	"bytes"
	"encoding/binary"
)

// Mark begins the EXIF segment of a JPEG file, and of some WebP files.
const Mark = "Exif\x00\x00"

// Orientation reads the tag Orientation in the first directory of EXIF data, which
// is a TIFF structure, behind Mark or without it: 1…8, and 1, upright, if it says
// nothing that can be understood. From 5 on width and height change places.
func Orientation(data []byte) int {
	const tag, short = 0x0112, 3
	tiff := bytes.TrimPrefix(data, []byte(Mark))
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 1
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			break
		}
		if order.Uint16(entries) == tag && order.Uint16(entries[2:]) == short {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			break
		}
		entries = entries[12:]
	}
	return 1
}

// Swaps reports whether an orientation makes the width of an image its height.
func Swaps(orientation int) bool { return orientation >= 5 }
