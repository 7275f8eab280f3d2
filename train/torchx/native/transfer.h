// Copies between the memory of the CPU and that of a GPU that go on beside both.
#pragma once

#include "guard.h"

namespace torchx {

// The numbers of t, which lie on the CPU, on a device; on the CPU t itself. On a GPU
// they are copied beside what it computes; t may change at once.
at::Tensor to_device(const at::Tensor &t, const at::Device &device);

}  // namespace torchx
