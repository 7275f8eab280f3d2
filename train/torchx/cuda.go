package torchx

// #include <stdlib.h>
// #include "native/torchx.h"
import "C"

import "unsafe"

// CUDADevices returns the number of CUDA devices that libtorch can use.
func CUDADevices() int { return int(C.tx_cuda_devices()) }

// CUDAKernels reports why the kernels of this package are not there for a CUDA device;
// Heatmap and DeformConv2d then use libtorch's operators, which take longer. They are
// compiled when they are first wanted, which takes some seconds.
func CUDAKernels(device string) error {
	d := C.CString(device)
	defer C.free(unsafe.Pointer(d))
	return check("kernels for "+device, C.tx_gpu_kernels(d))
}

// CompileKernels compiles these kernels for an architecture, such as sm_80, and returns
// the version of NVRTC and the bytes of the code. That needs no GPU. library is the
// path of libnvrtc; empty is the one that libtorch brings.
func CompileKernels(library, architecture string) (version string, bytes int, err error) {
	l, a := C.CString(library), C.CString(architecture)
	defer C.free(unsafe.Pointer(l))
	defer C.free(unsafe.Pointer(a))
	var v *C.char
	var n C.int64_t
	err = check("compile kernels", C.tx_compile_kernels(l, a, &v, &n))
	if v != nil {
		version = C.GoString(v)
		C.tx_free(v)
	}
	return version, int(n), err
}

// TryConvolutions has a CUDA device try, for each shape that it has not seen, which way
// to convolve is fastest: worth it where shapes stay the same. The ways round
// differently.
func TryConvolutions(yes bool) { C.tx_try_convolutions(boolean(yes)) }
