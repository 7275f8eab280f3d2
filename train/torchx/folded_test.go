package torchx_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	torch "github.com/wangkuiyi/gotorch"
	"github.com/wangkuiyi/gotorch/nn/functional"

	"cocostat/train/torchx"
)

// foldedCase is a convolution of maps N,C,H,W with what surrounds it.
type foldedCase struct {
	kind                           torchx.FoldingKind
	images, channels, height, wide int64
	outputs, kernel, stride        int64
	depthwise, bias, added, before bool
	factors                        bool
	after                          bool
	activation                     torchx.Activation
}

func (c foldedCase) groups() int64 {
	if c.depthwise {
		return c.channels
	}
	return 1
}

// foldedCases cover the kernels, and numbers of channels, outputs and cells that are no
// multiple of theirs.
func foldedCases() (cases []foldedCase) {
	rng := rand.New(rand.NewPCG(7, 8))
	activations := []torchx.Activation{torchx.Identity, torchx.ReLU, torchx.ReLU6, torchx.HardSwish}
	pick := func(of ...int64) int64 { return of[rng.IntN(len(of))] }
	for range 120 {
		c := foldedCase{
			images: 1 + rng.Int64N(3), channels: pick(1, 3, 8, 16, 24, 40, 72), height: 1 + rng.Int64N(20), wide: 1 + rng.Int64N(20),
			outputs: pick(1, 4, 16, 24, 27, 32, 48, 80, 100), kernel: pick(1, 1, 3, 3, 3, 5, 7), stride: pick(1, 1, 2),
			bias: rng.IntN(2) == 0, after: rng.IntN(3) > 0, added: rng.IntN(2) == 0, activation: activations[rng.IntN(4)],
		}
		switch rng.IntN(6) {
		case 0:
			c.depthwise, c.outputs, c.kernel = true, c.channels, pick(3, 5)
		case 1:
			c.kind, c.kernel, c.stride, c.bias, c.added = torchx.Doubling, 4, 2, false, false
		case 2:
			c.kernel, c.stride, c.before, c.factors = 1, 1, rng.IntN(2) == 0, rng.IntN(2) == 0
		}
		cases = append(cases, c)
	}
	return cases
}

// parts are the tensors of a case.
type parts struct {
	x, weight, bias, added, factors torchx.Tensor
	before, after                   *torchx.Norm
}

func (c foldedCase) make(t *testing.T, rng *rand.Rand) (p parts) {
	tensor := func(scale float64, shape ...int64) torchx.Tensor {
		n := 1
		for _, s := range shape {
			n *= int(s)
		}
		x, err := torchx.FromFloats(normal(rng, n, scale), shape, "cpu", torchx.ChannelsLast)
		ok(t, err)
		return x
	}
	norm := func(channels int64) *torchx.Norm {
		variance := normal(rng, int(channels), 1)
		for i, v := range variance {
			variance[i] = 0.2 + v*v
		}
		return &torchx.Norm{Weight: tensor(1, channels), Bias: tensor(1, channels), RunningMean: tensor(1, channels), RunningVar: floats(t, variance, channels), Eps: 1e-3}
	}
	p.x = tensor(1, c.images, c.channels, c.height, c.wide)
	inputs := float64(c.channels / c.groups() * c.kernel * c.kernel)
	if p.weight = tensor(1/math.Sqrt(inputs), c.outputs, c.channels/c.groups(), c.kernel, c.kernel); c.kind == torchx.Doubling {
		p.weight = tensor(1/math.Sqrt(inputs), c.channels, c.outputs, 4, 4)
	}
	if c.bias {
		p.bias = tensor(1, c.outputs)
	}
	if c.before {
		p.before = norm(c.channels)
	}
	if c.after {
		p.after = norm(c.outputs)
	}
	if c.factors {
		p.factors = tensor(1, c.images, c.channels, 1, 1)
	}
	if c.added {
		pad := c.kernel / 2
		p.added = tensor(1, c.images, c.outputs, (c.height+2*pad-c.kernel)/c.stride+1, (c.wide+2*pad-c.kernel)/c.stride+1)
	}
	return p
}

