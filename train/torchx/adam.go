package torchx

// #include "native/torchx.h"
import "C"

import "unsafe"

// AdamSettings are the constants of Adam; see DefaultAdam.
type AdamSettings struct {
	Beta1, Beta2 float64 // decay of the first and second moment, in [0,1)
	Epsilon      float64
	WeightDecay  float64 // times the parameter, added to its gradient (L2)
}

// DefaultAdam are the constants of Kingma and Ba (2015), without weight decay.
var DefaultAdam = AdamSettings{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}

// NewAdam returns the optimiser of Kingma and Ba, "Adam: a method for stochastic
// optimization" (ICLR 2015), of float32 parameters, in one pass over each. Its
// moments are the moving averages of the gradient, "adam.first", and of its
// square, "adam.second"; the number of steps is t in the bias correction. Close
// it after use.
func NewAdam(parameters []Tensor, s AdamSettings) (Optimiser, error) {
	return newOptimiser("adam", parameters, []string{"adam.first", "adam.second"}, func(p []C.tx_tensor, out *C.tx_optimiser) *C.char {
		return C.tx_adam_new(unsafe.SliceData(p), C.int32_t(len(p)),
			C.double(s.Beta1), C.double(s.Beta2), C.double(s.Epsilon), C.double(s.WeightDecay), out)
	})
}
