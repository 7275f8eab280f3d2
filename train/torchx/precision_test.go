package torchx_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	torch "github.com/wangkuiyi/gotorch"

	"cocostat/balance"
	"cocostat/train/torchx"
)

// rounded is v as bfloat16, to the nearest and of two to the even one: the upper half
// of its bits.
func rounded(v float32) float32 {
	bits := math.Float32bits(v)
	return math.Float32frombits((bits + 0x7fff + bits>>16&1) &^ 0xffff)
}

func allRounded(x []float32) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = rounded(v)
	}
	return y
}

// inBFloat16 runs a test as likeCUDA does, with convolutions in bfloat16.
func inBFloat16(t *testing.T, test func(t *testing.T)) {
	likeCUDA(t, func(t *testing.T) {
		defer torchx.UsePrecision(torchx.BFloat16)()
		test(t)
	})
}

// half is the error of rounding to bfloat16, relative.
const half = 1.0 / 256

// A 3×3 convolution, written out in float64 of factors that are rounded: its result is
// rounded, and so is what comes in on the way back; the weight's gradient is not.
func TestBFloat16Convolution(t *testing.T) {
	const b, in, out, h, w = 2, 16, 3, 9, 10
	r := rand.New(rand.NewPCG(21, 1))
	x, weight, up := normal(r, b*in*h*w, 1), normal(r, out*in*9, 1), allRounded(normal(r, b*out*h*w, 1))
	var y, dx, dw = make([]float64, len(up)), make([]float64, len(x)), make([]float64, len(weight))
	each := func(visit func(to, from, tap int)) {
		for n := range b * out * h * w {
			image, o, row, column := n/(out*h*w), n/(h*w)%out, n/w%h, n%w
			for k := range in * 9 {
				i, j := row+k%9/3-1, column+k%3-1
				if i >= 0 && i < h && j >= 0 && j < w {
					visit(n, ((image*in+k/9)*h+i)*w+j, o*in*9+k)
				}
			}
		}
	}
	each(func(to, from, tap int) {
		a, f := float64(rounded(x[from])), float64(rounded(weight[tap]))
		y[to] += a * f
		dx[from] += f * float64(up[to])
		dw[tap] += a * float64(up[to])
	})
	inBFloat16(t, func(t *testing.T) {
		for name, layout := range map[string]torchx.Layout{"contiguous": torchx.Contiguous, "channels last": torchx.ChannelsLast} {
			for _, op := range []string{"Conv2d", "Conv3x3"} {
				step(t, func() {
					xs, ws := leaf(t, x, b, in, h, w), leaf(t, weight, out, in, 3, 3)
					ok(t, torchx.Move(xs, "cpu", layout))
					var got torchx.Tensor
					if op == "Conv2d" {
						got = torchx.Conv2d(xs, ws, torchx.Tensor{}, 1, 1, 1)
					} else {
						got = torchx.Conv3x3(xs, ws, torchx.Tensor{}, nil)
					}
					product := torch.Mul(got, floats(t, up, b, out, h, w))
					ok(t, torchx.Backward(product.Sum()))
					for what, c := range map[string]struct {
						got  []float32
						want []float64
						most float64
					}{
						"value":                  {read(t, got, len(y)), y, half},
						"gradient of x":          {gradient(t, xs, len(x)), dx, half},
						"gradient of the weight": {gradient(t, ws, len(weight)), dw, half},
					} {
						for i, want := range c.want {
							if v := float64(c.got[i]); !(math.Abs(v-want) <= c.most*math.Abs(want)+1e-4) {
								t.Fatalf("%s, %s, %s[%d]: %g, want %g", op, name, what, i, v, want)
							}
						}
					}
				})
			}
		}
	})
}

// A map of one column at stride 2, whose weights see it with their middle column alone:
// the gradients of the others are 0, and not whatever was there before.
func TestBFloat16ConvolutionOfOneColumn(t *testing.T) {
	const b, in, out, h = 6, 24, 8, 3
	r := rand.New(rand.NewPCG(26, 1))
	x, weight := normal(r, b*in*h, 1), normal(r, out*in*9, 1)
	inBFloat16(t, func(t *testing.T) {
		for range 20 {
			step(t, func() {
				spoilt := leaf(t, slices.Repeat([]float32{float32(math.NaN())}, out*in*9), out, in, 3, 3)
				torchx.Release(spoilt)
				xs, ws := leaf(t, x, b, in, h, 1), leaf(t, weight, out, in, 3, 3)
				ok(t, torchx.Move(xs, "cpu", torchx.ChannelsLast))
				ok(t, torchx.Move(ws, "cpu", torchx.ChannelsLast))
				y := torchx.Conv2d(xs, ws, torchx.Tensor{}, 2, 1, 1)
				ok(t, torchx.Backward(y.Sum()))
				for i, g := range gradient(t, ws, len(weight)) {
					// Rows 0 and 2 of the result see rows -1 to 1 and 1 to 3 of x.
					want := 0.0
					for image := range b {
						for _, row := range [][]int{{1}, {0, 2}, {1}}[i%9/3] {
							if i%3 == 1 {
								want += float64(rounded(x[(image*in+i/9%in)*h+row]))
							}
						}
					}
					if !(math.Abs(float64(g)-want) <= half*(math.Abs(want)+b)) {
						t.Fatalf("gradient[%d]: %g, want %g", i, g, want)
					}
				}
			})
		}
	})
}

