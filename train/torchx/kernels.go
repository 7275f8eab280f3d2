package torchx

// #include <stdlib.h>
// #include "native/torchx.h"
import "C"

import (
	"strings"
	"unsafe"
)

// Kernels returns the ways to compute on this machine's CPU, the fastest, which is used,
// first. All give the same up to rounding. Two are there to be compared with:
// "cuda-source" is what a CUDA device computes, with the source of its kernels compiled
// for the CPU; the last one, "operators", is libtorch's operators alone.
func Kernels() []string { return strings.Split(C.GoString(C.tx_kernels()), ",") }

// UseKernel makes all further calls, and Backward of them, use one of Kernels; after
// "operators" a CUDA device uses libtorch's operators, too. It is meant for tests and
// comparisons.
func UseKernel(name string) error {
	s := C.CString(name)
	defer C.free(unsafe.Pointer(s))
	return check("use kernel", C.tx_use_kernel(s))
}
