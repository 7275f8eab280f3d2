package backbone

import (
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

// residual is a block of a ResNet: ReLU(inner(x) + shortcut(x)).
type residual struct {
	inner    layer.Chain
	shortcut layer.Chain // none: x itself
}

// Forward makes new features and leaves x as it is.
func (r residual) Forward(x torchx.Tensor) torchx.Tensor {
	shortcut := r.shortcut.Forward(x)
	y := rectifiedSum(r.inner.Forward(x), shortcut)
	if len(r.shortcut) > 0 {
		torchx.Release(shortcut)
	}
	return y
}

// rectifiedSum returns ReLU(y + x) in the place of y, which is gone then.
func rectifiedSum(y, x torchx.Tensor) torchx.Tensor {
	sum := torchx.Add(y, x)
	rectified := torchx.Relu(sum)
	torchx.Release(y, sum)
	return rectified
}

// maxPool makes a layer that takes the largest of kernel×kernel cells, stride
// cells apart.
func maxPool(b *layer.Builder, kernel, stride, padding int) layer.Layer {
	b.At(b.Stride() * float64(stride))
	return layer.Func(func(x torchx.Tensor) torchx.Tensor { return torchx.MaxPool(x, kernel, stride, padding) })
}
