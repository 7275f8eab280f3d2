// What tx_use_kernel chose.
#pragma once

namespace torchx {

enum class Kernels {
  kOwn,        // those of simd/ on a CPU, those of cuda/ on a GPU
  kCudaSource, // those of cuda/, on a CPU as plain C++
  kOperators,  // libtorch's operators
};
Kernels kernels();

}  // namespace torchx
