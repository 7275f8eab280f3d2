package data

import (
	"math"
	"math/rand/v2"
	"testing"
)

// By hand: the square of side 200 around (120, 60) on an input of 100 pixels
// halves everything and puts (120, 60) at (50, 50). The box 100…140 × 40…60
// goes to 40…60 × 40…50; mirrored, x to 100 − x.
func TestViewByHand(t *testing.T) {
	for _, c := range []struct {
		flip bool
		box  [4]float64
		want [4]float64
	}{
		{false, [4]float64{100, 40, 40, 20}, [4]float64{40, 40, 20, 10}},
		{true, [4]float64{100, 40, 40, 20}, [4]float64{40, 40, 20, 10}},
		{false, [4]float64{20, -40, 10, 4}, [4]float64{0, 0, 5, 2}},
		{true, [4]float64{20, -40, 10, 4}, [4]float64{95, 0, 5, 2}},
	} {
		tr := view(120, 60, 200, 100, c.flip)
		x, y, w, h := tr.Box(c.box[0], c.box[1], c.box[2], c.box[3])
		if got := [4]float64{x, y, w, h}; got != c.want {
			t.Errorf("flip %t: %v goes to %v, want %v", c.flip, c.box, got, c.want)
		}
		x, y, w, h = tr.Inverse().Box(x, y, w, h)
		if got := [4]float64{x, y, w, h}; got != c.box {
			t.Errorf("flip %t: %v comes back as %v", c.flip, c.box, got)
		}
	}
}

// evalTransform is the transform of an evaluation with a square: the square
// around the centre whose side is the longer one.
func evalTransform(width, height, size int) Transform {
	return view(float64(width)/2, float64(height)/2, float64(max(width, height)), size, false)
}

// By hand: 640×480 in 512: scale 0.8, 384 pixels high, 64 black above.
func TestSquareByHand(t *testing.T) {
	tr := Square{512}.place(Size{640, 480}, Size{512, 512}, Augment{}, draws{}).Transform
	x, y, w, h := tr.Box(0, 0, 640, 480)
	for i, d := range []float64{x - 0, y - 64, w - 512, h - 384} {
		if math.Abs(d) > 1e-9 {
			t.Errorf("number %d is off by %g", i, d)
		}
	}
}

// The published border: 128 halved until twice it is below the side. By hand:
// 640 → 128, 256 → 64 (256−128 ≤ 128), 128 → 32, 3 → 1, 1 → 0.
func TestCentre(t *testing.T) {
	a := CenterNetAugment()
	for _, c := range []struct {
		size        int
		first, last float64
	}{{640, 128, 511}, {256, 64, 191}, {257, 128, 128}, {128, 32, 95}, {3, 1, 1}, {1, 0, 0}} {
		if got := a.centre(0, c.size); got != c.first {
			t.Errorf("side %d: first centre %g, want %g", c.size, got, c.first)
		}
		if got := a.centre(math.Nextafter(1, 0), c.size); got != c.last {
			t.Errorf("side %d: last centre %g, want %g", c.size, got, c.last)
		}
	}
}

// All eight published scales occur, and no others; half the images are
// mirrored.
func TestDrawScales(t *testing.T) {
	a, rng := CenterNetAugment(), rand.New(rand.NewPCG(1, 2))
	seen, flips := map[float64]int{}, 0
	const rounds = 4000
	for range rounds {
		tr := Square{512}.place(Size{640, 480}, Size{512, 512}, a, drawPlace(rng)).Transform
		seen[math.Round(10*512/(640*math.Abs(tr.AX)))/10]++
		if tr.AX < 0 {
			flips++
		}
		if tr.AY != math.Abs(tr.AX) {
			t.Fatal("the shape is not kept")
		}
	}
	for _, s := range []float64{0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3} {
		if seen[s] < rounds/8-120 || seen[s] > rounds/8+120 {
			t.Errorf("scale %g drawn %d times of %d", s, seen[s], rounds)
		}
	}
	if len(seen) != 8 || flips < rounds/2-200 || flips > rounds/2+200 {
		t.Errorf("scales %v, %d mirrored", seen, flips)
	}
}

