package data

import (
	"encoding/binary"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// Which way up is decided by the size in the annotations where it can be.
func TestUpright(t *testing.T) {
	for name, c := range map[string]struct {
		item          Item
		width, height int
		o, want       int
	}{
		"no EXIF":                      {Item{Width: 40, Height: 30}, 40, 30, 1, 1},
		"annotated as stored":          {Item{Width: 40, Height: 30}, 40, 30, 6, 1},
		"annotated as shown":           {Item{Width: 30, Height: 40}, 40, 30, 6, 6},
		"mirrored, which no size says": {Item{Width: 40, Height: 30}, 40, 30, 3, 3},
		"square":                       {Item{Width: 30, Height: 30}, 30, 30, 8, 8},
		"unknown size":                 {Item{}, 40, 30, 5, 5},
	} {
		if got, err := upright(&c.item, c.width, c.height, c.o); err != nil || got != c.want {
			t.Errorf("%s: orientation %d, error %v; want %d", name, got, err, c.want)
		}
	}
	_, err := upright(&Item{Width: 20, Height: 15}, 40, 30, 6)
	if want := "40×30 pixels (30×40 when turned as its EXIF data says), the annotations say 20×15"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
	_, err = upright(&Item{Width: 30, Height: 40}, 40, 30, 3)
	if err == nil {
		t.Error("swapped sides are accepted where EXIF does not swap them")
	}
}

// The whole way: a file turned by EXIF, with annotations of either size.
func TestTurnedFile(t *testing.T) {
	shown, stored := readPNG(t, "testdata/images/turned6.png.rgb.png"), readPNG(t, "testdata/images/lossless.webp.rgb.png")
	var d decoder
	for _, want := range []*pixels{shown, stored} {
		got, err := d.decode(&Item{Path: "testdata/images/turned6.png", Width: want.width, Height: want.height}, Square{64}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got.width != want.width || got.fileWidth != want.width || got.fileHeight != want.height || !slices.Equal(got.rgb, want.rgb) {
			t.Errorf("%d×%d: other pixels than the picture has", want.width, want.height)
		}
	}
}

// Turning an averaged image shows the same scene as the whole one: blocks at
// the edges that hold fewer pixels must not shift it. Its slopes are 3 and 5 a
// pixel, so that a shift by a pixel would show.
func TestTurnedAfterAveraging(t *testing.T) {
	whole := toPixels(testImage(45, 34, 0))
	for _, f := range []int{2, 4} {
		var small, turned, turnedWhole pixels
		shrink(&small, whole, f)
		for o := 2; o <= 8; o++ {
			turnInto(&turned, &small, o)
			turnInto(&turnedWhole, whole, o)
			if turned.fileWidth != turnedWhole.width || turned.fileHeight != turnedWhole.height {
				t.Fatalf("orientation %d: %d×%d pixels", o, turned.fileWidth, turned.fileHeight)
			}
			const size = 8
			view := view(float64(turned.fileWidth)/2, float64(turned.fileHeight)/2, 24, size, false)
			got, want := make([]float32, 3*size*size), make([]float32, 3*size*size)
			warp(got, &turned, view, size)
			warp(want, &turnedWhole, view, size)
			for i := range got {
				if d := math.Abs(float64(got[i] - want[i])); d > 1 {
					t.Fatalf("averaged by %d, orientation %d: value %d is %g, want %g", f, o, i, got[i], want[i])
				}
			}
		}
	}
}

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

func TestOrientationOf(t *testing.T) {
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
		"nothing":           {nil, 1},
		"points outside":    {[]byte("II*\x00\xff\xff\xff\xff"), 1},
		"more entries said": {[]byte("II*\x00\x08\x00\x00\x00\xff\xff\x01"), 1},
	} {
		if got := orientationOf(c.tiff); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// Files that are cut anywhere have an orientation: the right one or none.
func TestOrientationOfDamagedFiles(t *testing.T) {
	for path, want := range map[string]int{
		"testdata/images/turned6.jpg": 6, "testdata/images/turned6.png": 6, "testdata/images/turned8.webp": 8,
		"testdata/images/ycc420.jpg": 1, "testdata/images/palette.gif": 1,
	} {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := orientation(file); got != want {
			t.Errorf("%s: orientation %d, want %d", path, got, want)
		}
		for n := range file {
			if got := orientation(file[:n]); got != 1 && got != want {
				t.Errorf("%s cut to %d bytes: orientation %d", path, n, got)
			}
		}
	}
}
