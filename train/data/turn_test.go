package data

import (
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
