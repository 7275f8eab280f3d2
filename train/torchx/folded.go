package torchx

// #include "native/torchx.h"
import "C"

import (
	"runtime"
	"unsafe"
)

// FoldingKind is what a Folded computes.
type FoldingKind int

const (
	Convolution       FoldingKind = iota // of weight O,C/groups,K,K
	Doubling                             // as Double, of weight I,O,4,4
	DeformConvolution                    // as Deformable, of weight O,C,3,3, at stride 1 and padding 1
)

// Folding describes a convolution and what surrounds it.
type Folding struct {
	Kind                    FoldingKind
	Weight, Bias            Tensor // the bias may be Tensor{}
	Stride, Padding, Groups int
	// Before and After are nil, or normalisations by running statistics: of what a 1×1
	// convolution reads, and of what a convolution gives. Their activations are not
	// looked at: that of Before belongs to the convolution before it.
	Before, After *Norm
	Activation    Activation // follows all; not AfterReLU
}

// Folded is a convolution for inference alone:
//
//	y = activation(convolution(x) + bias + added)
//
// Batch normalisations are a part of its weight and its bias, which are copies, so that
// it keeps computing what it computed when it was made; and its kernels find them as
// they want them. It records nothing for Backward.
type Folded struct{ native C.tx_folded }

// Fold makes a Folded, which is to be released.
func Fold(f Folding) *Folded {
	var made Folded
	var pinner runtime.Pinner
	defer pinner.Unpin()
	norm := func(n *Norm) *C.tx_norm {
		native := n.native()
		if native != nil {
			pinner.Pin(native)
		}
		return native
	}
	must("fold", C.tx_fold(&C.tx_folding{
		kind: C.int32_t(f.Kind), weight: handle(f.Weight), bias: handle(f.Bias),
		stride: C.int64_t(f.Stride), padding: C.int64_t(f.Padding), groups: C.int64_t(max(1, f.Groups)),
		before: norm(f.Before), after: norm(f.After), activation: C.int32_t(f.Activation),
	}, &made.native))
	keepAlive(f.Weight, f.Bias)
	f.Before.keepAlive()
	f.After.keepAlive()
	return &made
}

// Release gives its memory back. It must not be used afterwards.
func (f *Folded) Release() {
	C.tx_folded_free(f.native)
	f.native = nil
}

// Forward convolves x, and adds added, of the result's shape or Tensor{}: none.
func (f *Folded) Forward(x, added Tensor) Tensor { return f.run([]Tensor{x}, Tensor{}, added) }

// ForwardScaled convolves x, B,C,H,W, whose channels are multiplied by factors,
// B,C,1,1.
func (f *Folded) ForwardScaled(x, factors, added Tensor) Tensor {
	return f.run([]Tensor{x}, factors, added)
}

// ForwardAll convolves maps as if they were one, their channels one after the other.
func (f *Folded) ForwardAll(x []Tensor) Tensor { return f.run(x, Tensor{}, Tensor{}) }

func (f *Folded) run(x []Tensor, factors, added Tensor) Tensor {
	return apply("folded convolution", func(in []C.tx_tensor, out *C.tx_tensor) *C.char {
		n := len(x)
		return C.tx_folded_run(f.native, unsafe.SliceData(in), C.int32_t(n), in[n], in[n+1], out)
	}, append(append(make([]Tensor, 0, len(x)+2), x...), factors, added)...)
}

// Deform is Deformable of x and points.
func (f *Folded) Deform(x, points Tensor) Tensor {
	return apply("folded deformable convolution", func(in []C.tx_tensor, out *C.tx_tensor) *C.char {
		return C.tx_folded_deform(f.native, in[0], in[1], out)
	}, x, points)
}

// At convolves x, B,C,H,W, at some cells alone, (b·H + y)·W + x: n,O,1,1. The
// convolution keeps the size of maps.
func (f *Folded) At(x Tensor, cells []int64) Tensor {
	return apply("folded convolution at cells", func(in []C.tx_tensor, out *C.tx_tensor) *C.char {
		return C.tx_folded_at(f.native, in[0], (*C.int64_t)(unsafe.SliceData(cells)), C.int64_t(len(cells)), out)
	}, x)
}

// Block is a 1×1 convolution, a depthwise one and another 1×1 convolution of x, one
// after the other, without maps between them; added is as in Forward. expand, project
// or both may be nil.
func Block(expand, depthwise, project *Folded, x, added Tensor) Tensor {
	return apply("folded block", func(in []C.tx_tensor, out *C.tx_tensor) *C.char {
		return C.tx_folded_block(expand.handle(), depthwise.handle(), project.handle(), in[0], in[1], out)
	}, x, added)
}

func (f *Folded) handle() C.tx_folded {
	if f == nil {
		return nil
	}
	return f.native
}
