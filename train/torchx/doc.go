// Package torchx is what training needs from libtorch and gotorch lacks:
// operators, the losses as fused autograd functions, an optimiser, and a way
// to run them in which nothing crashes the process.
//
// It mixes freely with gotorch, whose Tensor it uses. Its C++ half, in the
// folder native, is the library libtorchx behind a C interface (torchx.h), so
// that a program built once runs on any libtorch for which libtorchx and
// gotorch's own libcgotorch have been built.
//
// # Errors
//
// No C++ exception leaves the library. Functions outside the graph return an
// error. Operators inside it (Relu, Add, the losses) panic as gotorch's do, so
// that a network reads like mathematics; Step, inside which they must run,
// returns such a panic as an error.
//
// # Memory
//
// A gotorch tensor is freed by a finalizer. Were Go's collector to run during
// a call into libtorch, it could free an operand that Go no longer mentions
// while C++ still reads it. Step therefore keeps the collector off from its
// beginning to its end and collects just before it begins. Release gives a
// tensor's memory back earlier.
//
// # Threads
//
// libtorch keeps state and memory for each operating-system thread. Step locks
// its goroutine to its thread while it runs; call it from one goroutine only,
// and lock that to its thread for the whole of a training.
//
// # Shapes
//
//	B  images of a batch      C  classes
//	H×W  cells of the output  M  object slots of an image
//	D  numbers of an object (2: width and height, or the offset's x and y)
package torchx
