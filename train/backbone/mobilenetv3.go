package backbone

import (
	"fmt"

	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// mobileNetV3Blocks is table 1 of "Searching for MobileNetV3" (Howard et al.,
// ICCV 2019): kernel, channels inside and after the block, whether it has a
// squeeze and excitation, whether its activation is hardswish, and its stride.
var mobileNetV3Blocks = []struct {
	kernel, inside, out int
	squeezes, swish     bool
	stride              int
}{
	{3, 16, 16, false, false, 1},
	{3, 64, 24, false, false, 2},
	{3, 72, 24, false, false, 1},
	{5, 72, 40, true, false, 2},
	{5, 120, 40, true, false, 1},
	{5, 120, 40, true, false, 1},
	{3, 240, 80, false, true, 2},
	{3, 200, 80, false, true, 1},
	{3, 184, 80, false, true, 1},
	{3, 184, 80, false, true, 1},
	{3, 480, 112, true, true, 1},
	{3, 672, 112, true, true, 1},
	{5, 672, 160, true, true, 2},
	{5, 960, 160, true, true, 1},
	{5, 960, 160, true, true, 1},
}

// mobileNetV3Norm are the settings that torchvision's weights were trained with.
func mobileNetV3Norm(a torchx.Activation) layer.BatchNorm {
	return layer.BatchNorm{Eps: 1e-3, Momentum: 0.01, Activation: a}
}

// mobileNetV3Large makes MobileNet v3 Large without its last 1×1 convolution, as
// mobileNetV2. Names are those of torchvision's mobilenet_v3_large, and the first
// numbers, scales of 1, but that a depthwise convolution is drawn for the outputs
// that each of its inputs has; torchvision counts those of all channels.
func mobileNetV3Large(b *layer.Builder, prefix string, o Options) *Backbone {
	prefix += ".features"
	in := scaled(16, o.Width)
	s := stager{network: b.Network()}
	s.add(2, in, convNorm(b, layer.Sub(prefix, 0), layer.Conv{In: 3, Out: in, Kernel: 3, Stride: 2}, mobileNetV3Norm(torchx.HardSwish))...)
	reached := 2
	for i, k := range mobileNetV3Blocks {
		v := v3Block{name: layer.Sub(prefix, i+1), kernel: k.kernel, in: in, inside: scaled(k.inside, o.Width), out: scaled(k.out, o.Width),
			stride: 1, squeezes: k.squeezes, activation: torchx.ReLU}
		if k.swish {
			v.activation = torchx.HardSwish
		}
		if reached < 1<<o.Halvings {
			v.stride = k.stride
		}
		reached *= v.stride
		s.add(reached, v.out, v.make(b))
		in = v.out
	}
	return &Backbone{s.stages}
}

// v3Block describes a block of MobileNet v3.
type v3Block struct {
	name                            string
	kernel, in, inside, out, stride int
	squeezes                        bool
	activation                      torchx.Activation
}

// make makes 1×1 expansion, depthwise convolution, squeeze and excitation, and
// 1×1 linear projection; in a block that does not expand the first is missing.
func (v v3Block) make(b *layer.Builder) layer.Layer {
	var c inner
	parts := 0
	part := func() string {
		parts++
		return fmt.Sprintf("%s.block.%d", v.name, parts-1)
	}
	active := mobileNetV3Norm(v.activation)
	if v.inside != v.in {
		c.add(newConvNorm(b, part(), layer.Conv{In: v.in, Out: v.inside, Kernel: 1}, active))
	}
	c.add(newConvNorm(b, part(), layer.Conv{In: v.inside, Out: v.inside, Kernel: v.kernel, Stride: v.stride, Groups: v.inside}, active))
	if v.squeezes {
		c.then(newSqueeze(b, part(), v.inside))
	}
	c.add(newConvNorm(b, part(), layer.Conv{In: v.inside, Out: v.out, Kernel: 1}, mobileNetV3Norm(torchx.Identity)))
	return c.close(v.stride == 1 && v.in == v.out)
}

// squeeze is squeeze and excitation ("Squeeze-and-excitation networks", Hu et al.,
// CVPR 2018): each channel is multiplied by a factor that its excitation makes of
// the means of all.
type squeeze struct{ excitation layer.Layer }

func newSqueeze(b *layer.Builder, name string, channels int) layer.Layer {
	few := scaled(channels/4, 1)
	stride := b.Stride()
	b.AtOnce()
	zero := layer.Constant(0)
	s := squeeze{layer.Chain{
		b.Conv(name+".fc1", layer.Conv{In: channels, Out: few, Kernel: 1, Bias: zero}), layer.Relu,
		b.Conv(name+".fc2", layer.Conv{In: few, Out: channels, Kernel: 1, Bias: zero}), layer.Func(torchx.Hardsigmoid),
	}}
	b.At(stride)
	return s
}

func (s squeeze) Forward(x torchx.Tensor) torchx.Tensor {
	factors := s.Factors(x)
	defer torchx.Release(factors)
	return torchx.Mul(x, factors)
}

// Factors returns the factors of x's channels.
func (s squeeze) Factors(x torchx.Tensor) torchx.Tensor {
	means := torchx.MeanPool(x)
	defer torchx.Release(means)
	return s.excitation.Forward(means)
}

// Fold makes the layer for inference.
func (s squeeze) Fold(f *layer.Folder) layer.Layer { return squeeze{f.Layer(s.excitation)} }
