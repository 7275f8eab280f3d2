package data

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"
)

func toPixels(img image.Image) *pixels {
	var d decoder
	d.toRGB(img)
	return &d.full
}

// warp samples p into a square.
func warp(dst []float32, p *pixels, t Transform, size int) [3]float64 {
	var w warper
	square := Size{size, size}
	return w.warp(dst, p, &placement{Transform: t, area: square})
}

func TestWarpIdentity(t *testing.T) {
	img := testImage(16, 16, 1)
	out := make([]float32, 3*16*16)
	means := warp(out, toPixels(img), evalTransform(16, 16, 16), 16)
	sum := 0.0
	for y := range 16 {
		for x := range 16 {
			c := img.RGBAAt(x, y)
			sum += float64(c.R)
			at := y*16 + x
			if out[at] != float32(c.R) || out[256+at] != float32(c.G) || out[512+at] != float32(c.B) {
				t.Fatalf("pixel (%d, %d): %g %g %g, want %v", x, y, out[at], out[256+at], out[512+at], c)
			}
		}
	}
	if math.Abs(means[0]-sum/256) > 1e-9 {
		t.Errorf("mean of red %g, want %g", means[0], sum/256)
	}
}

func TestWarpFlip(t *testing.T) {
	img := testImage(16, 16, 1)
	out := make([]float32, 3*16*16)
	warp(out, toPixels(img), view(8, 8, 16, 16, true), 16)
	for y := range 16 {
		for x := range 16 {
			if got, want := out[y*16+x], float32(img.RGBAAt(15-x, y).R); got != want {
				t.Fatalf("pixel (%d, %d): %g, want %g", x, y, got, want)
			}
		}
	}
}

// bilinear is the definition: the value of channel c at the source point
// (x, y), black outside.
func bilinear(img *image.RGBA, x, y float64, c int) float64 {
	x0, y0 := math.Floor(x-0.5), math.Floor(y-0.5)
	sum := 0.0
	for dy := range 2 {
		for dx := range 2 {
			px, py := int(x0)+dx, int(y0)+dy
			if image.Pt(px, py).In(img.Rect) {
				wx, wy := 1-math.Abs(x-0.5-float64(px)), 1-math.Abs(y-0.5-float64(py))
				sum += wx * wy * float64(img.Pix[img.PixOffset(px, py)+c])
			}
		}
	}
	return sum
}

// Weights across a row are rounded to 1/2048, so that a value may be off by
// 255/2048/2 twice.
func TestWarpAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		img := testImage(1+rng.IntN(40), 1+rng.IntN(40), rng.IntN(9))
		size := 4 * (1 + rng.IntN(8))
		tr := view(rng.Float64()*40, rng.Float64()*40, 1+rng.Float64()*80, size, rng.IntN(2) == 0)
		out := make([]float32, 3*size*size)
		means := warp(out, toPixels(img), tr, size)
		inv := tr.Inverse()
		var sums [3]float64
		for i, got := range out {
			c, y, x := i/(size*size), i/size%size, i%size
			want := bilinear(img, inv.AX*(float64(x)+0.5)+inv.BX, inv.AY*(float64(y)+0.5)+inv.BY, c)
			if math.Abs(float64(got)-want) > 0.13 {
				t.Fatalf("%v, %+v, channel %d, pixel (%d, %d): %g, want %g", img.Rect, tr, c, x, y, got, want)
			}
			sums[c] += float64(got)
		}
		for c := range sums {
			if math.Abs(means[c]-sums[c]/float64(size*size)) > 1e-3 {
				t.Fatalf("mean of channel %d is %g, want %g", c, means[c], sums[c]/float64(size*size))
			}
		}
	}
}

// A 6×4 image averaged by 4: the second column of blocks is 2 pixels wide.
func TestShrink(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 6, 4))
	for y := range 4 {
		for x := range 6 {
			img.SetRGBA(x, y, color.RGBA{R: byte(10 * x), G: byte(y), B: 7, A: 255})
		}
	}
	var small pixels
	shrink(&small, toPixels(img), 4)
	// means of 0 10 20 30 → 15, of 40 50 → 45; of 0 1 2 3 → 1.5 → 2
	want := []byte{15, 2, 7, 45, 2, 7}
	if small.width != 2 || small.height != 1 || small.factor != 4 || string(small.rgb) != string(want) {
		t.Errorf("%d×%d, factor %d: %v, want %v", small.width, small.height, small.factor, small.rgb, want)
	}
}

func TestSquareFactor(t *testing.T) {
	for _, c := range []struct {
		width, height, size int
		scale               float64
		want                int
	}{
		{640, 480, 512, 0.6, 1}, {640, 640, 128, 0.6, 2}, {640, 640, 128, 1, 4},
		{256, 10, 128, 1, 2}, {255, 10, 128, 1, 1}, {6000, 4000, 512, 0.6, 4}, {1, 1, 512, 1, 1},
	} {
		if got := (Square{c.size}).factor(Size{c.width, c.height}, c.scale); got != c.want {
			t.Errorf("%+v: factor %d", c, got)
		}
	}
}

// A smooth image averaged first and then sampled shows the same scene at the
// same place: compare with sampling the definition at four points per pixel.
func TestShrinkKeepsPlace(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for y := range 64 {
		for x := range 64 {
			img.SetRGBA(x, y, color.RGBA{R: byte(3 * x), G: byte(2*y + 20), B: byte(x + y), A: 255})
		}
	}
	var small pixels
	shrink(&small, toPixels(img), 4)
	out := make([]float32, 3*16*16)
	tr := view(30, 34, 56, 16, false)
	warp(out, &small, tr, 16)
	inv := tr.Inverse()
	for y := 2; y < 14; y++ {
		for x := 2; x < 14; x++ {
			want := bilinear(img, inv.AX*(float64(x)+0.5)+inv.BX, inv.AY*(float64(y)+0.5)+inv.BY, 0)
			if got := float64(out[y*16+x]); math.Abs(got-want) > 0.7 {
				t.Errorf("pixel (%d, %d): %g, want %g", x, y, got, want)
			}
		}
	}
}
