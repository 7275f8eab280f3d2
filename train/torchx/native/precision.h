// What convolutions multiply.
#pragma once

#include "guard.h"

namespace torchx {

enum class Precision { kFloat32 = TX_FLOAT32, kTF32 = TX_TF32, kBFloat16 = TX_BFLOAT16 };

// What tx_use_precision set.
Precision precision();

// The numbers of t as convolutions multiply them, in bfloat16 or float32. A gradient
// comes back in the numbers of t.
at::Tensor multiplied(const at::Tensor &t);

// The same of t, if it is defined.
inline at::Tensor multiplied_if(const at::Tensor &t) { return t.defined() ? multiplied(t) : t; }

// libtorch's convolution of maps in that precision.
at::Tensor convolution(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias, int64_t stride, int64_t padding, int64_t groups);

}  // namespace torchx
