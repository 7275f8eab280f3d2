package data

import (
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The kinds of images, against what Pillow makes of them: testdata/make_images.py.
func TestKindsAgainstPillow(t *testing.T) {
	expected, err := filepath.Glob("testdata/images/*.rgb.png")
	if err != nil || len(expected) < 25 {
		t.Fatalf("%d expected images, error %v", len(expected), err)
	}
	var d decoder
	for _, path := range expected {
		name := strings.TrimSuffix(path, ".rgb.png")
		t.Run(filepath.Base(name), func(t *testing.T) {
			want := readPNG(t, path)
			got, err := d.decode(&Item{Path: name}, Square{64}, 1)
			if err != nil {
				t.Fatal(err)
			}
			if got.width != want.width || got.height != want.height {
				t.Fatalf("%d×%d pixels, want %d×%d", got.width, got.height, want.width, want.height)
			}
			most, sum := 0, 0
			for i, v := range want.rgb {
				diff := int(got.rgb[i]) - int(v)
				diff = max(diff, -diff)
				most, sum = max(most, diff), sum+diff
			}
			// Go's JPEG decoder does not interpolate chroma; alpha is rounded in
			// another way; the rest is exact, and left room for other libraries.
			limit, mean := 2, 0.5
			if strings.HasSuffix(name, ".jpg") && maxJPEGFactor == 1 {
				limit, mean = 80, 5
			}
			if m := float64(sum) / float64(len(want.rgb)); most > limit || m > mean {
				t.Errorf("largest difference %d, mean %.2f; want at most %d, %g", most, m, limit, mean)
			}
		})
	}
}

func readPNG(t *testing.T, path string) *pixels {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return toPixels(img)
}