func (c foldedCase) folding(p parts) torchx.Folding {
	f := torchx.Folding{Kind: c.kind, Weight: p.weight, Bias: p.bias, Stride: int(c.stride), Padding: int(c.kernel / 2), Groups: int(c.groups()),
		Before: p.before, After: p.after, Activation: c.activation}
	if c.kind == torchx.Doubling {
		f.Padding = 1
	}
	return f
}

// unfolded computes it by libtorch's own operators, one after the other.
func (c foldedCase) unfolded(p parts) torchx.Tensor {
	x := p.x
	if c.factors {
		x = torch.Mul(x, p.factors)
	}
	if c.before {
		x = torchx.BatchNorm(x, p.before, torchx.Tensor{})
	}
	s, pad := []int64{c.stride, c.stride}, []int64{c.kernel / 2, c.kernel / 2}
	if c.kind == torchx.Doubling {
		x = functional.ConvTranspose2d(x, p.weight, p.bias, s, []int64{1, 1}, []int64{0, 0}, 1, []int64{1, 1})
	} else {
		x = functional.Conv2d(x, p.weight, p.bias, s, pad, []int64{1, 1}, c.groups())
	}
	after := torchx.Norm{Activation: c.activation}
	if c.after {
		after = *p.after
		after.Activation = c.activation
		return torchx.BatchNorm(x, &after, p.added)
	}
	one, zero := constant(c.outputs, 1), constant(c.outputs, 0)
	after.Weight, after.Bias, after.RunningMean, after.RunningVar = one, zero, zero, one
	return torchx.BatchNorm(x, &after, p.added)
}

func constant(n int64, v float32) torchx.Tensor {
	data := make([]float32, n)
	for i := range data {
		data[i] = v
	}
	x, err := torchx.FromFloats(data, []int64{n}, "cpu", torchx.Contiguous)
	if err != nil {
		panic(err)
	}
	return x
}

func numbersOf(t *testing.T, x torchx.Tensor) []float32 {
	n, err := torchx.Numel(x)
	ok(t, err)
	return read(t, x, n)
}

// closeTo compares numbers, relative to the largest.
func closeTo(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	largest := 0.0
	for _, w := range want {
		largest = max(largest, math.Abs(float64(w)))
	}
	for i, w := range want {
		if d := math.Abs(float64(got[i] - w)); !(d <= tolerance*largest) {
			t.Fatalf("%s: number %d is %g, want %g; the largest is %g", what, i, got[i], w, largest)
		}
	}
}

// byOperators runs body with libtorch's operators instead of kernels.
func byOperators(t *testing.T, body func()) {
	t.Helper()
	kernels := torchx.Kernels()
	ok(t, torchx.UseKernel(kernels[len(kernels)-1]))
	body()
	ok(t, torchx.UseKernel(kernels[0]))
}

// convolves reports whether a kernel convolves by itself. The others leave it to
// libtorch, whose bits depend on the number of threads.
func convolves(kernel string) bool { return kernel != "operators" && kernel != "cuda-source" }

// A convolution into which all was folded gives what libtorch's operators give one
// after the other, by every kernel, and to the same bits with any number of threads.
func TestFoldedEqualsItsParts(t *testing.T) {
	defer torchx.UseKernel(torchx.Kernels()[0])
	defer torchx.SetThreads(2)
	for i, c := range foldedCases() {
		step(t, func() {
			p := c.make(t, rand.New(rand.NewPCG(9, uint64(i))))
			var want []float32
			byOperators(t, func() { want = numbersOf(t, c.unfolded(p)) })
			f := torchx.Fold(c.folding(p))
			defer f.Release()
			for _, kernel := range torchx.Kernels() {
				ok(t, torchx.UseKernel(kernel))
				var first []float32
				for _, threads := range []int{1, 2, 5} {
					ok(t, torchx.SetThreads(threads))
					y := f.ForwardScaled(p.x, p.factors, p.added)
					got := numbersOf(t, y)
					what := fmt.Sprintf("case %d, %+v, kernel %s, %d threads", i, c, kernel, threads)
					if closeTo(t, what, got, want, 2e-5); first == nil {
						first = got
					} else if convolves(kernel) {
						closeTo(t, what+" against one", got, first, 0)
					}
				}
			}
		})
	}
}