// 144 factors of 1.0038 count as 1; a convolution that is at least TF32's, and one
// after the precision was restored, sees what they are.
func TestPrecisionIsRestored(t *testing.T) {
	const in = 144
	x := make([]float32, in*25)
	weight := make([]float32, in)
	for i := range x {
		x[i] = 1.0038
	}
	for i := range weight {
		weight[i] = 1
	}
	likeCUDA(t, func(t *testing.T) {
		step(t, func() {
			sum := func() float64 {
				y := torchx.Conv2d(floats(t, x, 1, in, 5, 5), floats(t, weight, 1, in, 1, 1), torchx.Tensor{}, 1, 0, 1)
				return float64(read(t, y, 25)[7])
			}
			near(t, "float32", sum(), 144*1.0038, 1e-6)
			restore := torchx.UsePrecision(torchx.BFloat16)
			near(t, "bfloat16", sum(), 144, 0)
			torchx.AtLeastTF32(func() { near(t, "at least TF32", sum(), 144*1.0038, 1e-6) })
			near(t, "bfloat16", sum(), 144, 0)
			restore()
			torchx.AtLeastTF32(func() { near(t, "float32", sum(), 144*1.0038, 1e-6) })
			near(t, "float32", sum(), 144*1.0038, 1e-6)
		})
	})
}

// inHalf has x go through a convolution with the identity: so it is bfloat16.
func inHalf(t *testing.T, x torchx.Tensor, channels int) torchx.Tensor {
	t.Helper()
	identity := make([]float32, channels*channels)
	for i := range channels {
		identity[i*channels+i] = 1
	}
	return torchx.Pointwise(x, floats(t, identity, int64(channels), int64(channels), 1, 1), torchx.Tensor{}, nil)
}

// A normalisation of maps in bfloat16 computes in float32: their mean of 200 would eat
// all digits of their deviation otherwise. The expected values are float64's.
func TestBFloat16MapsAreNormalisedInFloat32(t *testing.T) {
	const b, channels, cells = 2, 4, 30
	r := rand.New(rand.NewPCG(22, 1))
	x := normal(r, b*channels*cells, 2)
	for i := range x {
		x[i] = rounded(x[i] + 200)
	}
	for _, activation := range []torchx.Activation{torchx.Identity, torchx.ReLU, torchx.ReLU6} {
		var mean, variance [channels]float64
		eachCell := func(visit func(c, i int)) {
			for i := range x {
				visit(i/cells%channels, i)
			}
		}
		eachCell(func(c, i int) { mean[c] += float64(x[i]) / (b * cells) })
		eachCell(func(c, i int) { variance[c] += math.Pow(float64(x[i])-mean[c], 2) / (b * cells) })
		inBFloat16(t, func(t *testing.T) {
			step(t, func() {
				fill := func(v float32) torchx.Tensor { return leaf(t, []float32{v, v, v, v}, channels) }
				zeros, ones := floats(t, make([]float32, channels), channels), floats(t, []float32{1, 1, 1, 1}, channels)
				n := &torchx.Norm{Weight: fill(1.5), Bias: fill(0.25), RunningMean: zeros, RunningVar: ones, Eps: 1e-5, Batch: true, Momentum: 0.1, Activation: activation}
				leafX := leaf(t, x, b, channels, 5, 6)
				ok(t, torchx.Move(leafX, "cpu", torchx.ChannelsLast))
				y := torchx.BatchNorm(inHalf(t, leafX, channels), n, torchx.Tensor{})
				got := read(t, y, len(x))
				eachCell(func(c, i int) {
					want := (float64(x[i])-mean[c])/math.Sqrt(variance[c]+1e-5)*1.5 + 0.25
					if activation != torchx.Identity {
						want = max(want, 0)
					}
					if activation == torchx.ReLU6 {
						want = min(want, 6)
					}
					if v := float64(got[i]); !(math.Abs(v-want) <= half*math.Abs(want)+1e-5) {
						t.Errorf("activation %d, [%d]: %g, want %g", activation, i, v, want)
					}
				})
				ok(t, torchx.Backward(y.Sum()))
				for i, g := range gradient(t, n.Bias, channels) {
					if activation == torchx.Identity {
						near(t, fmt.Sprintf("gradient of bias %d", i), float64(g), b*cells, 1e-6)
					}
				}
			})
		})
	}
}

