package data

import (
	"context"
	"path/filepath"
	"testing"
)

// The benchmarks report the time per image.

func BenchmarkWarp(b *testing.B) {
	for _, size := range []struct {
		name                string
		width, height, side int
	}{{"128to128", 128, 128, 128}, {"640x480to512", 640, 480, 512}} {
		b.Run(size.name, func(b *testing.B) {
			var d decoder
			d.toRGB(testImage(size.width, size.height, 0))
			var w warper
			square := Size{size.side, size.side}
			out := make([]float32, 3*size.side*size.side)
			at := placement{Transform: view(float64(size.width)/2, float64(size.height)/2, 0.9*float64(size.width), size.side, true), area: square}
			for b.Loop() {
				w.warp(out, &d.full, &at)
			}
		})
	}
}

func BenchmarkRecolour(b *testing.B) {
	out, planes := make([]float32, 3*512*512), make([]float32, 3*512*512)
	m := jitter{order: [3]int{1, 0, 2}, factor: [3]float64{0.9, 1.1, 1.2}}.matrix(0.4).normalised()
	for b.Loop() {
		recolour(out, planes, Size{512, 512}, Size{512, 512}, &m)
	}
}

func BenchmarkDecodeJPEG(b *testing.B) {
	path := filepath.Join(b.TempDir(), "a.jpg")
	writeFile(b, path, jpegBytes(b, testImage(640, 480, 0)))
	var d decoder
	item := &Item{Path: path, Width: 640, Height: 480}
	for b.Loop() {
		if _, err := d.decode(item, Square{512}, 0.6); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCachedEpoch(b *testing.B) {
	opt := trainOptions(128, 16, 1)
	opt.CacheBytes = 1 << 30
	l, err := NewLoader(testSet(b, 64), opt)
	if err != nil {
		b.Fatal(err)
	}
	images := 0
	for b.Loop() {
		for batch, err := range l.Epoch(context.Background(), images) {
			if err != nil {
				b.Fatal(err)
			}
			images += batch.N
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(images), "µs/image")
}
