package torchx

import "slices"

// Operation is a call of an operator that a network consists of.
type Operation struct {
	Name    string    // as errors have it: convolution, say
	In      []Tensor  // what it read, in the order of its arguments; Tensor{} where one was left out
	Numbers []float64 // its other arguments, in their order
	Norm    *Norm     // of what it read first, or, of a batch norm, of all
	Out     Tensor
}

// trace gets the operations, unless it is nil.
var trace *[]Operation

// Trace runs body inside a Step and returns the operators that it called, in their
// order. Tensors tell by the pointer T which is which, also once they were released.
// Nothing else may run operators at the same time.
func Trace(body func()) []Operation {
	var list []Operation
	trace = &list
	defer func() { trace = nil }()
	body()
	return list
}

// traced notes an operation if somebody asked for that.
func traced(name string, numbers []float64, n *Norm, out Tensor, in []Tensor) Tensor {
	if trace != nil {
		*trace = append(*trace, Operation{name, slices.Clone(in), slices.Clone(numbers), n, out})
	}
	return out
}
