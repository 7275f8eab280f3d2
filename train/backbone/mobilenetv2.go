package backbone

import (
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// mobileNetV2Stages is table 2 of "MobileNetV2: inverted residuals and linear
// bottlenecks" (Sandler et al., CVPR 2018): expansion, output channels, blocks,
// and the stride of the first block.
var mobileNetV2Stages = []struct{ expansion, channels, blocks, stride int }{
	{1, 16, 1, 1},
	{6, 24, 2, 2},
	{6, 32, 3, 2},
	{6, 64, 4, 2},
	{6, 96, 3, 1},
	{6, 160, 3, 2},
	{6, 320, 1, 1},
}

// scaled returns channels times width, rounded to a multiple of 8 and by no
// more than a tenth downwards, as torchvision/models/_utils.py does.
func scaled(channels int, width float64) int {
	v := float64(channels) * width
	n := max(8, int(v+4)/8*8)
	if float64(n) < 0.9*v {
		n += 8
	}
	return n
}

// mobileNetV2 makes MobileNet v2 without its last 1×1 convolution, which only
// classification needs. Names are those of torchvision's mobilenet_v2.
func mobileNetV2(b *layer.Builder, prefix string, o Options) *Backbone {
	prefix += ".features"
	in := scaled(32, o.Width)
	s := stager{network: b.Network()}
	s.add(2, in, convNorm(b, layer.Sub(prefix, 0), layer.Conv{In: 3, Out: in, Kernel: 3, Stride: 2}, layer.BatchNorm{Activation: torchx.ReLU6})...)
	reached, i := 2, 1
	for _, stage := range mobileNetV2Stages {
		out := scaled(stage.channels, o.Width)
		for n := range stage.blocks {
			stride := 1
			if n == 0 && reached < 1<<o.Halvings {
				stride = stage.stride
			}
			reached *= stride
			s.add(reached, out, inverted(b, layer.Sub(prefix, i)+".conv", in, out, stage.expansion, stride))
			in = out
			i++
		}
	}
	return &Backbone{s.stages}
}

// convNorm makes name.0 (convolution) and name.1 (normalisation).
func convNorm(b *layer.Builder, name string, c layer.Conv, norm layer.BatchNorm) layer.Chain {
	conv, n := newConvNorm(b, name, c, norm)
	return layer.Chain{conv, n}
}

func newConvNorm(b *layer.Builder, name string, c layer.Conv, norm layer.BatchNorm) (*layer.Convolution, *layer.Norm) {
	return b.Conv(layer.Sub(name, 0), c), b.Norm(layer.Sub(name, 1), c.Out, norm)
}

// inverted makes an inverted residual block: 1×1 expansion, 3×3 depthwise, 1×1
// linear projection.
func inverted(b *layer.Builder, name string, in, out, expansion, stride int) layer.Layer {
	hidden := in * expansion
	relu6 := layer.BatchNorm{Activation: torchx.ReLU6}
	var c inner
	i := 0
	if expansion != 1 {
		c.add(newConvNorm(b, layer.Sub(name, i), layer.Conv{In: in, Out: hidden, Kernel: 1}, relu6))
		i++
	}
	c.add(newConvNorm(b, layer.Sub(name, i), layer.Conv{In: hidden, Out: hidden, Kernel: 3, Stride: stride, Groups: hidden}, relu6))
	passes := stride == 1 && in == out
	// A scale of 0 makes the block pass its input on at first, which eases the
	// beginning (Goyal et al., 2017, section 5.1).
	c.add(b.Conv(layer.Sub(name, i+1), layer.Conv{In: hidden, Out: out, Kernel: 1}), b.Norm(layer.Sub(name, i+2), out, layer.BatchNorm{Zero: passes}))
	return c.close(passes)
}

// inner are the layers of a block, of which each convolution reads what the
// normalisation before it gives.
type inner struct {
	layers layer.Chain
	norm   *layer.Norm // of the last convolution, or nil
}

// add appends a convolution and its normalisation.
func (c *inner) add(conv *layer.Convolution, norm *layer.Norm) {
	if c.norm == nil {
		c.layers = append(c.layers, conv)
	} else {
		c.layers = append(c.layers, layer.Join(c.norm, conv))
	}
	c.norm = norm
}

// then appends a layer that is no convolution.
func (c *inner) then(l layer.Layer) {
	c.layers = append(c.layers, c.norm, l)
	c.norm = nil
}

// close ends the block, which adds its input if it passes that on.
func (c *inner) close(passes bool) layer.Layer {
	if passes {
		return layer.Residual{Adder: layer.Normed{Inner: c.layers, Norm: c.norm}}
	}
	return append(c.layers, c.norm)
}
