package torchx

// #include "native/torchx.h"
import "C"

// Activation is what follows a batch normalisation, element by element.
type Activation int

const (
	Identity  Activation = iota
	ReLU                 // max(z, 0)
	ReLU6                // min(max(z, 0), 6)
	HardSwish            // z·min(max(z+3, 0), 6) / 6
	AfterReLU            // nothing follows: max(x, 0) is normalised instead of x
)

// Norm is a batch normalisation (Ioffe and Szegedy, "Batch Normalization", ICML
// 2015): z = (x−μ)/√(σ²+Eps)·Weight + Bias for each of C channels, and the activation
// of z. All four tensors have C numbers.
type Norm struct {
	Weight, Bias            Tensor
	RunningMean, RunningVar Tensor
	Eps                     float64
	// Batch: μ and σ² are those of the batch, and the running statistics, of which
	// the variance is the unbiased one, move towards them by Momentum. Otherwise the
	// running ones are μ and σ².
	Batch      bool
	Momentum   float64
	Activation Activation
}

// BatchNorm returns what n makes of x, B,C,H,W. With added, of x's shape, or
// Tensor{}: none, the activation is that of z + added. For backward x is kept, and
// where added needs it the result.
func BatchNorm(x Tensor, n *Norm, added Tensor) Tensor {
	return n.apply("batch norm", nil, func(c *C.tx_norm, out *C.tx_tensor) *C.char {
		return C.tx_batch_norm(handle(x), c, handle(added), out)
	}, x, added)
}

// Depthwise returns the convolution of what n makes of x, B,C,H,W, with weight,
// C,1,3,3, a map by a map, at padding 1 and stride 1 or 2. n is nil for x itself. For
// backward x is kept, not what n makes of it.
func Depthwise(x, weight Tensor, n *Norm, stride int) Tensor {
	return n.apply("depthwise convolution", []float64{float64(stride)}, func(c *C.tx_norm, out *C.tx_tensor) *C.char {
		return C.tx_depthwise(handle(x), c, handle(weight), C.int64_t(stride), out)
	}, x, weight)
}

// Pointwise returns the 1×1 convolution of what n makes of x, B,C,H,W, with weight,
// O,C,1,1, and bias, O or Tensor{}: none. n is nil for x itself. For backward x is
// kept, not what n makes of it.
func Pointwise(x, weight, bias Tensor, n *Norm) Tensor {
	return n.apply("pointwise convolution", nil, func(c *C.tx_norm, out *C.tx_tensor) *C.char {
		return C.tx_pointwise(handle(x), c, handle(weight), handle(bias), out)
	}, x, weight, bias)
}

// Conv3x3 returns the 3×3 convolution of what n makes of x, B,C,H,W, with weight,
// O,C,3,3, and bias, O or Tensor{}: none, at padding 1 and stride 1. n is nil for x
// itself. For backward x is kept, and what n makes of it only where there are too few
// channels or cells for a kernel of our own: fewer than 16, or than 32 tiles of 4×4.
func Conv3x3(x, weight, bias Tensor, n *Norm) Tensor {
	return n.apply("convolution", []float64{1, 1, 1}, func(c *C.tx_norm, out *C.tx_tensor) *C.char {
		return C.tx_conv3x3(handle(x), c, handle(weight), handle(bias), out)
	}, x, weight, bias)
}

// apply calls an operator with n, which may be nil, and keeps the tensors of both.
func (n *Norm) apply(name string, numbers []float64, call func(c *C.tx_norm, out *C.tx_tensor) *C.char, tensors ...Tensor) Tensor {
	var out C.tx_tensor
	must(name, call(n.native(), &out))
	keepAlive(tensors...)
	n.keepAlive()
	return traced(name, numbers, n, own(out), tensors)
}

func (n *Norm) keepAlive() {
	if n != nil {
		keepAlive(n.Weight, n.Bias, n.RunningMean, n.RunningVar)
	}
}

func (n *Norm) native() *C.tx_norm {
	if n == nil {
		return nil
	}
	return &C.tx_norm{
		weight: handle(n.Weight), bias: handle(n.Bias), running_mean: handle(n.RunningMean), running_var: handle(n.RunningVar),
		eps: C.double(n.Eps), momentum: C.double(n.Momentum), batch: boolean(n.Batch), activation: C.int32_t(n.Activation),
	}
}
