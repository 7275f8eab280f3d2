// Package imagesize tells the width and height of image files from their headers.
// It reads a few kilobytes of each and decodes nothing, so that what a decoder
// might refuse, an unusual compression say, has a size as well.
package imagesize

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"cocostat/internal/rawfile"
)

// ErrFormat says that a file is none of the formats that are known.
var ErrFormat = errors.New("no image of a known format (JPEG, PNG, WebP, GIF, BMP, TIFF)")

// errCut says that a header is not complete.
var errCut = errors.New("the file ends within its header")

// Read returns the size in pixels of a JPEG, PNG, WebP, GIF, BMP or TIFF file as
// it is shown: a JPEG or PNG whose EXIF data say that it lies on its side is turned,
// as by Ultralytics (exif_size in its data/utils.py). The error names no file, but
// what is wrong with it, and is ErrFormat if it is none of these.
func Read(path string) (width, height int, err error) {
	f, err := rawfile.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	return Of(f)
}

// Of is Read of a file that is open.
func Of(r io.ReaderAt) (width, height int, err error) {
	h := headers.Get().(*header)
	defer headers.Put(h)
	h.from, h.at, h.data, h.reads = r, 0, h.data[:0], 0
	width, height, err = h.size()
	if err == nil && (width <= 0 || height <= 0) {
		err = fmt.Errorf("its header says %d×%d pixels", width, height)
	}
	if err != nil {
		return 0, 0, err
	}
	return width, height, nil
}

// headers are free to use.
var headers = sync.Pool{New: func() any { return &header{data: make([]byte, 0, window)} }}

const (
	window = 4 << 10 // what is read at a time: most headers as a whole
	most   = 4 << 10 // reads in one file: more than 16 MiB of header are none
)

// header reads the beginning of a file, a window at a time.
type header struct {
	from  io.ReaderAt
	at    int64  // of data in the file
	data  []byte // the window
	reads int
}

// bytes returns n bytes at an offset, which are valid until the next call.
func (h *header) bytes(at int64, n int) ([]byte, error) {
	if at >= h.at && at+int64(n) <= h.at+int64(len(h.data)) {
		return h.data[at-h.at:][:n], nil
	}
	if h.reads++; h.reads > most {
		return nil, errors.New("its header is too long")
	}
	if n > cap(h.data) {
		h.data = make([]byte, 0, n)
	}
	got, err := h.from.ReadAt(h.data[:cap(h.data)], at)
	h.at, h.data = at, h.data[:got]
	switch {
	case got >= n:
		return h.data[:n], nil
	case err == io.EOF:
		return nil, errCut
	default:
		return nil, err
	}
}

// size finds the format.
func (h *header) size() (width, height int, err error) {
	const shortest = 12 // bytes that tell all formats
	b, err := h.bytes(0, shortest)
	if errors.Is(err, errCut) && len(h.data) == 0 {
		return 0, 0, errors.New("the file is empty")
	}
	if errors.Is(err, errCut) {
		return 0, 0, ErrFormat
	}
	if err != nil {
		return 0, 0, err
	}
	switch head := string(b); {
	case head[:2] == "\xff\xd8":
		return h.jpeg()
	case head[:8] == "\x89PNG\r\n\x1a\n":
		return h.png()
	case head[:4] == "RIFF" && head[8:12] == "WEBP":
		return h.webp()
	case head[:6] == "GIF87a" || head[:6] == "GIF89a":
		return int(little.Uint16(b[6:])), int(little.Uint16(b[8:])), nil
	case head[:2] == "BM":
		return h.bmp()
	case head[:4] == "II*\x00":
		return h.tiff(little)
	case head[:4] == "MM\x00*":
		return h.tiff(big)
	}
	return 0, 0, ErrFormat
}

var (
	little = binary.LittleEndian
	big    = binary.BigEndian
)
