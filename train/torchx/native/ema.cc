// Moving averages of tensors.
#include "guard.h"
#include "parallel.h"
#include "simd/choice.h"

using torchx::guard;
using torchx::tensors;

namespace {

// average += weight (value - average), in one pass.
void move_cpu(at::Tensor &average, const at::Tensor &value, float weight) {
  float *a = average.data_ptr<float>();
  const float *v = value.data_ptr<float>();
  torchx::parallel(0, average.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) a[i] += weight * (v[i] - a[i]);
  });
}

void move(const std::vector<at::Tensor> &averages, const std::vector<at::Tensor> &values, float weight) {
  std::vector<at::Tensor> to, from;  // what goes to libtorch's operators for lists
  for (size_t i = 0; i < averages.size(); i++) {
    auto average = averages[i];
    const auto &value = values[i];
    TORCH_CHECK(average.sizes() == value.sizes() && average.scalar_type() == at::kFloat && value.scalar_type() == at::kFloat,
                "a float32 tensor of shape ", value.sizes(), " does not average into one of shape ", average.sizes());
    const bool alike = average.is_cpu() && average.strides() == value.strides() && average.is_non_overlapping_and_dense();
    if (alike && torchx::kernels() == torchx::Kernels::kOwn) {
      move_cpu(average, value, weight);
    } else {
      to.push_back(average), from.push_back(value);
    }
  }
  if (!to.empty()) at::_foreach_add_(to, at::_foreach_sub(from, to), weight);
}

}  // namespace

char *tx_average(const tx_tensor *averages, const tx_tensor *values, int32_t n, double weight) {
  return guard([&] {
    at::NoGradGuard off;
    move(tensors(averages, n), tensors(values, n), static_cast<float>(weight));
  });
}
