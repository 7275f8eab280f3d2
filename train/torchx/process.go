package torchx

// #include "native/torchx.h"
import "C"

// Version returns the version of libtorch, e.g. "1.13.1".
func Version() string { return C.GoString(C.tx_version()) }

// SetThreads sets how many threads one operator may use.
func SetThreads(n int) error { return check("set threads", C.tx_set_threads(C.int32_t(n))) }

// TensorMemory returns the bytes of large tensors on the CPU (1 MiB and more)
// that live, and those that wait to be used again. Together they are at most
// what lived at once so far.
func TensorMemory() (live, idle int64) {
	var l, i C.int64_t
	C.tx_tensor_memory(&l, &i)
	return int64(l), int64(i)
}

// CUDADevices returns the number of CUDA devices that libtorch can use.
func CUDADevices() int { return int(C.tx_cuda_devices()) }

// NoGrad runs body without recording operations for Backward.
func NoGrad(body func()) {
	var before, ignored C.int32_t
	must("set gradient mode", C.tx_set_grad(0, &before))
	defer func() { must("set gradient mode", C.tx_set_grad(before, &ignored)) }()
	body()
}
