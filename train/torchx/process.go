package torchx

// #include "native/torchx.h"
import "C"

import "sync/atomic"

// Version returns the version of libtorch, e.g. "1.13.1".
func Version() string { return C.GoString(C.tx_version()) }

var threads atomic.Int32

// SetThreads sets how many threads one operator may use.
func SetThreads(n int) error {
	threads.Store(int32(n))
	return check("set threads", C.tx_set_threads(C.int32_t(n)))
}

// Threads returns what SetThreads set last, 0 before.
func Threads() int { return int(threads.Load()) }

// Crowded says whether other processes want the processors: threads that wait for
// work then sleep at once, instead of spinning for as long as OpenMP deems right.
// Any goroutine may call it, while operators run, too. No result depends on it.
func Crowded(yes bool) error {
	var crowded C.int32_t
	if yes {
		crowded = 1
	}
	return check("let waiting threads sleep", C.tx_crowded(crowded))
}

// TensorMemory returns the bytes of large tensors on the CPU (1 MiB and more)
// that live, and those that wait to be used again. Together they are at most
// what lived at once so far.
func TensorMemory() (live, idle int64) {
	var l, i C.int64_t
	C.tx_tensor_memory(&l, &i)
	return int64(l), int64(i)
}

// NoGrad runs body without recording operations for Backward.
func NoGrad(body func()) {
	var before, ignored C.int32_t
	must("set gradient mode", C.tx_set_grad(0, &before))
	defer func() { must("set gradient mode", C.tx_set_grad(before, &ignored)) }()
	body()
}
