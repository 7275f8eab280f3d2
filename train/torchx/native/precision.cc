// The precision of convolutions. Weights stay float32, and so do their gradients and
// the optimiser's numbers: a convolution in bfloat16 rounds its factors, sums in
// float32, and its result is bfloat16, as are the maps up to the next one.
// Normalisations and losses compute in float32.
#include "precision.h"

#include <atomic>

using torchx::guard;
using torchx::maps;
using torchx::Precision;
using torchx::tensor;
using torchx::wrap;

namespace torchx {
namespace {

std::atomic<Precision> chosen_precision{Precision::kFloat32};

// A GPU of NVIDIA's can multiply float32 rounded to TF32 (10 bits of the fraction),
// which libtorch has as a setting of all convolutions and products. Beside bfloat16
// what is left in float32 may do so too.
void set_tf32(bool allowed) {
  static const bool gpu = torch::cuda::is_available();
  if (!gpu) return;
  at::globalContext().setAllowTF32CuDNN(allowed);
  at::globalContext().setAllowTF32CuBLAS(allowed);
}

}  // namespace

Precision precision() { return chosen_precision; }

at::Tensor multiplied(const at::Tensor &t) { return t.to(precision() == Precision::kBFloat16 ? at::kBFloat16 : at::kFloat); }

at::Tensor convolution(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias, int64_t stride, int64_t padding, int64_t groups) {
  const auto a = multiplied(x), w = multiplied(weight), b = multiplied_if(bias);
  if (a.is_cpu() && a.scalar_type() == at::kBFloat16 && a.size(3) < stride) {
    // oneDNN, in libtorch 1.13 and in 2.15, leaves parts of the gradient of such a weight
    // unwritten: the same factors are multiplied in float32.
    return multiplied(at::conv2d(a.to(at::kFloat), w.to(at::kFloat), b.defined() ? b.to(at::kFloat) : b, stride, padding, 1, groups));
  }
  return at::conv2d(a, w, b, stride, padding, 1, groups);
}

}  // namespace torchx

char *tx_use_precision(int32_t p, int32_t *previous) {
  return guard([&] {
    TORCH_CHECK(p >= TX_FLOAT32 && p <= TX_BFLOAT16, "no precision ", p);
    *previous = static_cast<int32_t>(torchx::precision());
    torchx::set_tf32(p != TX_FLOAT32);
    torchx::chosen_precision = static_cast<Precision>(p);
  });
}

int32_t tx_bfloat16_here(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return 0;
#endif
}

char *tx_conv2d(tx_tensor x, tx_tensor weight, tx_tensor bias, int64_t stride, int64_t padding, int64_t groups, tx_tensor *out) {
  return guard([&] { *out = wrap(torchx::convolution(maps(x), maps(weight), bias == nullptr ? at::Tensor() : tensor(bias), stride, padding, groups)); });
}
