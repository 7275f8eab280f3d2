package backbone

import (
	"fmt"

	"cocostat/train/layer"
)

// resNet returns what makes a ResNet ("Deep residual learning for image
// recognition", He et al., CVPR 2016, table 1) with so many blocks in its four
// stages, without the classifier. Names are those of torchvision's resnet18 and
// its kin, and the first numbers: He's normal distribution, and scales of 1, also
// the last of each block.
func resNet(blocks [4]int, block func(b *layer.Builder, name string, in, width, stride int) (layer.Layer, int)) func(*layer.Builder, string, Options) *Backbone {
	return func(b *layer.Builder, prefix string, o Options) *Backbone {
		const width = 64
		s := stager{network: b.Network()}
		s.add(2, width, b.Conv(prefix+".conv1", layer.Conv{In: 3, Out: width, Kernel: 7, Stride: 2}),
			b.Norm(prefix+".bn1", width, rectified), maxPool(b, 3, 2, 1))
		in, reached := width, 4
		for i, n := range blocks {
			for j := range n {
				stride := 1
				if i > 0 && j == 0 && reached < 1<<o.Halvings {
					stride = 2
				}
				reached *= stride
				l, out := block(b, fmt.Sprintf("%s.layer%d.%d", prefix, i+1, j), in, width<<i, stride)
				s.add(reached, out, l)
				in = out
			}
		}
		return &Backbone{s.stages}
	}
}

// basicBlock makes the block of ResNet-18 and 34, of two 3×3 convolutions, and
// returns the number of its output channels.
func basicBlock(b *layer.Builder, name string, in, width, stride int) (layer.Layer, int) {
	r := newResidual(
		b.Conv(name+".conv1", layer.Conv{In: in, Out: width, Kernel: 3, Stride: stride}), b.Norm(name+".bn1", width, rectified),
		b.Conv(name+".conv2", layer.Conv{In: width, Out: width, Kernel: 3}), b.Norm(name+".bn2", width, rectified))
	r.shortcut = downsample(b, name, in, width, stride)
	return r, width
}

// bottleneck makes the block of ResNet-50 and 101: 1×1 reduction, 3×3 convolution,
// 1×1 expansion. The stride is in the 3×3 convolution, as in torchvision's weights
// and other than in the paper.
func bottleneck(b *layer.Builder, name string, in, width, stride int) (layer.Layer, int) {
	out := 4 * width
	conv1, norm1 := b.Conv(name+".conv1", layer.Conv{In: in, Out: width, Kernel: 1}), b.Norm(name+".bn1", width, rectified)
	conv2, norm2 := b.Conv(name+".conv2", layer.Conv{In: width, Out: width, Kernel: 3, Stride: stride}), b.Norm(name+".bn2", width, rectified)
	conv3, norm3 := b.Conv(name+".conv3", layer.Conv{In: width, Out: out, Kernel: 1}), b.Norm(name+".bn3", out, rectified)
	inner := layer.Chain{conv1, norm1, conv2, layer.Join(norm2, conv3)}
	return residual{layer.Normed{Inner: inner, Norm: norm3}, downsample(b, name, in, out, stride)}, out
}

// downsample makes the shortcut of a block that was just made: none where x
// itself has the block's shape.
func downsample(b *layer.Builder, name string, in, out, stride int) layer.Chain {
	if stride == 1 && in == out {
		return nil
	}
	b.At(b.Stride() / float64(stride)) // of the block's input
	return convNorm(b, name+".downsample", layer.Conv{In: in, Out: out, Kernel: 1, Stride: stride}, layer.BatchNorm{})
}
