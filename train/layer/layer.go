package layer

import "cocostat/train/torchx"

// Layer is what gotorch's modules have in common: it makes a tensor of another.
type Layer interface {
	Forward(x torchx.Tensor) torchx.Tensor
}

// Func is a layer without parameters.
type Func func(torchx.Tensor) torchx.Tensor

// Forward calls f.
func (f Func) Forward(x torchx.Tensor) torchx.Tensor { return f(x) }

// Relu is max(x, 0). It works in place: what it is given is gone.
var Relu Layer = Func(torchx.Relu)

// Chain applies layers one after the other and releases every intermediate
// result at once, but not its input.
type Chain []Layer

// Forward runs the chain; of no layers, it returns x itself.
func (c Chain) Forward(x torchx.Tensor) torchx.Tensor {
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

// Residual adds its input to what its layers make of it, before the activation of
// the last one, a normalisation.
type Residual struct {
	Inner Chain
	Norm  *Norm
}

// Forward returns the activation of Norm(Inner(x)) + x.
func (r Residual) Forward(x torchx.Tensor) torchx.Tensor {
	y := r.Inner.Forward(x)
	sum := r.Norm.Add(y, x)
	torchx.Release(y)
	return sum
}
