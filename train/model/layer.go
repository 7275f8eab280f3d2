package model

import "cocostat/train/torchx"

// layer is what gotorch's modules have in common.
type layer interface {
	Forward(x torchx.Tensor) torchx.Tensor
}

type layerFunc func(torchx.Tensor) torchx.Tensor

func (f layerFunc) Forward(x torchx.Tensor) torchx.Tensor { return f(x) }

var (
	relu  layer = layerFunc(torchx.Relu)
	relu6 layer = layerFunc(torchx.Relu6)
)

// chain applies layers one after the other and releases every intermediate
// result at once, but not its input.
type chain []layer

func (c chain) Forward(x torchx.Tensor) torchx.Tensor {
	y := x
	for i, l := range c {
		next := l.Forward(y)
		if i > 0 {
			torchx.Release(y)
		}
		y = next
	}
	return y
}

// residual adds its input to what its layers make of it.
type residual struct{ inner chain }

func (r residual) Forward(x torchx.Tensor) torchx.Tensor {
	y := r.inner.Forward(x)
	sum := torchx.Add(y, x)
	torchx.Release(y)
	return sum
}
