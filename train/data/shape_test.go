package data

import (
	"encoding/json"
	"fmt"
	"image"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// alone is the placement of an image in an input of its own, not varied.
func alone(shape Shape, image Size) (Size, placement) {
	input := shape.Input(image)
	return input, shape.place(image, input, Augment{}, draws{})
}

// painted is the input of a picture, in a buffer that held something else.
func painted(input Size, p *pixels, at placement) []float32 {
	out := make([]float32, 3*input.Width*input.Height)
	nan := float32(math.NaN())
	fill(out, [3]float32{nan, nan, nan})
	newPainter(Augment{}).paint(out, input, p, &at, Augment{}.drawJitter(newDice(0).of(0, 0)))
	return out
}

// bytesOf undoes the normalisation of channel c: the published mean and
// deviation, R G B.
func bytesOf(v float32, c int) float64 {
	mean, std := [3]float64{0.470, 0.447, 0.408}, [3]float64{0.278, 0.274, 0.289}
	return 255 * (float64(v)*std[c] + mean[c])
}

// By hand: W = (w | 31) + 1 and x' = x − ⌊w/2⌋ + W/2. 640 = 20·32, so its input is
// 21·32 = 672, and 320 goes to 336; 479 | 31 = 479, and ⌊479/2⌋ = 239 goes to 240.
func TestKeepByHand(t *testing.T) {
	for _, c := range []struct {
		image, input Size
		x, y         float64 // where the left top pixel goes
	}{
		{Size{640, 480}, Size{672, 512}, 16, 16},
		{Size{480, 640}, Size{512, 672}, 16, 16},
		{Size{639, 479}, Size{640, 480}, 1, 1},
		{Size{640, 427}, Size{672, 448}, 16, 11},
		{Size{512, 31}, Size{544, 32}, 16, 1},
		{Size{1, 1}, Size{32, 32}, 16, 16},
		{Size{333, 500}, Size{352, 512}, 10, 6},
	} {
		input, at := alone(Keep{}, c.image)
		if want := (Transform{1, c.x, 1, c.y}); input != c.input || at.Transform != want {
			t.Errorf("%v: input %v, %+v; want %v, %+v", c.image, input, at.Transform, c.input, want)
		}
		if or := (Size{(c.image.Width | 31) + 1, (c.image.Height | 31) + 1}); input != or {
			t.Errorf("%v: input %v, the published formula says %v", c.image, input, or)
		}
		back := at.Inverse()
		x, y, w, h := back.Box(at.Box(2.5, 3, 7, 11.25))
		if got := [4]float64{x, y, w, h}; got != [4]float64{2.5, 3, 7, 11.25} {
			t.Errorf("%v: a box comes back as %v", c.image, got)
		}
	}
	// the hourglass networks of CenterNet pad with 127: multiples of 128
	if input := (Keep{Multiple: 128}).Input(Size{640, 511}); input != (Size{768, 512}) {
		t.Errorf("multiples of 128: input %v, want 768×512", input)
	}
}

// Each pixel is there, unchanged, at the place that the shift says; all others are
// black.
func TestKeepCopiesPixels(t *testing.T) {
	for _, size := range []Size{{45, 34}, {32, 31}, {1, 65}} {
		picture := testImage(size.Width, size.Height, 3)
		input, at := alone(Keep{}, size)
		out := painted(input, toPixels(picture), at)
		dx, dy := input.Width/2-size.Width/2, input.Height/2-size.Height/2
		for i, v := range out {
			c, y, x := i%3, i/3/input.Width, i/3%input.Width
			want := 0.0
			if p := image.Pt(x-dx, y-dy); p.In(picture.Rect) {
				want = float64(picture.Pix[picture.PixOffset(p.X, p.Y)+c])
			}
			if math.Abs(bytesOf(v, c)-want) > 1e-4 {
				t.Fatalf("%v, channel %d, pixel (%d, %d): %g, want %g", size, c, x, y, bytesOf(v, c), want)
			}
		}
	}
}

// Where an image is only shifted, copying gives what sampling gives, to the bit;
// also where a part of it is outside.
func TestCopyingIsSampling(t *testing.T) {
	p := toPixels(testImage(45, 34, 1))
	for _, at := range []placement{
		{Transform: Transform{1, 9, 1, 15}, area: Size{64, 64}},
		{Transform: Transform{1, -20, 1, 50}, area: Size{64, 64}},
		{Transform: Transform{1, 40, 1, -7}, area: Size{64, 64}},
		{Transform: Transform{1, 0, 1, 0}, area: Size{45, 34}, edges: true},
	} {
		if _, _, ok := at.shift(); !ok {
			t.Fatalf("%+v is not taken for a shift", at.Transform)
		}
		input := Size{64, 64}
		copied := painted(input, p, at)
		sampler := newPainter(Augment{})
		sampler.plain = false
		sampled := make([]float32, len(copied))
		sampler.paint(sampled, input, p, &at, Augment{}.drawJitter(newDice(0).of(0, 0)))
		if !slices.Equal(copied, sampled) {
			t.Errorf("%+v: copied and sampled pixels differ", at.Transform)
		}
	}
	for _, tr := range []Transform{{1, 0.5, 1, 0}, {-1, 45, 1, 0}, {1, 0, 2, 0}} {
		if _, _, ok := (&placement{Transform: tr}).shift(); ok {
			t.Errorf("%+v is taken for a shift", tr)
		}
	}
}

// By hand, for 800 and 1333:
//
//	640×480:  800·640/480 = 1066.7 ≤ 1333, cut to 1066
//	500×375:  the same ratio
//	640×427:  800·640/427 = 1199.06, cut to 1199
//	1000×400: 800·2.5 = 2000 > 1333; 1333·400/1000 = 533.2, so 533; 533·2.5 = 1332.5, cut
//	200×100:  1333/2 = 666.5, halves to even: 666, not 667; 666·2 = 1332
//	1000×200: 1333/5 = 266.6, so 267; 267·5 = 1335, above the bound
//	800×800:  as it is
//	3000×2:   1333·2/3000 = 0.9, so 1; 1·1500
//	9000×1:   1333/9000 = 0.1 would be 0
func TestSidesByHand(t *testing.T) {
	s := Sides{Short: []int{800}, Long: 1333}
	for _, c := range []struct{ image, scaled, input Size }{
		{Size{640, 480}, Size{1066, 800}, Size{1088, 800}},
		{Size{480, 640}, Size{800, 1066}, Size{800, 1088}},
		{Size{500, 375}, Size{1066, 800}, Size{1088, 800}},
		{Size{640, 427}, Size{1199, 800}, Size{1216, 800}},
		{Size{1000, 400}, Size{1332, 533}, Size{1344, 544}},
		{Size{200, 100}, Size{1332, 666}, Size{1344, 672}},
		{Size{1000, 200}, Size{1335, 267}, Size{1344, 288}},
		{Size{800, 800}, Size{800, 800}, Size{800, 800}},
		{Size{3000, 2}, Size{1500, 1}, Size{1504, 32}},
		{Size{1, 9000}, Size{1, 9000}, Size{32, 9024}},
	} {
		input, at := alone(s, c.image)
		if at.area != c.scaled || input != c.input {
			t.Errorf("%v: scaled to %v in %v, want %v in %v", c.image, at.area, input, c.scaled, c.input)
		}
		w, h := float64(c.image.Width), float64(c.image.Height)
		x, y, bw, bh := at.Box(0, 0, w, h)
		if got := [4]float64{x, y, bw, bh}; !near(got, [4]float64{0, 0, float64(c.scaled.Width), float64(c.scaled.Height)}) {
			t.Errorf("%v: the whole image is the box %v", c.image, got)
		}
		// mirrored: the left quarter comes to the right
		flipped := s.place(c.image, input, Augment{Flip: 1}, draws{})
		x, y, bw, bh = flipped.Box(0, 0, w/4, h)
		sw := float64(c.scaled.Width)
		if got := [4]float64{x, y, bw, bh}; !near(got, [4]float64{sw * 3 / 4, 0, sw / 4, float64(c.scaled.Height)}) {
			t.Errorf("%v: the left quarter of the mirrored image is the box %v", c.image, got)
		}
		back := flipped.Inverse()
		x, y, bw, bh = back.Box(x, y, bw, bh)
		if got := [4]float64{x, y, bw, bh}; !near(got, [4]float64{0, 0, w / 4, h}) {
			t.Errorf("%v: the box comes back as %v", c.image, got)
		}
	}
}

func near(a, b [4]float64) bool {
	for i := range a {
		if math.Abs(a[i]-b[i]) > 1e-9*max(1, math.Abs(b[i])) {
			return false
		}
	}
	return true
}

// Sizes of Python's arithmetic, and pixels of Pillow, which rounds them after
// each direction: at most ½ twice, and ½ for the weights here.
func TestSidesAgainstPython(t *testing.T) {
	var stored struct {
		Sizes    [][6]int
		Pictures []struct {
			Short, Long, Width, Height, Step int
			Pixels                           [][3]float64
		}
	}
	raw, err := os.ReadFile("testdata/sides.json")
	if err == nil {
		err = json.Unmarshal(raw, &stored)
	}
	if err != nil || len(stored.Sizes) < 100 || len(stored.Pictures) != 2 {
		t.Fatal(err, len(stored.Sizes))
	}
	for _, c := range stored.Sizes {
		s := Sides{Short: []int{c[2]}, Long: c[3]}
		if got := s.scaled(Size{c[0], c[1]}, c[2]); got != (Size{c[4], c[5]}) {
			t.Errorf("%d×%d to %d, %d: %v, want %d×%d", c[0], c[1], c[2], c[3], got, c[4], c[5])
		}
	}
	source := readPNG(t, "testdata/images/lossless.webp.rgb.png")
	for _, c := range stored.Pictures {
		shape := Sides{Short: []int{c.Short}, Long: c.Long}
		input, at := alone(shape, Size{source.width, source.height})
		if at.area != (Size{c.Width, c.Height}) {
			t.Fatalf("scaled to %v, want %d×%d", at.area, c.Width, c.Height)
		}
		out := painted(input, source, at)
		for i, pixel := range c.Pixels {
			x, y := i*c.Step%c.Width, i*c.Step/c.Width
			for ch, want := range pixel {
				got := bytesOf(out[3*(y*input.Width+x)+ch], ch)
				if math.Abs(got-want) > 1.5 {
					t.Fatalf("%d, channel %d, pixel (%d, %d): %g, Pillow has %g", c.Short, ch, x, y, got, want)
				}
			}
		}
	}
}

// What is right of the image and below is 0 after normalisation, and a mirrored
// image has the pixels of the other in the opposite order.
func TestSidesPadsAndMirrors(t *testing.T) {
	p := toPixels(testImage(40, 30, 2))
	s := Sides{Short: []int{30}, Long: 100}
	input, at := alone(s, Size{40, 30})
	if input != (Size{64, 32}) {
		t.Fatalf("input %v, want 64×32", input)
	}
	plain := painted(input, p, at)
	mirrored := painted(input, p, s.place(Size{40, 30}, input, Augment{Flip: 1}, draws{}))
	for i, v := range plain {
		c, y, x := i%3, i/3/64, i/3%64
		if x >= 40 || y >= 30 {
			if v != 0 || mirrored[i] != 0 {
				t.Fatalf("channel %d, pixel (%d, %d) outside: %g, mirrored %g", c, x, y, v, mirrored[i])
			}
			continue
		}
		if other := mirrored[3*(y*64+39-x)+c]; v != other {
			t.Fatalf("channel %d, pixel (%d, %d): %g, mirrored %g", c, x, y, v, other)
		}
		if want := float64(p.row(y)[3*x+c]); math.Abs(bytesOf(v, c)-want) > 1e-4 {
			t.Fatalf("channel %d, pixel (%d, %d): %g, want %g", c, x, y, bytesOf(v, c), want)
		}
	}
}

// Colours vary also where an image is not moved.
func TestColoursWithoutScaling(t *testing.T) {
	a := Augment{Jitter: 0.4}
	p := toPixels(testImage(40, 30, 2))
	s := Sides{Short: []int{30}, Long: 100}
	input, at := alone(s, Size{40, 30})
	if _, _, ok := at.shift(); !ok {
		t.Fatal("the image is scaled")
	}
	out := make([]float32, 3*input.Width*input.Height)
	newPainter(a).paint(out, input, p, &at, a.drawJitter(newDice(1).of(0, 0)))
	if slices.Equal(out, painted(input, p, at)) {
		t.Error("the colours are those of the file")
	}
}

// An image that stands in for another is made to fit, whole, and keeps its shape
// within a pixel.
func TestSidesStandIn(t *testing.T) {
	s := Sides{Short: []int{800}, Long: 1333}
	for _, c := range []struct{ image, input Size }{{Size{480, 640}, Size{1344, 800}}, {Size{640, 480}, Size{32, 32}}, {Size{640, 480}, Size{1344, 800}}} {
		at := s.place(c.image, c.input, Augment{}, draws{})
		if at.area.Width > c.input.Width || at.area.Height > c.input.Height {
			t.Errorf("%v in %v takes %v", c.image, c.input, at.area)
		}
		if d := float64(at.area.Width) - float64(at.area.Height)*float64(c.image.Width)/float64(c.image.Height); math.Abs(d) > 2 {
			t.Errorf("%v in %v takes %v", c.image, c.input, at.area)
		}
	}
}

// Large images are averaged only as far as the scaled one has fewer pixels: of the
// lengths that are drawn the largest counts. By hand: 3200×2400 to 800 is 1/3, so
// 2; to 600, 1/4, so 4; 1600×1200 to 800 is 2/3. Pixels that are kept never are.
func TestFactors(t *testing.T) {
	for _, c := range []struct {
		shape Shape
		image Size
		want  int
	}{
		{Sides{Short: []int{800}, Long: 1333}, Size{3200, 2400}, 2},
		{Sides{Short: []int{600}, Long: 1333}, Size{3200, 2400}, 4},
		{Sides{Short: []int{600, 800}, Long: 1333}, Size{2400, 3200}, 2},
		{Sides{Short: []int{800}, Long: 1333}, Size{1600, 1200}, 1},
		{Sides{Short: []int{800}, Long: 1333}, Size{1600, 1600}, 2},
		{Sides{Short: []int{800}, Long: 1333}, Size{640, 480}, 1},
		{Keep{}, Size{30000, 20000}, 1},
	} {
		if got := c.shape.factor(c.image, 1); got != c.want {
			t.Errorf("%+v, %v: factor %d, want %d", c.shape, c.image, got, c.want)
		}
	}
}

func TestShapesAreChecked(t *testing.T) {
	sides := func(long int, short ...int) Shape { return Sides{Short: short, Long: long} }
	training := Options{Batch: 1, Shuffle: true, DropLast: true}
	for _, c := range []struct {
		shape Shape
		opt   Options
		want  string
	}{
		{nil, Options{Batch: 1}, "no shape"},
		{Square{0}, Options{Batch: 1}, "input size 0"},
		{Keep{Multiple: 33}, Options{Batch: 1}, "multiples of 33"},
		{Keep{}, training, "for evaluation"},
		{Keep{}, Options{Batch: 1, Augment: Augment{Flip: 0.5}}, "for evaluation"},
		{sides(1333), training, "no length"},
		{sides(1333, 800, 0), training, "shorter side of 0"},
		{sides(700, 800), training, "from the shorter side, 800"},
		{sides(1<<20, 800), training, "to 32768"},
		{sides(1333, 640, 800), Options{Batch: 1}, "evaluation takes one"},
		{sides(1333, 800), Options{Batch: 1, DropLast: true}, "cannot leave out"},
		{sides(1333, 800), Options{Batch: 1, Shuffle: true, Augment: CenterNetAugment()}, "without random scales"},
		{sides(1333, 640, 800), training, ""},
		{sides(1333, 800), Options{Batch: 1, Shuffle: true, Augment: Augment{Flip: 0.5, Jitter: 0.4}}, ""},
		{Keep{}, Options{Batch: 1}, ""},
	} {
		c.opt.Shape = c.shape
		err := c.opt.Validate()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", fmt.Sprintf("%+v", c.shape), err, c.want)
		}
	}
}
