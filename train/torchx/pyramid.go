package torchx

// #include <stdlib.h>
// #include "native/torchx.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// NearestAdd returns lateral plus coarse, which is first brought to lateral's
// height and width: cell y takes the value of ⌊y·h/H⌋, columns alike. Both are
// B,C,·,·, coarse in no direction the larger one.
func NearestAdd(coarse, lateral Tensor) Tensor {
	return apply("add to a finer level", func(in []C.tx_tensor, out *C.tx_tensor) *C.char { return C.tx_nearest_add(in[0], in[1], out) }, coarse, lateral)
}

// CatCells puts the cells of the levels of a pyramid, B,C,h,w each, one after the
// other, row by row: B,C,1,N with N = Σ h·w. If all of them lie ChannelsLast in
// memory, so does the result.
func CatCells(levels []Tensor) Tensor {
	return apply("concatenate cells", func(in []C.tx_tensor, out *C.tx_tensor) *C.char {
		return C.tx_cat_cells(unsafe.SliceData(in), C.int32_t(len(in)), out)
	}, levels...)
}

// OneHot returns the targets of cells that belong to one class or to none:
// B,C,1,N float32 numbers on device, 1 in channel labels[b·N+n] of cell n of
// image b, and all 0 where that label is −1. labels has a whole number of cells
// for each of the images.
func OneHot(labels []int32, images, classes int, device string) (Tensor, error) {
	if images < 1 || classes < 1 || len(labels) == 0 || len(labels)%images != 0 {
		return Tensor{}, fmt.Errorf("torchx: %d labels do not fill %d images of some cells with %d classes", len(labels), images, classes)
	}
	d := C.CString(device)
	defer C.free(unsafe.Pointer(d))
	var t C.tx_tensor
	if err := check("one-hot targets", C.tx_one_hot((*C.int32_t)(unsafe.SliceData(labels)), C.int64_t(images), C.int64_t(classes),
		C.int64_t(len(labels)/images), d, &t)); err != nil {
		return Tensor{}, err
	}
	return own(t), nil
}

// Images returns some images of x, B,…, in the given order.
func Images(x Tensor, which []int64) Tensor {
	return apply("images", func(in []C.tx_tensor, out *C.tx_tensor) *C.char {
		return C.tx_images(in[0], (*C.int64_t)(unsafe.SliceData(which)), C.int64_t(len(which)), out)
	}, x)
}
