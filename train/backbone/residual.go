package backbone

import (
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// rectified are the settings of a normalisation that a ReLU follows.
var rectified = layer.BatchNorm{Activation: torchx.ReLU}

// residual is a block of a ResNet: ReLU(norm(inner(x)) + shortcut(x)).
type residual struct {
	inner    layer.Adder // ends in a normalisation with a ReLU
	shortcut layer.Chain // none: x itself
}

// newResidual makes a block of two convolutions and their normalisations.
func newResidual(conv1 *layer.Convolution, norm1 *layer.Norm, conv2 *layer.Convolution, norm2 *layer.Norm) residual {
	return residual{inner: layer.Normed{Inner: layer.Chain{conv1, norm1, conv2}, Norm: norm2}}
}

// Forward makes new features and leaves x as it is.
func (r residual) Forward(x torchx.Tensor) torchx.Tensor {
	shortcut := r.shortcut.Forward(x)
	y := r.inner.Add(x, shortcut)
	if len(r.shortcut) > 0 {
		torchx.Release(shortcut)
	}
	return y
}

// Fold makes the block for inference.
func (r residual) Fold(f *layer.Folder) layer.Layer { return r.fold(f) }

func (r residual) fold(f *layer.Folder) residual {
	return residual{f.Adder(r.inner), f.Chain(r.shortcut)}
}

// maxPool makes a layer that takes the largest of kernel×kernel cells, stride
// cells apart.
func maxPool(b *layer.Builder, kernel, stride, padding int) layer.Layer {
	b.At(b.Stride() * float64(stride))
	return layer.Func(func(x torchx.Tensor) torchx.Tensor { return torchx.MaxPool(x, kernel, stride, padding) })
}
