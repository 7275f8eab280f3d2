//go:build !purejpeg

// Package jpeg decodes JPEG files with libjpeg, in its usual form
// libjpeg-turbo: baseline, progressive and arithmetic coding; grey, YCbCr, RGB,
// and CMYK and YCCK inverted as Adobe's programs write them. The inverse cosine
// transform is the accurate one and chroma is interpolated, as in Pillow and
// OpenCV.
//
// Damage that loses pixels is an error: data cut short, codes that cannot be, no
// quantisation tables. Bytes too many before a marker are not, nor is a missing
// end marker. A baseline file without Huffman tables is decoded, by
// libjpeg-turbo, with those that Motion JPEG implies (ITU-T T.81, annex K.3).
//
// With the build tag purejpeg the package is empty, and libjpeg not needed.
package jpeg

/*
#cgo CFLAGS: -O2
#cgo LDFLAGS: -ljpeg
#include "reader.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"
)

// Decoder decodes images one after the other, each as if it were the first. One
// goroutine uses it at a time.
type Decoder struct {
	c *C.jpegx_reader
}

// NewDecoder returns a decoder. Its memory goes with it.
func NewDecoder() (*Decoder, error) {
	c := C.jpegx_new()
	if c == nil {
		return nil, errors.New("jpeg: out of memory")
	}
	d := &Decoder{c}
	runtime.AddCleanup(d, func(c *C.jpegx_reader) { C.jpegx_free(c) }, c)
	return d, nil
}

// Size returns the dimensions of an image in pixels.
func (d *Decoder) Size(file []byte) (width, height int, err error) {
	var w, h C.int
	if C.jpegx_size(d.c, bytes(file), C.size_t(len(file)), &w, &h) != 0 {
		return 0, 0, d.err()
	}
	runtime.KeepAlive(d)
	return int(w), int(h), nil
}

// Decode writes the pixels of an image to rgb, three bytes R G B each, averaged
// over scale×scale of them in the frequency domain; scale is 1, 2, 4 or 8. The
// result has ⌈width/scale⌉×⌈height/scale⌉ pixels, which rgb must have room for.
func (d *Decoder) Decode(rgb, file []byte, scale int) error {
	if scale != 1 && scale != 2 && scale != 4 && scale != 8 {
		return fmt.Errorf("jpeg: scale 1/%d is not 1, 1/2, 1/4 or 1/8", scale)
	}
	if C.jpegx_decode(d.c, bytes(file), C.size_t(len(file)), C.int(scale), bytes(rgb), C.size_t(len(rgb))) != 0 {
		return d.err()
	}
	runtime.KeepAlive(d)
	return nil
}

func (d *Decoder) err() error {
	text := C.GoString(C.jpegx_message(d.c))
	runtime.KeepAlive(d)
	return errors.New("jpeg: " + text)
}

func bytes(b []byte) *C.uchar { return (*C.uchar)(unsafe.SliceData(b)) }
