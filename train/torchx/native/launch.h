// Starts the kernels of cuda/: on a GPU, for which NVRTC compiles them, or as plain C++.
#pragma once

#include <algorithm>

#include "guard.h"

namespace torchx {

// Whether these kernels are to compute on a device, and can.
bool device_kernels(const at::Device &where);

// Starts a kernel on a GPU, after what was handed to it before.
void start_on_gpu(const at::Device &where, const char *kernel, void *arguments, int blocks);

// The number of blocks for so many parts of work, at least 1 and at most most.
inline int blocks_for(int64_t parts, int64_t most = 1 << 20) { return static_cast<int>(std::max<int64_t>(1, std::min(parts, most))); }

// Starts a kernel with blocks, where the tensors that a points to lie.
template <typename Args>
void start(const at::Device &where, const char *name, void (*plain)(const Args &), Args a, int blocks) {
  a.blocks = blocks;
  if (where.is_cpu()) {
    plain(a);
  } else {
    start_on_gpu(where, name, &a, blocks);
  }
}

#define TX_START(where, kernel, a, blocks) torchx::start(where, #kernel, torchx::device::kernel, a, blocks)

}  // namespace torchx
