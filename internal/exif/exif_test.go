package exif_test

import (
	"encoding/binary"
	"testing"

	"cocostat/internal/exif"
)

// exifWith returns EXIF data with one entry, in either byte order.
func exifWith(order binary.AppendByteOrder, head string, tag, kind, value uint16) []byte {
	b := []byte(head)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	for _, entry := range [][3]uint16{{0x010f, 2, 1}, {tag, kind, value}} {
		b = order.AppendUint16(b, entry[0])
		b = order.AppendUint16(b, entry[1])
		b = order.AppendUint32(b, 1)
		b = order.AppendUint16(b, entry[2])
		b = order.AppendUint16(b, 0)
	}
	return order.AppendUint32(b, 0)
}

func TestOrientation(t *testing.T) {
	little, big := "II*\x00", "MM\x00*"
	for name, c := range map[string]struct {
		tiff []byte
		want int
	}{
		"little end first":  {exifWith(binary.LittleEndian, little, 0x0112, 3, 6), 6},
		"big end first":     {exifWith(binary.BigEndian, big, 0x0112, 3, 8), 8},
		"out of range":      {exifWith(binary.BigEndian, big, 0x0112, 3, 9), 1},
		"another type":      {exifWith(binary.BigEndian, big, 0x0112, 4, 6), 1},
		"another tag":       {exifWith(binary.BigEndian, big, 0x0113, 3, 6), 1},
		"neither order":     {exifWith(binary.BigEndian, "MM\x00+", 0x0112, 3, 6), 1},
		"behind its mark":   {exifWith(binary.BigEndian, exif.Mark+big, 0x0112, 3, 8), 8},
		"nothing":           {nil, 1},
		"points outside":    {[]byte("II*\x00\xff\xff\xff\xff"), 1},
		"more entries said": {[]byte("II*\x00\x08\x00\x00\x00\xff\xff\x01"), 1},
	} {
		if got := exif.Orientation(c.tiff); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
