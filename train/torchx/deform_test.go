package torchx_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	torch "github.com/wangkuiyi/gotorch"

	"cocostat/train/torchx"
)

// deformCase is a deformable convolution and the gradient that backward starts
// from.
type deformCase struct {
	B, C, H, W, O, Rows, Columns      int
	Stride, Padding, Dilation         int
	x, offset, mask, weight, bias, up []float32
}

func (c *deformCase) taps() int { return c.Rows * c.Columns }

// size is that of the output.
func (c *deformCase) size() (h, w int) {
	size := func(n, k int) int { return (n+2*c.Padding-c.Dilation*(k-1)-1)/c.Stride + 1 }
	return size(c.H, c.Rows), size(c.W, c.Columns)
}

// shapes are those of x, offset, mask, weight, bias and the output.
func (c *deformCase) shapes() [6][]int64 {
	h, w := c.size()
	n := func(v ...int) (s []int64) {
		for _, v := range v {
			s = append(s, int64(v))
		}
		return s
	}
	return [6][]int64{n(c.B, c.C, c.H, c.W), n(c.B, 2*c.taps(), h, w), n(c.B, c.taps(), h, w), n(c.O, c.C, c.Rows, c.Columns), n(c.O), n(c.B, c.O, h, w)}
}

func (c *deformCase) arrays() [6]*[]float32 {
	return [6]*[]float32{&c.x, &c.offset, &c.mask, &c.weight, &c.bias, &c.up}
}

// fill has every array filled by index.
func (c *deformCase) fill(value func(array, i int) float64) {
	for k, a := range c.arrays() {
		n := int64(1)
		for _, s := range c.shapes()[k] {
			n *= s
		}
		*a = make([]float32, n)
		for i := range *a {
			(*a)[i] = float32(value(k, i))
		}
	}
}

// results are the output and the gradients of x, offset, mask, weight and bias.
type results map[string][]float32

var deformInputs = []string{"x", "offset", "mask", "weight", "bias"}

// run computes output and gradients; layer does so with logits, whose sigmoids
// are the masks.
func (c *deformCase) run(t testing.TB, layout torchx.Layout, layer bool) results {
	t.Helper()
	return c.runOn(t, "cpu", layout, layer)
}

func (c *deformCase) runOn(t testing.TB, device string, layout torchx.Layout, layer bool) results {
	t.Helper()
	config := torchx.DeformConfig{Stride: c.Stride, Padding: c.Padding, Dilation: c.Dilation}
	res := results{}
	step(t, func() {
		var in [6]torchx.Tensor
		for k, a := range c.arrays() {
			in[k] = leaf(t, *a, c.shapes()[k]...)
			ok(t, torchx.Move(in[k], device, layout))
		}
		var y, points torchx.Tensor
		if layer {
			shape := c.shapes()[1]
			points = leaf(t, c.points(), shape[0], shape[1]*3/2, shape[2], shape[3])
			ok(t, torchx.Move(points, device, layout))
			y = torchx.Deformable(in[0], points, in[3], in[4], config)
		} else {
			y = torchx.DeformConv2d(in[0], in[1], in[2], in[3], in[4], config)
		}
		res["out"] = read(t, y, len(c.up))
		product := torch.Mul(y, in[5])
		ok(t, torchx.Backward(product.Sum()))
		for k, name := range deformInputs {
			if !layer || k != 1 && k != 2 {
				res[name] = gradient(t, in[k], len(*c.arrays()[k]))
			}
		}
		if layer {
			res["offset"], res["mask"] = c.split(gradient(t, points, len(c.offset)+len(c.mask)))
		}
	})
	return res
}

// points is offsets and logits in one array, image by image.
func (c *deformCase) points() (p []float32) {
	n := len(c.mask) / c.B
	for b := range c.B {
		p = append(p, c.offset[2*n*b:2*n*(b+1)]...)
		for _, m := range c.mask[n*b : n*(b+1)] {
			p = append(p, float32(math.Log(float64(m)/(1-float64(m)))))
		}
	}
	return p
}