// Maps one after the other are as one.
func TestFoldedOfSeveralMaps(t *testing.T) {
	defer torchx.UseKernel(torchx.Kernels()[0])
	c := foldedCase{images: 2, channels: 40, height: 5, wide: 7, outputs: 24, kernel: 1, stride: 1, bias: true, activation: torchx.ReLU}
	for _, c.kernel = range []int64{1, 3} {
		step(t, func() {
			p := c.make(t, rand.New(rand.NewPCG(1, 2)))
			f := torchx.Fold(c.folding(p))
			defer f.Release()
			var maps []torchx.Tensor
			all := numbersOf(t, p.x)
			first := int64(0)
			for _, n := range []int64{16, 3, 21} {
				var part []float32
				for image := range c.images {
					part = append(part, all[(image*40+first)*35:][:n*35]...)
				}
				x, err := torchx.FromFloats(part, []int64{2, n, 5, 7}, "cpu", torchx.ChannelsLast)
				ok(t, err)
				maps = append(maps, x)
				first += n
			}
			for _, kernel := range torchx.Kernels() {
				ok(t, torchx.UseKernel(kernel))
				closeTo(t, kernel, numbersOf(t, f.ForwardAll(maps)), numbersOf(t, f.Forward(p.x, torchx.Tensor{})), 1e-6)
			}
		})
	}
}

// The deformable convolution with everything folded.
func TestFoldedDeformable(t *testing.T) {
	defer torchx.UseKernel(torchx.Kernels()[0])
	for _, activation := range []torchx.Activation{torchx.Identity, torchx.ReLU, torchx.HardSwish} {
		c := foldedCase{kind: torchx.DeformConvolution, images: 2, channels: 24, height: 9, wide: 11, outputs: 40, kernel: 3, stride: 1, bias: true, after: true, activation: activation}
		step(t, func() {
			rng := rand.New(rand.NewPCG(3, 4))
			p := c.make(t, rng)
			points, err := torchx.FromFloats(normal(rng, 2*27*9*11, 1), []int64{2, 27, 9, 11}, "cpu", torchx.ChannelsLast)
			ok(t, err)
			var want []float32
			byOperators(t, func() {
				y := torchx.Deformable(p.x, points, p.weight, p.bias, torchx.DeformConfig{Stride: 1, Padding: 1, Dilation: 1})
				after := *p.after
				after.Activation = activation
				want = numbersOf(t, torchx.BatchNorm(y, &after, torchx.Tensor{}))
			})
			f := torchx.Fold(c.folding(p))
			defer f.Release()
			for _, kernel := range torchx.Kernels() {
				ok(t, torchx.UseKernel(kernel))
				closeTo(t, kernel, numbersOf(t, f.Deform(p.x, points)), want, 2e-5)
			}
		})
	}
}

