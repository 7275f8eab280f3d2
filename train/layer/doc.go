// Package layer makes the layers of networks, on gotorch's modules, and keeps
// account of their numbers: names, shapes, what is trained, and what they cost.
//
// Parameters and buffers have the names that PyTorch's modules would give them:
// NAME.weight, NAME.bias, NAME.running_mean, NAME.running_var. Their order is
// that in which the layers are made.
//
// Networks must be built and run inside torchx.Step.
package layer
