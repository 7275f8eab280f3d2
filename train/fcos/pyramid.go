package fcos

import (
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// fromBackbone is the number of levels, P3 to P5, that come from the backbone.
const fromBackbone = 3

// pyramid is a feature pyramid network (Lin et al., "Feature Pyramid Networks for
// Object Detection", CVPR 2017) with two levels more, as RetinaNet's: P6 from P5,
// P7 from P6.
type pyramid struct {
	lateral [fromBackbone]layer.Layer // 1×1, of C3 to C5
	output  [fromBackbone]layer.Layer // 3×3
	p6, p7  layer.Layer               // 3×3, stride 2
}

// newPyramid makes a pyramid on maps of the given channels, those of C3 to C5.
// Weights begin as in fcos_core/modeling/backbone/fpn.py and make_layers.py of the
// authors: uniform between ∓√(3/fanIn), with biases of 0.
func newPyramid(b *layer.Builder, prefix string, in [fromBackbone]int, channels int) *pyramid {
	conv := func(name string, in, kernel, stride int) layer.Layer {
		return b.Conv(name, layer.Conv{In: in, Out: channels, Kernel: kernel, Stride: stride, Weights: layer.Uniform(1), Bias: layer.Constant(0)})
	}
	p := &pyramid{}
	for i, c := range in {
		b.At(float64(Strides[i]))
		p.lateral[i] = conv(layer.Sub(prefix+".inner_blocks", i)+".0", c, 1, 1)
	}
	for i := range in {
		b.At(float64(Strides[i]))
		p.output[i] = conv(layer.Sub(prefix+".layer_blocks", i)+".0", channels, 3, 1)
	}
	p.p6 = conv(prefix+".extra_blocks.p6", channels, 3, 2)
	p.p7 = conv(prefix+".extra_blocks.p7", channels, 3, 2)
	return p
}

// forward returns P3 to P7 of C3 to C5, which it releases.
func (p *pyramid) forward(maps [fromBackbone]torchx.Tensor) (levels [Levels]torchx.Tensor) {
	var above torchx.Tensor
	for i := fromBackbone - 1; i >= 0; i-- {
		sum := p.lateral[i].Forward(maps[i])
		torchx.Release(maps[i])
		if i < fromBackbone-1 {
			finer := torchx.NearestAdd(above, sum)
			torchx.Release(above, sum)
			sum = finer
		}
		levels[i] = p.output[i].Forward(sum)
		above = sum
	}
	torchx.Release(above)
	levels[3] = p.p6.Forward(levels[2])
	positive := torchx.ReluCopy(levels[3])
	levels[4] = p.p7.Forward(positive)
	torchx.Release(positive)
	return levels
}

// fold makes the pyramid for inference.
func (p *pyramid) fold(f *layer.Folder) *pyramid {
	folded := &pyramid{p6: f.Layer(p.p6), p7: f.Layer(p.p7)}
	for i := range p.lateral {
		folded.lateral[i], folded.output[i] = f.Layer(p.lateral[i]), f.Layer(p.output[i])
	}
	return folded
}