// split undoes points for gradients: with m = σ(l), ∂m/∂l = m(1−m).
func (c *deformCase) split(p []float32) (offset, mask []float32) {
	n := len(c.mask) / c.B
	for b := range c.B {
		offset = append(offset, p[3*n*b:3*n*b+2*n]...)
		for i, g := range p[3*n*b+2*n : 3*n*(b+1)] {
			m := c.mask[n*b+i]
			mask = append(mask, g/(m*(1-m)))
		}
	}
	return offset, mask
}

// both runs a test with the masks given and made of logits, in both layouts.
func both(t *testing.T, test func(t *testing.T, layout torchx.Layout, layer bool)) {
	for name, layout := range map[string]torchx.Layout{"contiguous": torchx.Contiguous, "channels last": torchx.ChannelsLast} {
		for _, layer := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, layer %v", name, layer), func(t *testing.T) { test(t, layout, layer) })
		}
	}
}

// storedCase is a case of testdata/make_deform.py.
type storedCase struct {
	deformCase
	Name, Kind string
	Scale      float64
	Results    map[string]struct {
		Step   int
		Values []float64
		Size   float64
	}
}

// fill fills the arrays as the script does.
func (c *storedCase) fill() {
	c.deformCase.fill(func(k, i int) float64 {
		v := math.Sin(0.7*float64(k+1)*float64(i) + float64(k))
		switch k {
		case 1:
			v *= c.Scale
			switch c.Kind {
			case "round":
				v = math.RoundToEven(v)
			case "half":
				v += 0.5
			}
		case 2:
			v = 0.5 + 0.4*v
		case 3:
			v /= math.Sqrt(float64(c.C * c.taps()))
		}
		return v
	})
}

// torchvision's values and gradients, computed with numbers of 64 bits.
func TestDeformEqualsTorchvision(t *testing.T) {
	text, err := os.ReadFile("testdata/deform.json")
	ok(t, err)
	var cases []*storedCase
	ok(t, json.Unmarshal(text, &cases))
	eachKernel(t, func(t *testing.T) {
		for _, c := range cases {
			c.fill()
			t.Run(c.Name, func(t *testing.T) {
				both(t, func(t *testing.T, layout torchx.Layout, layer bool) {
					got := c.run(t, layout, layer)
					if len(c.Results) != len(got) {
						t.Fatalf("%d results are stored of %d", len(c.Results), len(got))
					}
					for name, want := range c.Results {
						size := 0.0
						for i, g := range got[name] {
							size += math.Abs(float64(g))
							if i%want.Step == 0 {
								near(t, fmt.Sprintf("%s[%d]", name, i), float64(g), want.Values[i/want.Step], 1e-5)
							}
						}
						if n := float64(len(got[name])); !(math.Abs(size-want.Size) <= 1e-5*want.Size+1e-6*n) {
							t.Errorf("size of %s: got %.9g, want %.9g", name, size, want.Size)
						}
					}
				})
			})
		}
	})
}

// value is the sum of the output times up, by the definition in DeformConv2d's
// comment. It panics on an index outside x.
func (c *deformCase) value(in [6][]float64) (sum float64) {
	c.eachOutput(in, func(i int, out float64) { sum += in[5][i] * out })
	return sum
}

