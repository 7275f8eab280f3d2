// Moving numbers between Go and libtorch, and the small operators.
#include <algorithm>

#include "guard.h"
#include "transfer.h"

using torchx::guard;
using torchx::tensor;
using torchx::wrap;

namespace {

at::MemoryFormat layout(const at::Tensor &t, bool channels_last) {
  return channels_last && t.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
}

void check_count(const at::Tensor &t, int64_t n) {
  TORCH_CHECK(t.numel() == n, "the tensor has ", t.numel(), " elements, the buffer ", n);
}

void read(const at::Tensor &t, float *data, int64_t n) {
  check_count(t, n);
  const auto flat = t.detach().to(at::kCPU, at::kFloat).contiguous();
  std::memcpy(data, flat.data_ptr<float>(), n * sizeof(float));
}

}  // namespace

char *tx_from_floats(const float *data, const int64_t *shape, int32_t dims, const char *device, int32_t channels_last, tx_tensor *out) {
  return guard([&] {
    const auto borrowed = at::from_blob(const_cast<float *>(data), at::IntArrayRef(shape, dims), at::kFloat);
    const auto format = layout(borrowed, channels_last != 0);
    const at::Device to(device);
    if (to.is_cpu()) {
      *out = wrap(at::empty(borrowed.sizes(), borrowed.options().memory_format(format)).copy_(borrowed));
    } else {
      *out = wrap(torchx::to_device(borrowed, to).contiguous(format));
    }
  });
}

char *tx_view_floats(float *data, const int64_t *shape, int32_t dims, tx_tensor *out) {
  return guard([&] { *out = wrap(at::from_blob(data, at::IntArrayRef(shape, dims), at::kFloat)); });
}

char *tx_pixels(float *data, const int64_t *shape, const char *device, tx_tensor *out) {
  return guard([&] {
    const auto pixels = at::from_blob(data, {shape[0], shape[2], shape[3], shape[1]}, at::kFloat);
    const at::Device to(device);
    *out = wrap((to.is_cpu() ? pixels : torchx::to_device(pixels, to)).permute({0, 3, 1, 2}));
  });
}

char *tx_from_ints(const int64_t *data, const int64_t *shape, int32_t dims, const char *device, tx_tensor *out) {
  return guard([&] {
    const auto borrowed = at::from_blob(const_cast<int64_t *>(data), at::IntArrayRef(shape, dims), at::kLong);
    *out = wrap(torchx::to_device(borrowed.clone(), at::Device(device)));
  });
}

char *tx_read_floats(tx_tensor t, float *data, int64_t n) {
  return guard([&] { read(tensor(t), data, n); });
}

char *tx_write_floats(tx_tensor t, const float *data, int64_t n) {
  return guard([&] {
    at::NoGradGuard off;
    auto &to = tensor(t);
    check_count(to, n);
    to.copy_(at::from_blob(const_cast<float *>(data), to.sizes(), at::kFloat));
  });
}

char *tx_numel(tx_tensor t, int64_t *n) {
  return guard([&] { *n = tensor(t).numel(); });
}

char *tx_shape(tx_tensor t, int64_t *sizes, int32_t n, int32_t *dims) {
  return guard([&] {
    const auto shape = tensor(t).sizes();
    *dims = static_cast<int32_t>(shape.size());
    std::copy_n(shape.begin(), std::min(n, *dims), sizes);
  });
}

char *tx_release(tx_tensor t) {
  return guard([&] { tensor(t) = at::Tensor(); });
}

char *tx_move(tx_tensor t, const char *device, int32_t channels_last) {
  return guard([&] {
    auto &to = tensor(t);
    to.set_data(to.detach().to(at::Device(device)).contiguous(layout(to, channels_last != 0)));
  });
}

char *tx_set_requires_grad(tx_tensor t, int32_t enabled) {
  return guard([&] { tensor(t).set_requires_grad(enabled != 0); });
}

char *tx_read_grad(tx_tensor t, float *data, int64_t n, int32_t *has) {
  return guard([&] {
    const auto &grad = tensor(t).grad();
    *has = grad.defined();
    if (*has) read(grad, data, n);
  });
}

char *tx_relu(tx_tensor x, tx_tensor *out) {
  return guard([&] { *out = wrap(at::relu_(tensor(x))); });
}

char *tx_add(tx_tensor x, tx_tensor y, tx_tensor *out) {
  return guard([&] { *out = wrap(tensor(x).add_(tensor(y))); });
}

char *tx_sigmoid(tx_tensor x, tx_tensor *out) {
  return guard([&] { *out = wrap(at::sigmoid(tensor(x))); });
}

char *tx_weighted_sum(const tx_tensor *x, const float *w, int32_t n, tx_tensor *out) {
  return guard([&] {
    TORCH_CHECK(n > 0, "nothing to sum");
    auto sum = tensor(x[0]) * w[0];
    for (int32_t i = 1; i < n; i++) sum = sum + tensor(x[i]) * w[i];
    *out = wrap(sum);
  });
}
