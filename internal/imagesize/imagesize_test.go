package imagesize_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"cocostat/internal/imagesize"
)

// encoders write each format with a library.
var encoders = map[string]func(b *bytes.Buffer, m image.Image) error{
	"jpeg": func(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, nil) },
	"png":  func(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) },
	"gif":  func(b *bytes.Buffer, m image.Image) error { return gif.Encode(b, m, nil) },
	"bmp":  func(b *bytes.Buffer, m image.Image) error { return bmp.Encode(b, m) },
	"tiff": func(b *bytes.Buffer, m image.Image) error { return tiff.Encode(b, m, nil) },
}

func picture(t *testing.T, format string, width, height int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	m.Set(width/2, height/2, color.White)
	var b bytes.Buffer
	if err := encoders[format](&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func check(t *testing.T, name string, file []byte, width, height int) {
	t.Helper()
	if w, h, err := imagesize.Of(bytes.NewReader(file)); err != nil || w != width || h != height {
		t.Errorf("%s: %d×%d, %v; want %d×%d", name, w, h, err, width, height)
	}
}

func TestFormats(t *testing.T) {
	for format := range encoders {
		for _, size := range []image.Point{{1, 1}, {640, 3}, {257, 1031}} {
			check(t, format, picture(t, format, size.X, size.Y), size.X, size.Y)
		}
	}
}

// Files of the three kinds of WebP, by the container's specification
// (developers.google.com/speed/webp/docs/riff_container) and RFC 6386, 9.1.
func TestWebP(t *testing.T) {
	file := func(kind, body string) []byte {
		return []byte("RIFF\x00\x00\x00\x00WEBP" + kind + "\x00\x00\x00\x00" + body)
	}
	check(t, "lossy", file("VP8 ", "\x10\x20\x00\x9d\x01\x2a\x80\x42\xe0\x81\x00\x00"), 0x280, 0x1e0)
	check(t, "lossless", file("VP8L", "\x2f\x7f\xc2\x77\x10\x00\x00\x00\x00\x00\x00\x00"), 640, 480) // 639 | 479<<14 | a bit of alpha
	check(t, "extended", file("VP8X", "\x10\x00\x00\x00\x7f\x02\x00\xdf\x01\x00\x00\x00"), 640, 480)
}

// A BMP of OS/2, and one whose rows go down.
func TestOtherBMP(t *testing.T) {
	core := []byte("BM\x00\x00\x00\x00\x00\x00\x00\x00\x1a\x00\x00\x00\x0c\x00\x00\x00\x80\x02\xe0\x01\x01\x00\x18\x00")
	check(t, "OS/2", core, 640, 480)
	down := picture(t, "bmp", 20, 10)
	binary.LittleEndian.PutUint32(down[22:], ^uint32(10)+1)
	check(t, "rows go down", down, 20, 10)
}

// turned inserts an EXIF segment with an orientation, and others before it, into a JPEG.
func turned(file []byte, orientation byte, before ...[]byte) []byte {
	out := append([]byte{}, file[:2]...)
	exif := append([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00"), orientation, 0, 0, 0, 0, 0, 0)
	exif = append(exif, make([]byte, 20000)...) // a small picture
	for _, body := range append(before, exif) {
		out = append(out, 0xff, 0xff, 0xe1)
		out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2))
		out = append(out, body...)
	}
	return append(out, file[2:]...)
}

// The EXIF orientations 5 to 8 lay an image on its side (EXIF 2.3, 4.6.4), behind
// as many and as long segments as there are.
func TestTurnedJPEG(t *testing.T) {
	file := picture(t, "jpeg", 40, 30)
	xmp := append([]byte("http://ns.adobe.com/xap/1.0/\x00"), make([]byte, 65000)...)
	for o := byte(0); o <= 9; o++ {
		width, height := 40, 30
		if o >= 5 && o <= 8 {
			width, height = 30, 40
		}
		check(t, "EXIF", turned(file, o), width, height)
		check(t, "EXIF behind XMP", turned(file, o, xmp, xmp), width, height)
	}
}

// Files that are cut have the right size or none.
func TestCut(t *testing.T) {
	for format := range encoders {
		whole := picture(t, format, 40, 30)
		for n := range whole[:min(len(whole), 2000)] {
			w, h, err := imagesize.Of(bytes.NewReader(whole[:n]))
			if err == nil && (w != 40 || h != 30) {
				t.Errorf("%s cut to %d bytes: %d×%d", format, n, w, h)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"nothing":      {"", "empty"},
		"short":        {"a", "no image of a known format"},
		"text":         {"<!DOCTYPE html><html>", "no image of a known format"},
		"no frame":     {"\xff\xd8\xff\xd9        ", "without a frame"},
		"no length":    {"\xff\xd8\xff\xe0\x00\x01          ", "no length"},
		"height 0":     {"\xff\xd8\xff\xc0\x00\x0b\x08\x00\x00\x00\x10\x01\x00\x00\x00\xff\xd9", "16×0 pixels"},
		"no IHDR":      {"\x89PNG\r\n\x1a\n\x00\x00\x00\x04CgBI\x00\x00\x00\x00\x00\x00\x00\x00", "IHDR"},
		"fill bytes":   {"\xff\xd8" + strings.Repeat("\xff", 17<<20), "too long"},
		"no directory": {"II*\x00\xff\xff\xff\x7f\x00\x00\x00\x00", "ends within its header"},
	} {
		if _, _, err := imagesize.Of(strings.NewReader(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	if _, _, err := imagesize.Read(filepath.Join(t.TempDir(), "none.jpg")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// Images of all kinds, each beside what another program made of it, upright
// (train/data/testdata/make_images.py); a WebP is as stored.
func TestImagesOfAnotherProgram(t *testing.T) {
	paths, err := filepath.Glob("../../train/data/testdata/images/*.rgb.png")
	if err != nil || len(paths) < 15 {
		t.Fatalf("%d images, %v", len(paths), err)
	}
	for _, shown := range paths {
		f, err := os.Open(shown)
		if err != nil {
			t.Fatal(err)
		}
		c, err := png.DecodeConfig(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		path := strings.TrimSuffix(shown, ".rgb.png")
		if strings.Contains(path, "turned") && filepath.Ext(path) == ".webp" {
			c.Width, c.Height = c.Height, c.Width
		}
		if w, h, err := imagesize.Read(path); err != nil || w != c.Width || h != c.Height {
			t.Errorf("%s: %d×%d, %v; want %d×%d", path, w, h, err, c.Width, c.Height)
		}
	}
}

func FuzzOf(f *testing.F) {
	for format := range encoders {
		m := image.NewGray(image.Rect(0, 0, 4, 3))
		var b bytes.Buffer
		if err := encoders[format](&b, m); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		w, h, err := imagesize.Of(bytes.NewReader(file))
		if (err == nil) != (w > 0 && h > 0) {
			t.Errorf("%d×%d, %v", w, h, err)
		}
	})
}
