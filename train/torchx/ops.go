package torchx

// #include "native/torchx.h"
import "C"

import "unsafe"

// apply calls an operator of the library on inputs.
func apply(name string, call func(in []C.tx_tensor, out *C.tx_tensor) *C.char, inputs ...Tensor) Tensor {
	return applyWith(name, nil, call, inputs...)
}

// applyWith is apply of an operator with other arguments.
func applyWith(name string, numbers []float64, call func(in []C.tx_tensor, out *C.tx_tensor) *C.char, inputs ...Tensor) Tensor {
	var out C.tx_tensor
	must(name, call(handles(inputs), &out))
	keepAlive(inputs...)
	return traced(name, numbers, nil, own(out), inputs)
}

// Relu replaces the elements of x by max(x, 0) and returns it.
func Relu(x Tensor) Tensor {
	return apply("relu", func(in []C.tx_tensor, out *C.tx_tensor) *C.char { return C.tx_relu(in[0], out) }, x)
}

// Sigmoid returns 1/(1+exp(-x)).
func Sigmoid(x Tensor) Tensor {
	return apply("sigmoid", func(in []C.tx_tensor, out *C.tx_tensor) *C.char { return C.tx_sigmoid(in[0], out) }, x)
}

// Add adds y to x in place and returns x.
func Add(x, y Tensor) Tensor {
	return apply("add", func(in []C.tx_tensor, out *C.tx_tensor) *C.char { return C.tx_add(in[0], in[1], out) }, x, y)
}

// Double returns the transposed convolution of x, B,I,H,W, with weight, I,O,4,4,
// at stride 2 and padding 1, as nn.ConvTranspose2d does but faster: B,O,2H,2W.
func Double(x, weight Tensor) Tensor {
	return apply("double", func(in []C.tx_tensor, out *C.tx_tensor) *C.char { return C.tx_double(in[0], in[1], out) }, x, weight)
}

// WeightedSum returns Σ weights[i]·terms[i] of scalars.
func WeightedSum(terms []Tensor, weights []float32) Tensor {
	return apply("weighted sum", func(in []C.tx_tensor, out *C.tx_tensor) *C.char {
		return C.tx_weighted_sum(unsafe.SliceData(in), (*C.float)(unsafe.SliceData(weights)), C.int32_t(min(len(in), len(weights))), out)
	}, terms...)
}

// GatherL1 returns the L1 distance between the predictions, B,D,H,W, at the
// objects' cells index (B,M; y·W+x) and target, B,M,D, over the slots whose
// mask (B,M) is 1; divided by D·objects + 1e-4.
func GatherL1(prediction, index, target, mask Tensor) Tensor {
	return apply("gathered L1 loss", func(in []C.tx_tensor, out *C.tx_tensor) *C.char {
		return C.tx_gather_l1(in[0], in[1], in[2], in[3], out)
	}, prediction, index, target, mask)
}
