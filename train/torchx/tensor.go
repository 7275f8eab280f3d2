package torchx

// #include <stdlib.h>
// #include "native/torchx.h"
import "C"

import (
	"fmt"
	"runtime"
	"unsafe"
)

// Layout is the order in which a four-dimensional tensor lies in memory.
type Layout int

const (
	Contiguous   Layout = iota // B,C,H,W
	ChannelsLast               // B,H,W,C: faster for most convolutions
)

// FromFloats copies data, in row-major order of shape, to a new tensor on
// device ("cpu", "cuda", "cuda:1").
func FromFloats(data []float32, shape []int64, device string, layout Layout) (Tensor, error) {
	if err := checkShape(len(data), shape); err != nil {
		return Tensor{}, err
	}
	d := C.CString(device)
	defer C.free(unsafe.Pointer(d))
	var t C.tx_tensor
	if err := check("from floats", C.tx_from_floats((*C.float)(unsafe.SliceData(data)), (*C.int64_t)(unsafe.SliceData(shape)),
		C.int32_t(len(shape)), d, boolean(layout == ChannelsLast), &t)); err != nil {
		return Tensor{}, err
	}
	return own(t), nil
}

// ViewFloats returns a CPU tensor in row-major order that is data itself rather
// than a copy. data must stay unchanged as long as the tensor or anything that
// the graph keeps of it is in use; then done must be called, once.
func ViewFloats(data []float32, shape []int64) (x Tensor, done func(), err error) {
	if err := checkShape(len(data), shape); err != nil {
		return Tensor{}, nil, err
	}
	var pinner runtime.Pinner
	pinner.Pin(unsafe.SliceData(data))
	var t C.tx_tensor
	if err := check("view floats", C.tx_view_floats((*C.float)(unsafe.SliceData(data)), (*C.int64_t)(unsafe.SliceData(shape)),
		C.int32_t(len(shape)), &t)); err != nil {
		pinner.Unpin()
		return Tensor{}, nil, err
	}
	x = own(t)
	return x, func() { Release(x); pinner.Unpin() }, nil
}

// Pixels returns a tensor of shape B,C,H,W that lies ChannelsLast, of numbers in the
// order B,H,W,C. On the CPU it is the numbers themselves rather than a copy, and
// what [ViewFloats] says of done and of changes holds; on another device they may
// change at once.
func Pixels(data []float32, shape [4]int64, device string) (x Tensor, done func(), err error) {
	if err := checkShape(len(data), shape[:]); err != nil {
		return Tensor{}, nil, err
	}
	d := C.CString(device)
	defer C.free(unsafe.Pointer(d))
	var pinner runtime.Pinner
	pinner.Pin(unsafe.SliceData(data))
	var t C.tx_tensor
	if err := check("pixels", C.tx_pixels((*C.float)(unsafe.SliceData(data)), (*C.int64_t)(unsafe.SliceData(shape[:])), d, &t)); err != nil {
		pinner.Unpin()
		return Tensor{}, nil, err
	}
	x = own(t)
	return x, func() { Release(x); pinner.Unpin() }, nil
}

// FromInts copies data, in row-major order of shape, to a new int64 tensor.
func FromInts(data []int64, shape []int64, device string) (Tensor, error) {
	if err := checkShape(len(data), shape); err != nil {
		return Tensor{}, err
	}
	d := C.CString(device)
	defer C.free(unsafe.Pointer(d))
	var t C.tx_tensor
	if err := check("from ints", C.tx_from_ints((*C.int64_t)(unsafe.SliceData(data)), (*C.int64_t)(unsafe.SliceData(shape)),
		C.int32_t(len(shape)), d, &t)); err != nil {
		return Tensor{}, err
	}
	return own(t), nil
}

func checkShape(n int, shape []int64) error {
	elements := int64(1)
	for _, s := range shape {
		if s < 1 {
			return fmt.Errorf("torchx: shape %v has an empty dimension", shape)
		}
		elements *= s
	}
	if elements != int64(n) {
		return fmt.Errorf("torchx: %d numbers do not fill shape %v", n, shape)
	}
	return nil
}

// Numel returns the number of elements of t.
func Numel(t Tensor) (int, error) {
	var n C.int64_t
	err := check("numel", C.tx_numel(handle(t), &n))
	keepAlive(t)
	return int(n), err
}

// Shape returns the lengths of t's dimensions.
func Shape(t Tensor) ([]int64, error) {
	var sizes [8]int64
	var dims C.int32_t
	err := check("shape", C.tx_shape(handle(t), (*C.int64_t)(&sizes[0]), C.int32_t(len(sizes)), &dims))
	keepAlive(t)
	if err == nil && int(dims) > len(sizes) {
		err = fmt.Errorf("torchx: a tensor of %d dimensions, want at most %d", dims, len(sizes))
	}
	if err != nil {
		return nil, err
	}
	return sizes[:dims], nil
}

// Read copies t to data in row-major order, from any device and layout. The
// length of data must be t's number of elements.
func Read(t Tensor, data []float32) error {
	err := check("read", C.tx_read_floats(handle(t), (*C.float)(unsafe.SliceData(data)), C.int64_t(len(data))))
	keepAlive(t)
	return err
}

// Write copies data, in row-major order, into t.
func Write(t Tensor, data []float32) error {
	err := check("write", C.tx_write_floats(handle(t), (*C.float)(unsafe.SliceData(data)), C.int64_t(len(data))))
	keepAlive(t)
	return err
}

// Scalar returns the value of a tensor of one element.
func Scalar(t Tensor) (float32, error) {
	var v [1]float32
	err := Read(t, v[:])
	return v[0], err
}

// Gradient copies t's gradient to data and reports whether it has one.
func Gradient(t Tensor, data []float32) (bool, error) {
	var has C.int32_t
	err := check("gradient", C.tx_read_grad(handle(t), (*C.float)(unsafe.SliceData(data)), C.int64_t(len(data)), &has))
	keepAlive(t)
	return has != 0, err
}

// SetRequiresGrad chooses whether Backward computes a gradient for t.
func SetRequiresGrad(t Tensor, on bool) error {
	err := check("requires grad", C.tx_set_requires_grad(handle(t), boolean(on)))
	keepAlive(t)
	return err
}

// Move puts a parameter or buffer on device and, if it has four dimensions,
// into the layout, in place.
func Move(t Tensor, device string, layout Layout) error {
	d := C.CString(device)
	defer C.free(unsafe.Pointer(d))
	err := check("move to "+device, C.tx_move(handle(t), d, boolean(layout == ChannelsLast)))
	keepAlive(t)
	return err
}

// Release gives the memory of t back now, as far as the graph does not need
// it. Operators that are given t afterwards fail.
func Release(tensors ...Tensor) {
	for _, t := range tensors {
		must("release", C.tx_release(handle(t)))
	}
	keepAlive(tensors...)
}