// eachOutput computes the outputs one by one.
func (c *deformCase) eachOutput(in [6][]float64, use func(i int, out float64)) {
	h, w := c.size()
	columns := make([]float64, c.C*c.taps())
	for p := range c.B * h * w {
		b, cell := p/(h*w), p%(h*w)
		for k := range c.taps() {
			at := (b*c.taps()+k)*h*w + cell
			dy, dx := in[1][at+(b*c.taps()+k)*h*w], in[1][at+(b*c.taps()+k+1)*h*w]
			y := float64(cell/w*c.Stride-c.Padding+k/c.Columns*c.Dilation) + dy
			x := float64(cell%w*c.Stride-c.Padding+k%c.Columns*c.Dilation) + dx
			for ch := range c.C {
				plane := (b*c.C + ch) * c.H * c.W
				columns[ch*c.taps()+k] = in[2][at] * c.interpolate(in[0][plane:plane+c.H*c.W], y, x)
			}
		}
		for o := range c.O {
			out := in[4][o]
			for i, v := range columns {
				out += in[3][o*len(columns)+i] * v
			}
			use((b*c.O+o)*h*w+cell, out)
		}
	}
}

// interpolate is the sum of the four cells around y,x, weighted by closeness.
func (c *deformCase) interpolate(plane []float64, y, x float64) (sum float64) {
	if math.IsNaN(y) || math.IsNaN(x) {
		return math.NaN()
	}
	for _, i := range []float64{math.Floor(y), math.Floor(y) + 1} {
		for _, j := range []float64{math.Floor(x), math.Floor(x) + 1} {
			if i >= 0 && i < float64(c.H) && j >= 0 && j < float64(c.W) {
				sum += (1 - math.Abs(y-i)) * (1 - math.Abs(x-j)) * plane[int(i)*c.W+int(j)]
			}
		}
	}
	return sum
}

func (c *deformCase) widened() (in [6][]float64) {
	for k, a := range c.arrays() {
		in[k] = widen(*a)
	}
	return in
}

// randomCase has offsets of 1/64 of a cell, a seventh of them whole cells.
func randomCase(r *rand.Rand, c deformCase) *deformCase {
	c.fill(func(array, i int) float64 {
		switch array {
		case 1:
			if r.IntN(7) == 0 {
				return float64(r.IntN(9) - 4)
			}
			return float64(r.IntN(513)-256) / 64
		case 2:
			return 0.1 + 0.8*r.Float64()
		}
		return r.NormFloat64()
	})
	return &c
}

// Every gradient is a difference quotient of value, in float64. The value is
// linear in every number but an offset, and linear in that up to the next whole
// cell, so a step upwards of less than 1/64 has no error but of rounding.
func TestDeformGradientsAreDifferences(t *testing.T) {
	const step = 1e-3
	for i, c := range []deformCase{
		{B: 2, C: 2, H: 4, W: 5, O: 3, Rows: 3, Columns: 3, Stride: 1, Padding: 1, Dilation: 1},
		{B: 1, C: 3, H: 7, W: 4, O: 2, Rows: 2, Columns: 3, Stride: 2, Padding: 2, Dilation: 2},
	} {
		c := randomCase(rand.New(rand.NewPCG(11, uint64(i))), c)
		in := c.widened()
		base := c.value(in)
		want := map[string][]float64{}
		for k, name := range deformInputs {
			for j := range in[k] {
				was := in[k][j]
				in[k][j] += step
				want[name] = append(want[name], (c.value(in)-base)/step)
				in[k][j] = was
			}
		}
		eachKernel(t, func(t *testing.T) {
			both(t, func(t *testing.T, layout torchx.Layout, layer bool) {
				got := c.run(t, layout, layer)
				for name, want := range want {
					for j, w := range want {
						near(t, fmt.Sprintf("%s[%d]", name, j), float64(got[name][j]), w, 2e-5)
					}
				}
			})
		})
	}
}

