package torchx

// #include "native/torchx.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// SGDParameter is a parameter with the settings that are its own.
type SGDParameter struct {
	Tensor      Tensor
	Rate        float64 // factor of the learning rate, at least 0; usually 1
	WeightDecay float64 // times the parameter, added to its gradient (L2), at least 0
}

// NewSGD returns stochastic gradient descent with momentum in [0,1), of float32
// parameters, in one pass over each:
//
//	v ← momentum·v + (gradient + WeightDecay·parameter)
//	parameter ← parameter − lr·Rate·v
//
// It is torch.optim.SGD's rule without dampening and without Nesterov's change.
// Its moment v is "sgd.momentum". Close it after use.
func NewSGD(parameters []SGDParameter, momentum float64) (Optimiser, error) {
	if !(momentum >= 0 && momentum < 1) {
		return nil, fmt.Errorf("torchx: momentum %v, want at least 0 and less than 1", momentum)
	}
	var tensors []Tensor
	var rate, decay []float64
	for i, p := range parameters {
		if !(p.Rate >= 0 && p.WeightDecay >= 0) {
			return nil, fmt.Errorf("torchx: parameter %d has rate %v and weight decay %v, want at least 0", i, p.Rate, p.WeightDecay)
		}
		tensors, rate, decay = append(tensors, p.Tensor), append(rate, p.Rate), append(decay, p.WeightDecay)
	}
	return newOptimiser("sgd", tensors, []string{"sgd.momentum"}, func(p []C.tx_tensor, out *C.tx_optimiser) *C.char {
		return C.tx_sgd_new(unsafe.SliceData(p), (*C.double)(unsafe.SliceData(rate)), (*C.double)(unsafe.SliceData(decay)),
			C.int32_t(len(p)), C.double(momentum), out)
	})
}
