// The deformable convolution on a CPU, with one of its kernels.
#pragma once

#include "deform.h"
#include "simd/deform_tile.h"
#include "simd/norm_tile.h"

namespace torchx {

// As deform_operators and deform_operators_backward.
at::Tensor deform_cpu(const DeformInputs &in, const DeformKernel &kernel);
// The output's activation, kIdentity or kRelu, for weights that were packed before.
at::Tensor deform_packed(const at::Tensor &weight);
at::Tensor deform_cpu(const DeformInputs &in, const at::Tensor &packed, Activation activation, const DeformKernel &kernel);
DeformGradients deform_cpu_backward(const DeformInputs &in, const at::Tensor &grad_out, const DeformKernel &kernel);

}  // namespace torchx