func TestNoAugmentationIsEvaluation(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	none := Square{128}.place(Size{300, 200}, Size{128, 128}, Augment{}, drawPlace(rng)).Transform
	if want := evalTransform(300, 200, 128); none != want {
		t.Errorf("transform %+v, want %+v", none, want)
	}
	j := (Augment{}).drawJitter(rng)
	if m := j.matrix(0.3); m != (colourMatrix{{0: 1}, {1: 1}, {2: 1}}) {
		t.Errorf("colour matrix %v, want the identity", m)
	}
}

func TestAugmentValidate(t *testing.T) {
	if err := CenterNetAugment().Validate(); err != nil {
		t.Error(err)
	}
	for _, a := range []Augment{
		{MinScale: 1.2, MaxScale: 0.8, ScaleStep: 0.1}, {MinScale: 0.5, MaxScale: 1}, {MaxScale: 1},
		{Shift: true}, {Flip: 1.5}, {Flip: math.NaN()}, {Jitter: 1}, {Lighting: -1}, {Lighting: math.Inf(1)},
	} {
		if a.Validate() == nil {
			t.Errorf("%+v is accepted", a)
		}
	}
}

// The published steps, one after the other, on an image in floating point.
func slowColours(j jitter, image [][3]float64) [][3]float64 {
	grey, mean := make([]float64, len(image)), 0.0
	for i, v := range image {
		grey[i] = 0.299*v[0] + 0.587*v[1] + 0.114*v[2]
		mean += grey[i] / float64(len(image))
	}
	out := append([][3]float64(nil), image...)
	for _, step := range j.order {
		f := j.factor[step]
		for i := range out {
			for c := range 3 {
				out[i][c] *= f
				switch step {
				case 1:
					out[i][c] += (1 - f) * mean
				case 2:
					out[i][c] += (1 - f) * grey[i]
				}
			}
		}
	}
	// src/lib/datasets/dataset/coco.py of CenterNet, lines 69 to 71: rows B, G, R
	vectors := [3][3]float64{
		{-0.58752847, -0.69563484, 0.41340352},
		{-0.5832747, 0.00994535, -0.81221408},
		{-0.56089297, 0.71832671, 0.41158938},
	}
	values := [3]float64{0.2141788, 0.01817699, 0.00341571}
	for i := range out {
		for c := range 3 {
			for k := range 3 {
				out[i][c] += vectors[2-c][k] * values[k] * j.lighting[k]
			}
		}
	}
	return out
}

// Eigenvectors of a covariance are orthonormal, which a mistyped digit is not.
func TestEigenvectorsAreOrthonormal(t *testing.T) {
	for i := range 3 {
		for k := range 3 {
			product, want := 0.0, 0.0
			for c := range 3 {
				product += eigenvectors[c][i] * eigenvectors[c][k]
			}
			if i == k {
				want = 1
			}
			if math.Abs(product-want) > 1e-6 {
				t.Errorf("columns %d and %d: product %.8f, want %g", i, k, product, want)
			}
		}
	}
}

func TestColoursAgainstSteps(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	orders := map[[3]int]bool{}
	for range 60 {
		const n = 50
		pixels, planes := make([][3]float64, n), make([]float32, 3*n)
		meanLuminance := 0.0
		for i := range pixels {
			for c, l := range luminance {
				v := byte(rng.IntN(256))
				pixels[i][c], planes[c*n+i] = float64(v)/255, float32(v)
				meanLuminance += l * float64(v) / 255 / n
			}
		}
		j := CenterNetAugment().drawJitter(rng)
		orders[j.order] = true
		want := slowColours(j, pixels)
		m := j.matrix(meanLuminance).normalised()
		recoloured := make([]float32, 3*n)
		recolour(recoloured, planes, Size{n, 1}, Size{n, 1}, &m)
		// published: mean .408 .447 .470 and deviation .289 .274 .278 for B, G, R
		mean, std := [3]float64{0.470, 0.447, 0.408}, [3]float64{0.278, 0.274, 0.289}
		for i := range want {
			for c := range 3 {
				expected := (want[i][c] - mean[c]) / std[c]
				if got := float64(recoloured[3*i+c]); math.Abs(got-expected) > 1e-5 {
					t.Fatalf("pixel %d, channel %d: %g, want %g", i, c, got, expected)
				}
			}
		}
	}
	if len(orders) != 6 {
		t.Errorf("%d orders of the three steps were drawn, want all 6", len(orders))
	}
}
