package torchx

// #include "native/torchx.h"
import "C"

// Version returns the version of libtorch, e.g. "1.13.1".
func Version() string { return C.GoString(C.tx_version()) }

// SetThreads sets how many threads one operator may use.
func SetThreads(n int) error { return check("set threads", C.tx_set_threads(C.int32_t(n))) }

// CUDADevices returns the number of CUDA devices that libtorch can use.
func CUDADevices() int { return int(C.tx_cuda_devices()) }

// NoGrad runs body without recording operations for Backward.
func NoGrad(body func()) {
	var before, ignored C.int32_t
	must("set gradient mode", C.tx_set_grad(0, &before))
	defer func() { must("set gradient mode", C.tx_set_grad(before, &ignored)) }()
	body()
}
