// Package damaged makes images that are not as they should be, for tests: JPEG
// files whose segments are left out, added or wrong, and files of any kind that
// are cut short or overwritten.
package damaged

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
)

// Markers of a JPEG file's segments (ITU-T T.81, table B.1).
const (
	dht  = 0xc4 // Huffman tables
	dac  = 0xcc // conditioning of arithmetic coding
	sos  = 0xda // start of a scan
	dqt  = 0xdb // quantisation tables
	dri  = 0xdd // restart interval
	app0 = 0xe0 // JFIF
	app1 = 0xe1 // EXIF
	adbe = 0xee // APP14, Adobe
)

// segment is a marker with what follows its length.
type segment struct {
	marker byte
	body   []byte
}

// picture is a JPEG file: the segments before its first scan, and the rest,
// from the length of SOS on.
type picture struct {
	segments []segment
	scan     []byte
}

// parse takes a sound JPEG file apart.
func parse(file []byte) (p picture) {
	for at := 2; at+4 <= len(file); {
		marker := file[at+1]
		if marker == sos {
			p.scan = slices.Clone(file[at+2:])
			return p
		}
		end := at + 2 + int(binary.BigEndian.Uint16(file[at+2:]))
		p.segments = append(p.segments, segment{marker, slices.Clone(file[at+4 : end])})
		at = end
	}
	return p
}

func (p picture) bytes() []byte {
	file := []byte{0xff, 0xd8}
	for _, s := range p.segments {
		file = append(file, 0xff, s.marker)
		file = binary.BigEndian.AppendUint16(file, uint16(len(s.body)+2))
		file = append(file, s.body...)
	}
	return append(append(file, 0xff, sos), p.scan...)
}

// frame is the body of SOF: precision, height, width, components, and three
// bytes for each of these.
func (p picture) frame() []byte {
	for _, s := range p.segments {
		if s.marker >= 0xc0 && s.marker <= 0xcf && s.marker != dht && s.marker != dac {
			return s.body
		}
	}
	return nil
}

func (p *picture) without(marker byte) {
	p.segments = slices.DeleteFunc(p.segments, func(s segment) bool { return s.marker == marker })
}

func (p *picture) with(marker byte, body ...byte) {
	p.without(marker)
	p.segments = append([]segment{{marker, body}}, p.segments...)
}

// WithoutQuantisation leaves the quantisation tables out of a JPEG file.
func WithoutQuantisation(file []byte) []byte { return without(file, dqt) }

// WithoutHuffman leaves the Huffman tables out of a JPEG file.
func WithoutHuffman(file []byte) []byte { return without(file, dht) }

func without(file []byte, marker byte) []byte {
	p := parse(file)
	p.without(marker)
	return p.bytes()
}

// JPEG returns a sound JPEG file with one to three things changed that a
// decoder may remember.
func JPEG(rng *rand.Rand, file []byte) []byte {
	p := parse(file)
	for range 1 + rng.IntN(3) {
		p.change(rng)
	}
	return p.bytes()
}

func (p *picture) change(rng *rand.Rand) {
	frame := p.frame()
	component := 6 + 3*rng.IntN(max(1, (len(frame)-6)/3))
	switch rng.IntN(12) {
	case 0:
		p.without(dqt)
	case 1:
		p.without(dht)
	case 2:
		p.without([]byte{dri, app0, app1, adbe, dac}[rng.IntN(5)])
	case 3:
		p.with(dri, 0, byte(rng.IntN(4)))
	case 4: // version, flags, and how colours were transformed
		p.with(adbe, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), byte(rng.IntN(3)))...)
	case 5:
		p.with(app1, append([]byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00"), byte(1+rng.IntN(8)), 0, 0, 0, 0, 0, 0, 0)...)
	case 6:
		p.with(app0, []byte("JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00")...)
	case 7: // how many components
		frame[5] = byte(1 + rng.IntN(4))
	case 8: // their names: 1 2 3 are taken for YCbCr, R G B for RGB
		names := []string{"\x01\x02\x03\x04", "RGBA", "\x00\x01\x02\x03"}[rng.IntN(3)]
		for i := 6; i+2 < len(frame); i += 3 {
			frame[i] = names[(i-6)/3%4]
		}
	case 9: // which quantisation table
		frame[component+2] = byte(rng.IntN(4))
	case 10: // sampling
		frame[component+1] = byte(1+rng.IntN(2))<<4 | byte(1+rng.IntN(2))
	case 11: // other quantisation
		for _, s := range p.segments {
			if s.marker == dqt {
				s.body[1+rng.IntN(len(s.body)-1)] = byte(1 + rng.IntN(255))
			}
		}
	}
}

// Any returns a file that is cut short, or has bytes that are wrong, zero or
// doubled.
func Any(rng *rand.Rand, file []byte) []byte {
	file = slices.Clone(file)
	from := rng.IntN(len(file))
	to := min(len(file), from+1+rng.IntN(64))
	switch rng.IntN(4) {
	case 0:
		return file[:from]
	case 1:
		for range 1 + rng.IntN(8) {
			file[rng.IntN(len(file))] ^= 1 << rng.IntN(8)
		}
	case 2:
		clear(file[from:to])
	case 3:
		return bytes.Join([][]byte{file[:to], file[from:]}, nil)
	}
	return file
}
