package data

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every file cut short anywhere is an error or, where only its end marker or
// what comes after the picture is missing, the picture; never a crash.
func TestCutFiles(t *testing.T) {
	var d decoder
	path := filepath.Join(t.TempDir(), "cut")
	for _, name := range []string{"ycc420.jpg", "progressive.jpg", "ycck.jpg", "lossy.webp", "lossless.webp", "alpha.webp", "deep.png", "palette.gif", "plain.bmp"} {
		file, err := os.ReadFile("testdata/images/" + name)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := d.decode(&Item{Path: "testdata/images/" + name}, Square{64}, 1)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Clone(whole.rgb)
		for n := 0; n < len(file); n += max(1, len(file)/31) {
			writeFile(t, path, file[:n])
			if p, err := d.decode(&Item{Path: path}, Square{64}, 1); err == nil && !slices.Equal(p.rgb, want) {
				t.Errorf("%s cut to %d of %d bytes gives another picture", name, n, len(file))
			}
		}
	}
}

// A file with a byte changed is an error or some picture, never a crash.
func TestChangedFiles(t *testing.T) {
	var d decoder
	path := filepath.Join(t.TempDir(), "changed")
	for _, name := range []string{"ycc420.jpg", "progressive.jpg", "lossy.webp", "interlaced.png"} {
		file, err := os.ReadFile("testdata/images/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < len(file); at += max(1, len(file)/61) {
			changed := slices.Clone(file)
			changed[at] ^= 0x55
			writeFile(t, path, changed)
			p, err := d.decode(&Item{Path: path, Width: 45, Height: 34}, Square{64}, 1)
			if err == nil && (p.width != 45 || p.height != 34 || len(p.rgb) != 3*45*34) {
				t.Errorf("%s with byte %d changed: %d×%d pixels", name, at, p.width, p.height)
			}
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	dir := t.TempDir()
	good, err := os.ReadFile("testdata/images/ycc420.jpg")
	if err != nil {
		t.Fatal(err)
	}
	// the frame header SOF0: FF C0, length, 8 bits, height, width
	huge := slices.Clone(good)
	at := strings.Index(string(huge), "\xff\xc0\x00\x11\x08")
	binary.BigEndian.PutUint16(huge[at+5:], 65000)
	binary.BigEndian.PutUint16(huge[at+7:], 65000)
	hugePNG, err := os.ReadFile("testdata/images/alpha.png")
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint32(hugePNG[16:], 1<<30)
	if err := os.Mkdir(filepath.Join(dir, "folder.jpg"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"text.jpg":   {[]byte("Not found\n"), "JPEG, PNG, WebP, GIF and BMP are read"},
		"empty.jpg":  {[]byte{}, "the file is empty"},
		"huge.jpg":   {huge, "an image of 65000×65000 pixels, at most 134 million are read"},
		"huge.png":   {hugePNG, "cannot read its header"}, // its checksum fails first
		"start.jpg":  {good[:20], "cannot read its header"},
		"cut.jpg":    {good[:len(good)*2/3], "damaged or cut short jpeg"},
		"folder.jpg": {nil, "a folder, not an image"},
		"gone.jpg":   {nil, "no such file"},
	} {
		path := filepath.Join(dir, name)
		if c.content != nil {
			writeFile(t, path, c.content)
		}
		var d decoder
		if _, err := d.decode(&Item{Path: path}, Square{64}, 1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

// Averaging while decoding is close to averaging afterwards, and as large.
func TestAveragedDecoding(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jpg")
	writeFile(t, path, jpegBytes(t, testImage(60, 45, 0)))
	var d decoder
	whole, err := d.decode(&Item{Path: path}, Square{128}, 1)
	if err != nil {
		t.Fatal(err)
	}
	kept := *whole
	kept.rgb = slices.Clone(whole.rgb)
	for f, size := range map[int]int{2: 30, 4: 15, 8: 7, 16: 3} {
		got, err := d.decode(&Item{Path: path}, Square{size}, 1)
		if err != nil {
			t.Fatal(err)
		}
		var want pixels
		shrink(&want, &kept, f)
		if got.factor != f || got.width != want.width || got.height != want.height || got.fileWidth != 60 || got.fileHeight != 45 {
			t.Fatalf("averaged by %d: %d×%d pixels by %d of %d×%d", f, got.width, got.height, got.factor, got.fileWidth, got.fileHeight)
		}
		// blocks at the edges hold fewer pixels, which libjpeg fills up
		for y := range got.height - 1 {
			for i, v := range got.row(y)[:3*(got.width-1)] {
				if diff := int(v) - int(want.row(y)[i]); diff < -6 || diff > 6 {
					t.Fatalf("averaged by %d: byte %d of row %d is %d, want %d", f, i, y, v, want.row(y)[i])
				}
			}
		}
	}
}
