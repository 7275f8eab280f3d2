package torchx

// #include <stdlib.h>
// #include "native/torchx.h"
import "C"

import (
	"strings"
	"unsafe"
)

// Kernels returns the ways in which Heatmap and DeformConv2d can be computed on
// this machine's CPU, the fastest, which is used, first. All give the same up to
// rounding; the last one, "operators", is the one for other devices.
func Kernels() []string { return strings.Split(C.GoString(C.tx_kernels()), ",") }

// UseKernel makes all further calls of Heatmap and DeformConv2d, and Backward of
// the latter, use one of Kernels. It is meant for tests and comparisons.
func UseKernel(name string) error {
	s := C.CString(name)
	defer C.free(unsafe.Pointer(s))
	return check("use kernel", C.tx_use_kernel(s))
}