// The loss of logits in bfloat16 is float32's of these numbers.
func TestBFloat16LogitsLoseNothingMore(t *testing.T) {
	c := newCase(rand.New(rand.NewPCG(23, 1)), balance.Shape{2, 4, 9, 11}, 3, 6)
	c.logits = allRounded(c.logits)
	want, slopes := c.reference(focal)
	inBFloat16(t, func(t *testing.T) {
		step(t, func() {
			x, heatmap, weights := c.tensors(t)
			loss := torchx.Heatmap(inHalf(t, x, 4), heatmap, weights, focal)
			ok(t, torchx.Backward(loss))
			value, err := torchx.Scalar(loss)
			ok(t, err)
			if math.Abs(float64(value)-want) > 1e-6*want {
				t.Errorf("loss %.9g, want %.9g", value, want)
			}
			for i, g := range gradient(t, x, len(c.logits)) {
				if math.Abs(float64(g)-slopes[i]) > half*math.Abs(slopes[i])+1e-30 {
					t.Fatalf("gradient[%d]: %g, want %g", i, g, slopes[i])
				}
			}
		})
	})
}

// A deformable convolution in bfloat16 has offsets and masks in float32: its output is
// that of rounded factors, in float64, but for the rounding of the columns and of the
// output.
func TestBFloat16Deformable(t *testing.T) {
	for i, channels := range []int{3, 24} {
		c := randomCase(rand.New(rand.NewPCG(24, uint64(i))), deformCase{B: 2, C: channels, H: 8, W: 7, O: 4, Rows: 3, Columns: 3, Stride: 1, Padding: 1, Dilation: 1})
		c.up = allRounded(c.up)
		exact := c.run(t, torchx.ChannelsLast, false)
		rounding := *c
		rounding.x, rounding.weight = allRounded(c.x), allRounded(c.weight)
		want := make([]float64, len(c.up))
		rounding.eachOutput(rounding.widened(), func(i int, out float64) { want[i] = out })
		inBFloat16(t, func(t *testing.T) {
			got := c.run(t, torchx.ChannelsLast, false)
			size := math.Sqrt(float64(channels * 9)) // of a sum of so many products
			for i, w := range want {
				if v := float64(got["out"][i]); !(math.Abs(v-w) <= half*(math.Abs(w)+size)) {
					t.Errorf("out[%d]: %g, want %g", i, v, w)
				}
			}
			for what, numbers := range exact {
				off, sum := 0.0, 0.0
				for i, v := range numbers {
					off += math.Abs(float64(got[what][i] - v))
					sum += math.Abs(float64(v))
				}
				if !(off <= 0.01*sum) {
					t.Errorf("%s is off by %.2g of itself in the mean", what, off/sum)
				}
			}
		})
	}
}

// Transposed convolutions in bfloat16 are those of float32 to 1 % in the mean, with
// their gradients.
func TestBFloat16Upsampling(t *testing.T) {
	const b, in, out, h, w = 2, 8, 8, 5, 6
	r := rand.New(rand.NewPCG(25, 1))
	x := allRounded(normal(r, b*in*h*w, 1))
	for name, c := range map[string]struct {
		shape []int64
		up    func(x, weight torchx.Tensor) torchx.Tensor
		by    int64
	}{
		"Double":        {[]int64{in, out, 4, 4}, torchx.Double, 2},
		"UpDepthwise 2": {[]int64{in, 1, 4, 4}, func(x, w torchx.Tensor) torchx.Tensor { return torchx.UpDepthwise(x, w, 2) }, 2},
		"UpDepthwise 8": {[]int64{in, 1, 16, 16}, func(x, w torchx.Tensor) torchx.Tensor { return torchx.UpDepthwise(x, w, 8) }, 8},
	} {
		weight, up := allRounded(normal(r, count(c.shape), 1)), allRounded(normal(r, b*out*h*w*int(c.by*c.by), 1))
		run := func(t *testing.T) (y, dx, dw []float32) {
			step(t, func() {
				xs, ws := leaf(t, x, b, in, h, w), leaf(t, weight, c.shape...)
				ok(t, torchx.Move(xs, "cpu", torchx.ChannelsLast))
				got := c.up(xs, ws)
				product := torch.Mul(got, floats(t, up, b, out, h*c.by, w*c.by))
				ok(t, torchx.Backward(product.Sum()))
				y, dx, dw = read(t, got, len(up)), gradient(t, xs, len(x)), gradient(t, ws, len(weight))
			})
			return y, dx, dw
		}
		y, dx, dw := run(t)
		inBFloat16(t, func(t *testing.T) {
			halfY, halfX, halfW := run(t)
			for i, pair := range [][2][]float32{{y, halfY}, {dx, halfX}, {dw, halfW}} {
				off, sum := 0.0, 0.0
				for k, v := range pair[0] {
					off += math.Abs(float64(pair[1][k] - v))
					sum += math.Abs(float64(v))
				}
				if !(off <= 0.01*sum) || i == 0 && off == 0 {
					t.Errorf("%s, %s: off by %.2g of itself in the mean", name, []string{"value", "gradient of x", "gradient of the weight"}[i], off/sum)
				}
			}
		})
	}
}