// Offsets far beyond the image, infinite, beside its borders: as the reference,
// which cannot read outside of x. A NaN makes its pixel's outputs NaN, and no
// others.
func TestDeformOfWildOffsets(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	wild := []float64{inf, -inf, 1e30, -1e30, 2147483648, -2147483649, 4294967296, 9.3e18, -9.3e18, math.MaxFloat32,
		-1, 1, 5, 6, 7, -7, -0.99999994, math.SmallestNonzeroFloat32, 0}
	eachKernel(t, func(t *testing.T) {
		for seed := range 20 {
			r := rand.New(rand.NewPCG(12, uint64(seed)))
			c := randomCase(r, deformCase{B: 2, C: 3, H: 6, W: 5, O: 2, Rows: 3, Columns: 3, Stride: 1 + seed%2, Padding: 1, Dilation: 1})
			for range len(c.offset) / 2 {
				c.offset[r.IntN(len(c.offset))] = float32(wild[r.IntN(len(wild))])
			}
			if seed >= 10 {
				c.offset[r.IntN(len(c.offset))] = float32(nan)
			}
			want := make([]float64, len(c.up))
			c.eachOutput(c.widened(), func(i int, out float64) { want[i] = out })
			both(t, func(t *testing.T, layout torchx.Layout, layer bool) {
				got := c.run(t, layout, layer)
				for i, w := range want {
					if g := float64(got["out"][i]); math.IsNaN(w) != math.IsNaN(g) || !(math.Abs(g-w) <= 1e-4*(1+math.Abs(w))) && w == w {
						t.Fatalf("seed %d: out[%d]: got %g, want %g", seed, i, g, w)
					}
				}
				for name, values := range got {
					found := slices.ContainsFunc(values, func(v float32) bool { return v != v })
					if must := name != "x" && name != "bias" && seed >= 10; found && seed < 10 || !found && must {
						t.Errorf("seed %d: NaN in %s: %v", seed, name, found)
					}
				}
			})
		}
	})
}

// Not a bit depends on the number of threads: several tiles of pixels and
// chunks of channels, one image, and more images than backward takes at a time.
func TestDeformOfOneToThreeThreads(t *testing.T) {
	defer func() { ok(t, torchx.SetThreads(1)) }()
	for _, shape := range [][2]int{{1, 100}, {5, 64}, {18, 32}} {
		c := randomCase(rand.New(rand.NewPCG(13, 1)), deformCase{B: shape[0], C: shape[1], H: 17, W: 19, O: 70, Rows: 3, Columns: 3, Stride: 1, Padding: 1, Dilation: 1})
		for _, kernel := range ownKernels() {
			defer useKernel(t, kernel)()
			ok(t, torchx.SetThreads(1))
			want := c.run(t, torchx.ChannelsLast, true)
			for _, threads := range []int{2, 3} {
				ok(t, torchx.SetThreads(threads))
				for name, got := range c.run(t, torchx.ChannelsLast, true) {
					if !slices.Equal(got, want[name]) {
						t.Errorf("%s, batch of %d: %s differs between 1 and %d threads", kernel, c.B, name, threads)
					}
				}
			}
		}
	}
}

// Without a bias the outputs are those less the bias, and it needs no gradient.
func TestDeformWithoutBias(t *testing.T) {
	c := randomCase(rand.New(rand.NewPCG(14, 1)), deformCase{B: 2, C: 3, H: 5, W: 6, O: 4, Rows: 3, Columns: 3, Stride: 1, Padding: 1, Dilation: 1})
	want := c.run(t, torchx.Contiguous, false)
	eachKernel(t, func(t *testing.T) {
		step(t, func() {
			s := c.shapes()
			x, weight := leaf(t, c.x, s[0]...), leaf(t, c.weight, s[3]...)
			y := torchx.DeformConv2d(x, floats(t, c.offset, s[1]...), floats(t, c.mask, s[2]...), weight, torchx.Tensor{}, torchx.DeformConfig{Stride: 1, Padding: 1, Dilation: 1})
			for i, v := range read(t, y, len(c.up)) {
				near(t, "output", float64(v+c.bias[i/30%4]), float64(want["out"][i]), 1e-5)
			}
			product := torch.Mul(y, floats(t, c.up, s[5]...))
			ok(t, torchx.Backward(product.Sum()))
			for i, g := range gradient(t, weight, len(c.weight)) {
				near(t, "gradient of the weight", float64(g), float64(want["weight"][i]), 1e-5)
			}
		})
	})
}

