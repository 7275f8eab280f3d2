package torchx

// #include "native/torchx.h"
import "C"

import "errors"

// Backward adds the gradient of the scalar loss to every parameter that it
// depends on.
func Backward(loss Tensor) error {
	err := check("backward", C.tx_backward(handle(loss)))
	keepAlive(loss)
	return err
}

// Optimiser moves parameters along their gradients: [NewAdam], [NewSGD].
// Parameters that are to stay as they are are not given to it.
type Optimiser interface {
	// Step updates the parameters that have a gradient, with learning rate lr,
	// and drops the gradients.
	Step(lr float64) error
	// Moments returns what the optimiser remembers of parameter i, in the order
	// in which it was given the parameters.
	Moments(i int) ([]Moment, error)
	// Steps returns the number of steps taken.
	Steps() int64
	// SetSteps sets the number of steps taken.
	SetSteps(n int64)
	// Close frees the optimiser. Closing twice is allowed.
	Close()
}

// Moment is a moving average over the gradients of a parameter, of the same
// shape, 0 at first.
type Moment struct {
	Name   string // "adam.first", "adam.second", "sgd.momentum"
	Tensor Tensor // shares memory with the optimiser: writing to it changes that
}

// optimiser is an Optimiser of the library.
type optimiser struct {
	o          C.tx_optimiser
	moments    []string // names
	parameters []Tensor
}

// newOptimiser calls create with the handles of the parameters, which have the
// named moments.
func newOptimiser(op string, parameters []Tensor, moments []string, create func(p []C.tx_tensor, out *C.tx_optimiser) *C.char) (Optimiser, error) {
	if len(parameters) == 0 {
		return nil, errors.New("torchx: no parameters to optimise")
	}
	var o C.tx_optimiser
	err := check(op, create(handles(parameters), &o))
	keepAlive(parameters...)
	if err != nil {
		return nil, err
	}
	return &optimiser{o, moments, parameters}, nil
}

func (o *optimiser) Step(lr float64) error {
	return check("optimiser step", C.tx_optimiser_step(o.o, C.double(lr)))
}

func (o *optimiser) Moments(i int) ([]Moment, error) {
	var all []Moment
	for k, name := range o.moments {
		var t C.tx_tensor
		if err := check("optimiser moments", C.tx_optimiser_moment(o.o, C.int32_t(i), C.int32_t(k), &t)); err != nil {
			return nil, err
		}
		all = append(all, Moment{name, own(t)})
	}
	return all, nil
}

func (o *optimiser) Steps() int64 { return int64(C.tx_optimiser_steps(o.o)) }

func (o *optimiser) SetSteps(n int64) { C.tx_optimiser_set_steps(o.o, C.int64_t(n)) }

func (o *optimiser) Close() {
	if o.o != nil {
		C.tx_optimiser_free(o.o)
		o.o = nil
	}
}
