//go:build !purejpeg

package jpeg

import (
	stdbytes "bytes"
	"fmt"
	"image"
	"image/draw"
	stdjpeg "image/jpeg"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkDecoders compares libjpeg, whole and averaged, with Go's library on
// real images, each to the bytes of its pixels.
func BenchmarkDecoders(b *testing.B) {
	for _, set := range []string{"bccd/train", "otonom/train", "coco128/train2017"} {
		paths, err := filepath.Glob("../../../../shared/data/" + set + "/*.jpg")
		if err != nil || len(paths) == 0 {
			b.Logf("no ../shared/data/%s beside the repository", set)
			continue
		}
		var files [][]byte
		for _, path := range paths[:min(len(paths), 60)] {
			file, err := os.ReadFile(path)
			if err != nil {
				b.Fatal(err)
			}
			files = append(files, file)
		}
		for _, scale := range []int{1, 2, 4, 8} {
			b.Run(fmt.Sprintf("%s/libjpeg1:%d", set, scale), func(b *testing.B) { benchNative(b, files, scale) })
		}
		b.Run(set+"/go", func(b *testing.B) { benchGo(b, files) })
	}
}

func benchNative(b *testing.B, files [][]byte, scale int) {
	d, err := NewDecoder()
	if err != nil {
		b.Fatal(err)
	}
	var rgb []byte
	for i := 0; b.Loop(); i++ {
		file := files[i%len(files)]
		w, h, err := d.Size(file)
		if err != nil {
			b.Fatal(err)
		}
		if n := 3 * w * h; n > cap(rgb) {
			rgb = make([]byte, n)
		}
		if err := d.Decode(rgb[:cap(rgb)], file, scale); err != nil {
			b.Fatal(err)
		}
	}
}

func benchGo(b *testing.B, files [][]byte) {
	var canvas image.RGBA
	for i := 0; b.Loop(); i++ {
		img, err := stdjpeg.Decode(stdbytes.NewReader(files[i%len(files)]))
		if err != nil {
			b.Fatal(err)
		}
		if canvas.Rect != img.Bounds() {
			canvas = *image.NewRGBA(img.Bounds())
		}
		draw.Draw(&canvas, canvas.Rect, img, img.Bounds().Min, draw.Src)
	}
}
