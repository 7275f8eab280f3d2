// The layers of detectors that gotorch lacks, by libtorch's own operators.
#include "guard.h"

using torchx::guard;
using torchx::maps;
using torchx::tensor;
using torchx::tensors;
using torchx::wrap;

char *tx_relu_copy(tx_tensor x, tx_tensor *out) {
  return guard([&] { *out = wrap(at::relu(tensor(x))); });
}

char *tx_hardsigmoid(tx_tensor x, tx_tensor *out) {
  return guard([&] { *out = wrap(at::hardsigmoid(tensor(x))); });
}

char *tx_exp_scaled(tx_tensor x, tx_tensor scale, tx_tensor *out) {
  return guard([&] {
    const auto &s = tensor(scale);
    TORCH_CHECK(s.defined() && s.numel() == 1, "the scale must be one number, not ", s.defined() ? s.numel() : 0);
    *out = wrap((tensor(x) * s).exp_());
  });
}

char *tx_mul(tx_tensor x, tx_tensor y, tx_tensor *out) {
  return guard([&] {
    auto product = maps(x) * maps(y);
    TORCH_CHECK(product.sizes() == tensor(x).sizes(), "factors ", tensor(y).sizes(), " do not fit ", tensor(x).sizes());
    *out = wrap(product);
  });
}

char *tx_max_pool(tx_tensor x, int64_t kernel, int64_t stride, int64_t padding, tx_tensor *out) {
  return guard([&] { *out = wrap(at::max_pool2d(maps(x), kernel, stride, padding)); });
}

char *tx_mean_pool(tx_tensor x, tx_tensor *out) {
  return guard([&] { *out = wrap(at::adaptive_avg_pool2d(maps(x), {1, 1})); });
}

char *tx_cat(const tx_tensor *x, int32_t n, tx_tensor *out) {
  return guard([&] { *out = wrap(at::cat(tensors(x, n), 1)); });
}
