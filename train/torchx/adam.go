package torchx

// #include "native/torchx.h"
import "C"

import (
	"errors"
	"unsafe"
)

// Backward adds the gradient of the scalar loss to every parameter that it
// depends on.
func Backward(loss Tensor) error {
	err := check("backward", C.tx_backward(handle(loss)))
	keepAlive(loss)
	return err
}

// AdamSettings are the constants of Adam; see DefaultAdam.
type AdamSettings struct {
	Beta1, Beta2 float64 // decay of the first and second moment, in [0,1)
	Epsilon      float64
	WeightDecay  float64 // times the parameter, added to its gradient (L2)
}

// DefaultAdam are the constants of Kingma and Ba (2015), without weight decay.
var DefaultAdam = AdamSettings{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}

// Adam is the optimiser of Kingma and Ba, "Adam: a method for stochastic
// optimization" (ICLR 2015), in one pass over each parameter.
type Adam struct {
	a          C.tx_adam
	parameters []Tensor
}

// NewAdam returns an optimiser of float32 parameters, whose order is that of
// Moments. Close it after use.
func NewAdam(parameters []Tensor, s AdamSettings) (*Adam, error) {
	if len(parameters) == 0 {
		return nil, errors.New("torchx: no parameters to optimise")
	}
	adam := &Adam{parameters: parameters}
	h := handles(parameters)
	err := check("adam", C.tx_adam_new(unsafe.SliceData(h), C.int32_t(len(h)),
		C.double(s.Beta1), C.double(s.Beta2), C.double(s.Epsilon), C.double(s.WeightDecay), &adam.a))
	keepAlive(parameters...)
	return adam, err
}

// Step updates the parameters that have a gradient with learning rate lr, and
// drops the gradients.
func (a *Adam) Step(lr float64) error { return check("adam step", C.tx_adam_step(a.a, C.double(lr))) }

// Moments returns the moving averages of parameter i's gradient and of its
// square. They share memory with the optimiser: writing to them changes it.
func (a *Adam) Moments(i int) (first, second Tensor, err error) {
	var m, v C.tx_tensor
	if err := check("adam moments", C.tx_adam_moments(a.a, C.int32_t(i), &m, &v)); err != nil {
		return Tensor{}, Tensor{}, err
	}
	return own(m), own(v), nil
}

// Steps returns the number of steps taken, t in the bias correction.
func (a *Adam) Steps() int64 { return int64(C.tx_adam_steps(a.a)) }

// SetSteps sets the number of steps taken.
func (a *Adam) SetSteps(n int64) { C.tx_adam_set_steps(a.a, C.int64_t(n)) }

// Close frees the optimiser. Closing twice is allowed.
func (a *Adam) Close() {
	if a.a != nil {
		C.tx_adam_free(a.a)
		a.a = nil
	}
}
