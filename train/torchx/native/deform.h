// The deformable convolution, between its autograd functions, the kernel and
// libtorch's operators.
//
//	B images  C channels  O outputs  K taps, the cells of the weight
//	H×W cells of the input  H'×W' of the output
#pragma once

#include "guard.h"

namespace torchx {

struct DeformInputs {
  at::Tensor x;       // B,C,H,W; all others are float32, this may be bfloat16
  at::Tensor offset;  // B,2K,H',W': Δy and Δx of each tap
  at::Tensor mask;    // B,K,H',W'
  at::Tensor weight;  // O,C,rows,columns
  at::Tensor bias;    // O
  int64_t stride, padding, dilation;
  bool logits;  // the masks are to go through a sigmoid

  int64_t taps() const { return weight.size(2) * weight.size(3); }
  // Of the output, dimension 2 or 3.
  int64_t size(int64_t dimension) const {
    return (x.size(dimension) + 2 * padding - dilation * (weight.size(dimension) - 1) - 1) / stride + 1;
  }
};

struct DeformGradients {
  at::Tensor x;
  at::Tensor points;  // B,3K,H',W': of the offsets, then of the masks
  at::Tensor weight, bias;
};

// The inputs of the layer whose points, B,3K,H',W', are offsets and logits of masks.
DeformInputs deform_layer(const at::Tensor &x, const at::Tensor &points, const at::Tensor &weight, const at::Tensor &bias, int64_t stride, int64_t padding,
                          int64_t dilation);

// Return the output, B,O,H',W', and the gradients: with libtorch's operators, and with
// the kernels of cuda/.
at::Tensor deform_operators(const DeformInputs &in);
DeformGradients deform_operators_backward(const DeformInputs &in, const at::Tensor &grad_out);
at::Tensor deform_device(const DeformInputs &in);
DeformGradients deform_device_backward(const DeformInputs &in, const at::Tensor &grad_out);

}  // namespace torchx
