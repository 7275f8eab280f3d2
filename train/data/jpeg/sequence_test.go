//go:build !purejpeg

package jpeg

import (
	stdbytes "bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/train/data/internal/damaged"
)

// good are the JPEG files of the tests, and a few real ones if there are any.
func good(t *testing.T) (files [][]byte) {
	t.Helper()
	for _, pattern := range []string{"../testdata/images/*.jpg", "../../../../shared/data/bccd/train/BloodImage_0000*.jpg"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if len(paths) == 0 {
			t.Logf("no files %s", pattern)
		}
		for _, path := range paths {
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	return files
}

// result is all that decoding gives: size, and pixels or an error.
func result(d *Decoder, rgb, file []byte, scale int) string {
	w, h, err := d.Size(file)
	if err != nil {
		return "size: " + err.Error()
	}
	n := 3 * ((w + scale - 1) / scale) * ((h + scale - 1) / scale)
	if n > len(rgb) {
		return fmt.Sprintf("%d×%d", w, h)
	}
	if err := d.Decode(rgb[:n], file, scale); err != nil {
		return fmt.Sprintf("%d×%d: %v", w, h, err)
	}
	return fmt.Sprintf("%d×%d: %s", w, h, rgb[:n])
}

// What one decoder makes of good and damaged files, one after the other, is
// what a new decoder makes of each.
func TestNothingIsLeftOfAnImage(t *testing.T) {
	files := good(t)
	shared, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(12, 1))
	room, alone := make([]byte, 3<<20), make([]byte, 3<<20)
	kinds := map[string]int{}
	for step := range 2000 {
		file, kind := files[rng.IntN(len(files))], "good"
		switch rng.IntN(4) {
		case 0, 1:
			file, kind = damaged.JPEG(rng, file), "changed"
		case 2:
			file, kind = damaged.Any(rng, file), "damaged"
		}
		scale := 1 << rng.IntN(4)
		fresh, err := NewDecoder()
		if err != nil {
			t.Fatal(err)
		}
		got, want := result(shared, room, file, scale), result(fresh, alone, file, scale)
		if got != want {
			t.Fatalf("step %d, a %s file of %d bytes at 1/%d: %.80q, and alone %.80q", step, kind, len(file), scale, got, want)
		}
		if strings.Contains(want, "jpeg: ") {
			kind += ", refused"
		}
		kinds[kind]++
	}
	for _, kind := range []string{"good", "changed", "changed, refused", "damaged", "damaged, refused"} {
		if kinds[kind] < 100 {
			t.Errorf("%d files were %s: the test shows little", kinds[kind], kind)
		}
	}
	t.Logf("files: %v", kinds)
}

// Without quantisation tables nothing can be decoded. Without Huffman tables a
// baseline file is taken for a frame of Motion JPEG, which has those of ITU-T
// T.81, annex K.3 (libjpeg-turbo's jstdhuff.c): Pillow, without optimisation,
// writes the same, so that nothing changes.
func TestFilesWithoutTables(t *testing.T) {
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	file := read(t, "ycc420.jpg")
	whole, rgb := make([]byte, 3*45*34), make([]byte, 3*45*34)
	if err := d.Decode(whole, file, 1); err != nil {
		t.Fatal(err)
	}
	if err := d.Decode(rgb, damaged.WithoutQuantisation(file), 1); err == nil || !strings.Contains(err.Error(), "Quantization table 0x00 was not defined") {
		t.Errorf("without quantisation tables: error %v", err)
	}
	if err := d.Decode(rgb, damaged.WithoutHuffman(file), 1); err != nil || !stdbytes.Equal(rgb, whole) {
		t.Errorf("without Huffman tables: error %v, or other pixels", err)
	}
	progressive := damaged.WithoutHuffman(read(t, "progressive.jpg"))
	if err := d.Decode(rgb, progressive, 1); err == nil || !strings.Contains(err.Error(), "Huffman table") {
		t.Errorf("a progressive file without Huffman tables: error %v", err)
	}
}
