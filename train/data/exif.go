package data

import (
	"bytes"
	"encoding/binary"

	"cocostat/internal/exif"
)

// orientation returns the EXIF orientation of a JPEG, PNG or WebP file, 1…8.
// It is 1, upright, if the file says nothing that can be understood.
func orientation(file []byte) int {
	var data []byte
	switch {
	case bytes.HasPrefix(file, []byte{0xff, 0xd8}):
		data = exifOfJPEG(file)
	case bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")):
		data = exifOfPNG(file)
	case len(file) >= 12 && string(file[:4]) == "RIFF" && string(file[8:12]) == "WEBP":
		data = exifOfWebP(file)
	}
	return exif.Orientation(data)
}

// exifOfJPEG returns the first APP1 segment that is marked as EXIF.
func exifOfJPEG(file []byte) []byte {
	for at := 2; at+4 <= len(file) && file[at] == 0xff; {
		marker := file[at+1]
		if marker == 0xff { // a fill byte
			at++
			continue
		}
		if marker == 0xda || marker == 0xd9 { // the picture, the end
			break
		}
		end := at + 2 + int(binary.BigEndian.Uint16(file[at+2:]))
		if end < at+4 || end > len(file) {
			break
		}
		if body := file[at+4 : end]; marker == 0xe1 && bytes.HasPrefix(body, []byte(exif.Mark)) {
			return body
		}
		at = end
	}
	return nil
}

// exifOfPNG returns the chunk eXIf, which may come after the picture.
func exifOfPNG(file []byte) []byte {
	for at := 8; at+12 <= len(file); {
		n := int(binary.BigEndian.Uint32(file[at:]))
		if n > len(file)-at-12 {
			break
		}
		if string(file[at+4:at+8]) == "eXIf" {
			return file[at+8:][:n]
		}
		at += 12 + n
	}
	return nil
}

// exifOfWebP returns the chunk EXIF.
func exifOfWebP(file []byte) []byte {
	for at := 12; at+8 <= len(file); {
		n := int(binary.LittleEndian.Uint32(file[at+4:]))
		if n > len(file)-at-8 {
			break
		}
		if string(file[at:at+4]) == "EXIF" {
			return file[at+8:][:n]
		}
		at += 8 + n + n%2
	}
	return nil
}
