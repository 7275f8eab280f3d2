package torchx

// The linker finds the libraries where make native puts them: as the tree lies, and beside a program
// in build/bin, wherever build lies. What CGO_LDFLAGS names goes before it.

// #cgo LDFLAGS: -L${SRCDIR}/../../build/lib -Wl,-rpath,${SRCDIR}/../../build/lib -Wl,-rpath,$ORIGIN/../lib -ltorchx
// #include <stdlib.h>
// #include "native/torchx.h"
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	torch "github.com/wangkuiyi/gotorch"

	_ "cocostat/train/torchx/onecpu" // before gotorch
)

// Tensor is gotorch's tensor.
type Tensor = torch.Tensor

// Error is a failure inside libtorch.
type Error struct {
	Op      string // the operator or call that failed
	Message string // libtorch's own words
}

func (e *Error) Error() string { return fmt.Sprintf("torchx: %s: %s", e.Op, e.Message) }

// ErrOutOfMemory is what errors from libtorch wrap when an allocation failed.
var ErrOutOfMemory = errors.New("out of memory")

// Is makes errors.Is(err, ErrOutOfMemory) work on libtorch's messages, which
// have no code of their own.
func (e *Error) Is(target error) bool {
	return target == ErrOutOfMemory &&
		(strings.Contains(e.Message, "out of memory") || strings.Contains(e.Message, "can't allocate memory") ||
			strings.Contains(e.Message, "not enough memory"))
}

// check turns a message from the library into an error, and frees it.
func check(op string, message *C.char) error {
	if message == nil {
		return nil
	}
	defer C.tx_free(message)
	return &Error{op, C.GoString(message)}
}

// must panics with the error; Step recovers it.
func must(op string, message *C.char) {
	if err := check(op, message); err != nil {
		panic(err)
	}
}

// handle is the pointer that the library knows t by.
func handle(t Tensor) C.tx_tensor {
	if t.T == nil {
		return nil
	}
	return C.tx_tensor(*t.T)
}

// own makes a tensor of a pointer that the library returned.
func own(t C.tx_tensor) Tensor {
	p := unsafe.Pointer(t)
	torch.SetTensorFinalizer(&p)
	return Tensor{T: &p}
}

func keepAlive(tensors ...Tensor) {
	for _, t := range tensors {
		runtime.KeepAlive(t.T)
	}
}

func handles(tensors []Tensor) []C.tx_tensor {
	h := make([]C.tx_tensor, len(tensors))
	for i, t := range tensors {
		h[i] = handle(t)
	}
	return h
}

func boolean(b bool) C.int32_t {
	if b {
		return 1
	}
	return 0
}