// A block is its convolutions one after the other, whatever the bands of rows that
// threads share.
func TestBlockEqualsItsConvolutions(t *testing.T) {
	defer torchx.UseKernel(torchx.Kernels()[0])
	defer torchx.SetThreads(2)
	rng := rand.New(rand.NewPCG(11, 12))
	for i := range 60 {
		in, inside, out := 1+8*rng.Int64N(4), []int64{8, 16, 24, 48, 72, 100}[rng.IntN(6)], 1+8*rng.Int64N(6)
		height, wide, kernel, stride := 1+rng.Int64N(40), 1+rng.Int64N(30), 3+2*rng.Int64N(2), 1+rng.Int64N(2)
		images, has := 1+rng.Int64N(3), rng.IntN(4)
		if has&1 == 0 {
			in = inside
		}
		of := func(c foldedCase) (*torchx.Folded, parts) {
			c.images, c.after, c.activation = images, true, torchx.Activation(1+rng.IntN(3))
			p := c.make(t, rng)
			return torchx.Fold(c.folding(p)), p
		}
		step(t, func() {
			var expand, project *torchx.Folded
			none := torchx.Tensor{}
			first, p := of(foldedCase{channels: in, height: height, wide: wide, outputs: inside, kernel: 1, stride: 1})
			depthwise, _ := of(foldedCase{channels: inside, height: height, wide: wide, outputs: inside, kernel: kernel, stride: stride, depthwise: true})
			last, q := of(foldedCase{channels: inside, height: (height-1)/stride + 1, wide: (wide-1)/stride + 1, outputs: out, kernel: 1, stride: 1, added: true})
			for _, f := range []*torchx.Folded{first, depthwise, last} {
				defer f.Release()
			}
			x, added := p.x, none
			want := x
			if has&1 != 0 {
				expand, want = first, first.Forward(x, none)
			}
			want = depthwise.Forward(want, none)
			if has&2 != 0 {
				project, added = last, q.added
				want = last.Forward(want, added)
			}
			for _, kernel := range torchx.Kernels() {
				ok(t, torchx.UseKernel(kernel))
				var one []float32
				for _, threads := range []int{1, 3} {
					ok(t, torchx.SetThreads(threads))
					got := numbersOf(t, torchx.Block(expand, depthwise, project, x, added))
					what := fmt.Sprintf("case %d (%d→%d→%d, %d×%d, kernel %d, stride %d, parts %b), %s, %d threads", i, in, inside, out, height, wide, 1, stride, has, kernel, threads)
					if closeTo(t, what, got, numbersOf(t, want), 1e-5); one == nil {
						one = got
					} else if convolves(kernel) {
						closeTo(t, what+" against one", got, one, 0)
					}
				}
			}
		})
	}
}

// At cells alone a convolution gives what it gives there on whole maps.
func TestFoldedAtCells(t *testing.T) {
	defer torchx.UseKernel(torchx.Kernels()[0])
	for _, kernel := range []int64{1, 3, 5} {
		c := foldedCase{images: 3, channels: 24, height: 7, wide: 5, outputs: 20, kernel: kernel, stride: 1, bias: true, activation: torchx.ReLU}
		step(t, func() {
			rng := rand.New(rand.NewPCG(1, uint64(kernel)))
			p := c.make(t, rng)
			f := torchx.Fold(c.folding(p))
			defer f.Release()
			whole := numbersOf(t, f.Forward(p.x, torchx.Tensor{}))
			cells := []int64{0, 104, 34, 35, 70}
			for range 200 {
				cells = append(cells, rng.Int64N(105))
			}
			var want []float32
			for _, cell := range cells {
				for o := range c.outputs {
					want = append(want, whole[(cell/35*c.outputs+o)*35+cell%35])
				}
			}
			for _, name := range torchx.Kernels() {
				ok(t, torchx.UseKernel(name))
				closeTo(t, name, numbersOf(t, f.At(p.x, cells)), want, 1e-5)
			}
		})
	}
}

// What does not fit together is an error that names the sizes.
func TestFoldedRefuses(t *testing.T) {
	c := foldedCase{images: 1, channels: 8, height: 4, wide: 4, outputs: 4, kernel: 3, stride: 1, after: true}
	var f *torchx.Folded
	var p parts
	step(t, func() {
		p = c.make(t, rand.New(rand.NewPCG(1, 2)))
		f = torchx.Fold(c.folding(p))
	})
	defer f.Release()
	x, other := p.x, floats(t, make([]float32, 3*16), 1, 3, 4, 4)
	for want, wrong := range map[string]func(){
		"for maps":          func() { f.Forward(other, torchx.Tensor{}) },
		"at cells":          func() { f.At(other, []int64{0}) },
		"no cell 16":        func() { f.At(x, []int64{16}) },
		"no cells":          func() { f.At(x, nil) },
		"not deformable":    func() { f.Deform(x, x) },
		"factors":           func() { f.ForwardScaled(x, x, torchx.Tensor{}) },
		"a normalisation":   func() { g := c.folding(p); g.Before = p.after; torchx.Fold(g) },
		"with activation 4": func() { g := c.folding(p); g.Activation = torchx.AfterReLU; torchx.Fold(g) },
		"bias":              func() { g := c.folding(p); g.Bias = constant(3, 1); torchx.Fold(g) },
	} {
		err := torchx.Step(func() error { wrong(); return nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}
