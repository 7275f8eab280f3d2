package torchx

// #include "native/torchx.h"
import "C"

import "unsafe"

// Conv2d returns the convolution of x, B,I,H,W, with weight, O,I/groups,k,k, and bias,
// O or Tensor{}: none.
func Conv2d(x, weight, bias Tensor, stride, padding, groups int) Tensor {
	return applyWith("convolution", []float64{float64(stride), float64(padding), float64(groups)}, func(in []C.tx_tensor, out *C.tx_tensor) *C.char {
		return C.tx_conv2d(in[0], in[1], in[2], C.int64_t(stride), C.int64_t(padding), C.int64_t(groups), out)
	}, x, weight, bias)
}

// ReluCopy returns max(x, 0) and leaves x as it is.
func ReluCopy(x Tensor) Tensor {
	return apply("relu", func(in []C.tx_tensor, out *C.tx_tensor) *C.char { return C.tx_relu_copy(in[0], out) }, x)
}

// Hardsigmoid returns min(max(x+3, 0), 6) / 6.
func Hardsigmoid(x Tensor) Tensor {
	return apply("hardsigmoid", func(in []C.tx_tensor, out *C.tx_tensor) *C.char { return C.tx_hardsigmoid(in[0], out) }, x)
}

// ExpScaled returns exp(scale·x); scale holds one number.
func ExpScaled(x, scale Tensor) Tensor {
	return apply("scaled exp", func(in []C.tx_tensor, out *C.tx_tensor) *C.char { return C.tx_exp_scaled(in[0], in[1], out) }, x, scale)
}

// Mul returns the product of x, B,C,H,W, and y, which has x's shape or one that
// broadcasts to it, such as B,C,1,1: a factor per image and channel.
func Mul(x, y Tensor) Tensor {
	return apply("multiply", func(in []C.tx_tensor, out *C.tx_tensor) *C.char { return C.tx_mul(in[0], in[1], out) }, x, y)
}

// GroupNorm returns (x−μ)/√(σ²+eps)·weight + bias of x, B,C,H,W, with mean μ and
// variance σ² over the C/groups channels of a group in one image; weight and
// bias have C numbers (Wu and He, "Group Normalization", ECCV 2018). On the CPU
// its gradient takes less time ChannelsLast than libtorch's own.
func GroupNorm(x, weight, bias Tensor, groups int, eps float64) Tensor {
	return applyWith("group norm", []float64{float64(groups), eps}, func(in []C.tx_tensor, out *C.tx_tensor) *C.char {
		return C.tx_group_norm(in[0], in[1], in[2], C.int64_t(groups), C.double(eps), out)
	}, x, weight, bias)
}

// MaxPool returns the largest values of x, B,C,H,W, in windows of kernel×kernel
// cells, stride cells apart, of maps padded by padding cells that never win.
func MaxPool(x Tensor, kernel, stride, padding int) Tensor {
	return applyWith("max pool", []float64{float64(kernel), float64(stride), float64(padding)}, func(in []C.tx_tensor, out *C.tx_tensor) *C.char {
		return C.tx_max_pool(in[0], C.int64_t(kernel), C.int64_t(stride), C.int64_t(padding), out)
	}, x)
}

// MeanPool returns the mean of each map of x: B,C,H,W to B,C,1,1.
func MeanPool(x Tensor) Tensor {
	return apply("mean pool", func(in []C.tx_tensor, out *C.tx_tensor) *C.char { return C.tx_mean_pool(in[0], out) }, x)
}

// Cat puts the channels of tensors B,·,H,W one after the other.
func Cat(x ...Tensor) Tensor {
	return apply("concatenate", func(in []C.tx_tensor, out *C.tx_tensor) *C.char {
		return C.tx_cat(unsafe.SliceData(in), C.int32_t(len(in)), out)
	}, x...)
}
