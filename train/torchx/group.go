package torchx

// #include <stdlib.h>
// #include "native/torchx.h"
import "C"

import (
	"errors"
	"time"
	"unsafe"
)

// Store keeps texts by name for the processes of a group: libtorch's TCPStore,
// which PyTorch's launchers expect.
type Store struct{ s C.tx_store }

// NewStore serves a store at a port of this machine, or waits for the one that
// is served at host and port. The names in it begin with prefix.
func NewStore(host string, port int, prefix string, serves bool, timeout time.Duration) (*Store, error) {
	h := C.CString(host)
	defer C.free(unsafe.Pointer(h))
	p := C.CString(prefix)
	defer C.free(unsafe.Pointer(p))
	s := &Store{}
	return s, check("store", C.tx_store_new(h, C.int32_t(port), p, boolean(serves), C.double(timeout.Seconds()), &s.s))
}

// Set writes a text.
func (s *Store) Set(key, value string) error {
	k, v := C.CString(key), C.CString(value)
	defer C.free(unsafe.Pointer(k))
	defer C.free(unsafe.Pointer(v))
	return check("store set", C.tx_store_set(s.s, k, v))
}

// Get returns a text. It waits until there is one, at most the store's timeout.
func (s *Store) Get(key string) (string, error) {
	k := C.CString(key)
	defer C.free(unsafe.Pointer(k))
	var v *C.char
	if err := check("store get", C.tx_store_get(s.s, k, &v)); err != nil {
		return "", err
	}
	defer C.tx_free(v)
	return C.GoString(v), nil
}

// Close frees the store.
func (s *Store) Close() { C.tx_store_free(s.s) }

// ErrNoGroups is what NewGroup gives in a program that was built without the
// headers of Gloo.
var ErrNoGroups = errors.New("this program was built without Gloo, which joins several processes: install libgloo-dev and build again")

// Group are the processes of a training, which sum and spread tensors together:
// libtorch's ProcessGroupGloo. All of them call the same methods in the same
// order.
type Group struct{ g C.tx_group }

// Member is a process's place in a group.
type Member struct {
	Rank, Size int
	Address    string // of this machine, at which the others reach it
	Interface  string // of the network, instead of the address; may be empty
}

// NewGroup joins a group. It waits until all have joined.
func NewGroup(s *Store, m Member, timeout time.Duration) (*Group, error) {
	if C.tx_group_built() == 0 {
		return nil, ErrNoGroups
	}
	address, network := C.CString(m.Address), C.CString(m.Interface)
	defer C.free(unsafe.Pointer(address))
	defer C.free(unsafe.Pointer(network))
	g := &Group{}
	return g, check("group", C.tx_group_new(s.s, address, network, C.int32_t(m.Rank), C.int32_t(m.Size), C.double(timeout.Seconds()), &g.g))
}

// Broadcast gives float32 tensors the numbers that they have in process 0.
func (g *Group) Broadcast(tensors []Tensor) error {
	h := handles(tensors)
	err := check("broadcast", C.tx_group_broadcast(g.g, unsafe.SliceData(h), C.int32_t(len(h))))
	keepAlive(tensors...)
	return err
}

// Close leaves the group, once nothing waits for it any more.
func (g *Group) Close() { C.tx_group_free(g.g) }

// Running is a running statistic of a batch normalisation, which a batch takes the
// part Momentum of.
type Running struct {
	Tensor   Tensor
	Momentum float64
}

// Share says which of the batches of a step a process sees: they are numbered, and
// each process sees some in a row, in the order of ranks.
type Share struct {
	Own   int // batches that this process sees
	Later int // that processes after it see
	All   int // of the step
}

// Reducer sums the gradients of parameters over a group, and makes running
// statistics what one process makes of all batches in turn, but for rounding.
type Reducer struct {
	r          C.tx_reducer
	parameters []Tensor // kept
	running    []Running
}

// NewReducer returns a reducer. The running statistics must be the same in all
// processes, and change by this process's batches alone.
func NewReducer(g *Group, parameters []Tensor, running []Running, s Share, extras int) (*Reducer, error) {
	var statistics []C.tx_tensor
	var momenta []C.double
	for _, r := range running {
		statistics, momenta = append(statistics, handle(r.Tensor)), append(momenta, C.double(r.Momentum))
	}
	p := handles(parameters)
	r := &Reducer{parameters: parameters, running: running}
	return r, check("reducer", C.tx_reducer_new(g.g, unsafe.SliceData(p), C.int32_t(len(p)), unsafe.SliceData(statistics), unsafe.SliceData(momenta), C.int32_t(len(running)),
		C.int64_t(s.Own), C.int64_t(s.Later), C.int64_t(s.All), C.int64_t(extras), &r.r))
}

// Arm says that the next Backward is the last of the step: sums begin on the way.
func (r *Reducer) Arm() error { return check("reducer arm", C.tx_reducer_arm(r.r)) }

// Start sums the gradients that are left, and the extras beside them.
func (r *Reducer) Start(extras []float32) error {
	return check("reducer start", C.tx_reducer_start(r.r, (*C.float)(unsafe.SliceData(extras)), C.int64_t(len(extras))))
}

// Wait blocks until the sums are there. Another goroutine may call it.
func (r *Reducer) Wait() error { return check("reducer wait", C.tx_reducer_wait(r.r)) }

// Finish gives the sums to the parameters as gradients, and to extras.
func (r *Reducer) Finish(extras []float32) error {
	return check("reducer finish", C.tx_reducer_finish(r.r, (*C.float)(unsafe.SliceData(extras)), C.int64_t(len(extras))))
}

// Close frees the reducer.
func (r *Reducer) Close() { C.tx_reducer_free(r.r) }