// Of a forward pass only the output stays: 4 MiB, which TensorMemory counts.
func TestDeformKeepsItsInputsOnly(t *testing.T) {
	const channels, size = 64, 128
	c := deformCase{B: 1, C: channels, H: size, W: size, O: channels, Rows: 3, Columns: 3, Stride: 1, Padding: 1, Dilation: 1}
	c.fill(func(array, i int) float64 { return 0.5 })
	step(t, func() {
		var in [5]torchx.Tensor
		for k := range in {
			in[k] = leaf(t, *c.arrays()[k], c.shapes()[k]...)
			ok(t, torchx.Move(in[k], "cpu", torchx.ChannelsLast))
		}
		before, _ := torchx.TensorMemory()
		y := torchx.DeformConv2d(in[0], in[1], in[2], in[3], in[4], torchx.DeformConfig{Stride: 1, Padding: 1, Dilation: 1})
		after, _ := torchx.TensorMemory()
		if want := int64(4 * len(c.up)); after-before != want {
			t.Errorf("%d bytes live, the output has %d", after-before, want)
		}
		torchx.Release(y)
	})
}

func TestDeformRefusesOddShapes(t *testing.T) {
	good := func() ([5][]int64, torchx.DeformConfig) {
		return [5][]int64{{2, 3, 6, 5}, {2, 18, 6, 5}, {2, 9, 6, 5}, {4, 3, 3, 3}, {4}}, torchx.DeformConfig{Stride: 1, Padding: 1, Dilation: 1}
	}
	for want, change := range map[string]func(s *[5][]int64, c *torchx.DeformConfig){
		"x must be B,C,H,W":            func(s *[5][]int64, c *torchx.DeformConfig) { s[0] = []int64{3, 6, 5} },
		"weight must be O,3":           func(s *[5][]int64, c *torchx.DeformConfig) { s[3][1] = 4 },
		"bias must be 4 numbers":       func(s *[5][]int64, c *torchx.DeformConfig) { s[4][0] = 3 },
		"offset must be [2, 18, 6, 5]": func(s *[5][]int64, c *torchx.DeformConfig) { s[1][1] = 27 },
		"mask must be [2, 9, 6, 5]":    func(s *[5][]int64, c *torchx.DeformConfig) { s[2][3] = 6 },
		"[2, 18, 3, 3]":                func(s *[5][]int64, c *torchx.DeformConfig) { c.Stride = 2 },
		"stride and dilation must":     func(s *[5][]int64, c *torchx.DeformConfig) { c.Dilation = 0 },
		"padding at least 0":           func(s *[5][]int64, c *torchx.DeformConfig) { c.Padding = -1 },
		"too small for weight":         func(s *[5][]int64, c *torchx.DeformConfig) { c.Dilation = 4 },
	} {
		shapes, config := good()
		change(&shapes, &config)
		err := torchx.Step(func() error {
			var in [5]torchx.Tensor
			for i, s := range shapes {
				n := int64(1)
				for _, v := range s {
					n *= v
				}
				in[i] = floats(t, make([]float32, n), s...)
			}
			torchx.DeformConv2d(in[0], in[1], in[2], in[3], in[4], config)
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	err := torchx.Step(func() error {
		torchx.Deformable(floats(t, make([]float32, 90), 1, 3, 6, 5), floats(t, make([]float32, 540), 1, 18, 6, 5), floats(t, make([]float32, 108), 4, 3, 3, 3), torchx.Tensor{}, torchx.DeformConfig{Stride: 1, Padding: 1, Dilation: 1})
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "offsets and masks must be [1, 27, 6, 5]") {
		t.Errorf("error %v", err)
	}
}
