package torchx

// #include "native/torchx.h"
import "C"

import "unsafe"

// unary calls an operator of one tensor.
func unary(name string, x Tensor, call func(x C.tx_tensor, out *C.tx_tensor) *C.char) Tensor {
	var out C.tx_tensor
	must(name, call(handle(x), &out))
	keepAlive(x)
	return own(out)
}

// Relu replaces the elements of x by max(x, 0) and returns it.
func Relu(x Tensor) Tensor {
	return unary("relu", x, func(x C.tx_tensor, out *C.tx_tensor) *C.char { return C.tx_relu(x, out) })
}

// Relu6 replaces the elements of x by min(max(x, 0), 6) and returns it.
func Relu6(x Tensor) Tensor {
	return unary("relu6", x, func(x C.tx_tensor, out *C.tx_tensor) *C.char { return C.tx_relu6(x, out) })
}

// Sigmoid returns 1/(1+exp(-x)).
func Sigmoid(x Tensor) Tensor {
	return unary("sigmoid", x, func(x C.tx_tensor, out *C.tx_tensor) *C.char { return C.tx_sigmoid(x, out) })
}

// Add adds y to x in place and returns x.
func Add(x, y Tensor) Tensor {
	var out C.tx_tensor
	must("add", C.tx_add(handle(x), handle(y), &out))
	keepAlive(x, y)
	return own(out)
}

// Double returns the transposed convolution of x, B,I,H,W, with weight, I,O,4,4,
// at stride 2 and padding 1, as nn.ConvTranspose2d does but faster: B,O,2H,2W.
func Double(x, weight Tensor) Tensor {
	var out C.tx_tensor
	must("double", C.tx_double(handle(x), handle(weight), &out))
	keepAlive(x, weight)
	return own(out)
}

// WeightedSum returns Σ weights[i]·terms[i] of scalars.
func WeightedSum(terms []Tensor, weights []float32) Tensor {
	var out C.tx_tensor
	h := handles(terms)
	must("weighted sum", C.tx_weighted_sum(unsafe.SliceData(h), (*C.float)(unsafe.SliceData(weights)), C.int32_t(min(len(terms), len(weights))), &out))
	keepAlive(terms...)
	return own(out)
}

// GatherL1 returns the L1 distance between the predictions, B,D,H,W, at the
// objects' cells index (B,M; y·W+x) and target, B,M,D, over the slots whose
// mask (B,M) is 1; divided by D·objects + 1e-4.
func GatherL1(prediction, index, target, mask Tensor) Tensor {
	var out C.tx_tensor
	must("gathered L1 loss", C.tx_gather_l1(handle(prediction), handle(index), handle(target), handle(mask), &out))
	keepAlive(prediction, index, target, mask)
	return own(out)
}
