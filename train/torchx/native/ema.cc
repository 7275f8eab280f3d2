// Moving averages of tensors.
#include "guard.h"
#include "parallel.h"

using torchx::guard;
using torchx::tensor;

namespace {

// average += weight (value - average), in one pass.
void move(at::Tensor &average, const at::Tensor &value, float weight) {
  TORCH_CHECK(average.sizes() == value.sizes() && average.scalar_type() == at::kFloat && value.scalar_type() == at::kFloat,
              "a float32 tensor of shape ", value.sizes(), " does not average into one of shape ", average.sizes());
  if (!average.is_cpu() || average.strides() != value.strides() || !average.is_non_overlapping_and_dense()) {
    average.lerp_(value, weight);
    return;
  }
  float *a = average.data_ptr<float>();
  const float *v = value.data_ptr<float>();
  torchx::parallel(0, average.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) a[i] += weight * (v[i] - a[i]);
  });
}

}  // namespace

char *tx_average(const tx_tensor *averages, const tx_tensor *values, int32_t n, double weight) {
  return guard([&] {
    at::NoGradGuard off;
    for (int32_t i = 0; i < n; i++) move(tensor(averages[i]), tensor(values[i]), static_cast<float>(weight));
  });
}
