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
var Relu Layer = relu{}

type relu struct{}

func (relu) Forward(x torchx.Tensor) torchx.Tensor { return torchx.Relu(x) }

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

// Adder is a layer that can add another tensor of its result's shape before its last
// activation.
type Adder interface {
	Layer
	Add(x, added torchx.Tensor) torchx.Tensor
}

// Normed are layers of which the last one is a normalisation.
type Normed struct {
	Inner Chain
	Norm  *Norm
}

// Forward returns the activation of Norm(Inner(x)).
func (n Normed) Forward(x torchx.Tensor) torchx.Tensor { return n.Add(x, torchx.Tensor{}) }

// Add returns the activation of Norm(Inner(x)) + added.
func (n Normed) Add(x, added torchx.Tensor) torchx.Tensor {
	y := n.Inner.Forward(x)
	sum := n.Norm.Add(y, added)
	torchx.Release(y)
	return sum
}

// Residual adds its input to what its layers make of it.
type Residual struct{ Adder }

// Forward returns what the layers make of x, plus x before their last activation.
func (r Residual) Forward(x torchx.Tensor) torchx.Tensor { return r.Add(x, x) }

// Merged are layers that read maps as if they were one, their channels one after the
// other.
type Merged struct{ Chain }

// ForwardAll runs the layers on x.
func (m Merged) ForwardAll(x ...torchx.Tensor) torchx.Tensor {
	all := torchx.Cat(x...)
	defer torchx.Release(all)
	return m.Chain.Forward(all)
}
