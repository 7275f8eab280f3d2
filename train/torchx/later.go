package torchx

// #include "native/torchx.h"
import "C"

import (
	"runtime"
	"unsafe"
)

// Later are numbers on their way from a device, which may still have to compute them.
// On a CPU they are there.
type Later struct {
	handle C.tx_later
	n      int
}

// ReadLater has scalars copied once the device has computed them. Release or Values
// must be called.
func ReadLater(scalars ...Tensor) (*Later, error) {
	h := handles(scalars)
	l := &Later{n: len(scalars)}
	err := check("read later", C.tx_later_new(unsafe.SliceData(h), C.int32_t(len(h)), &l.handle))
	keepAlive(scalars...)
	return l, err
}

// Values waits for the numbers and releases l.
func (l *Later) Values() ([]float32, error) {
	defer l.Release()
	values := make([]float32, l.n)
	err := check("read later", C.tx_later_read(l.handle, (*C.float)(unsafe.SliceData(values)), C.int32_t(l.n)))
	runtime.KeepAlive(l)
	return values, err
}

// Release forgets the numbers.
func (l *Later) Release() {
	C.tx_later_free(l.handle)
	l.handle = nil
}
