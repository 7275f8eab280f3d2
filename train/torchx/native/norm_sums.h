// Sums over the rows of a map, two for each channel.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <vector>

#include "norm_cpu.h"
#include "parallel.h"

namespace torchx {

// The rows of a map, in bands: a band's sums are formed in float32.
struct Bands {
  int64_t rows, channels, band, count;

  explicit Bands(const at::Tensor &x)
      : rows(x.numel() / x.size(1)), channels(x.size(1)), band(std::min<int64_t>(256, std::max<int64_t>(16, 16384 / channels))), count((rows + band - 1) / band) {}

  // Runs body(band, first number, rows) in parallel.
  template <typename Body>
  void each(const Body &body) const {
    parallel(0, count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) body(i, i * band * channels, std::min(band, rows - i * band));
    });
  }
};

// The two sums of each of n parts of a map.
class Sums {
 public:
  Sums(int64_t parts, int64_t channels) : channels_(channels), part_(parts * 2 * channels) {}

  float *first(int64_t part) { return part_.data() + part * 2 * channels_; }
  float *second(int64_t part) { return first(part) + channels_; }

  // Both sums over the parts, in their order: 2C numbers.
  std::vector<double> total() const {
    std::vector<double> all(2 * channels_);
    const int64_t parts = part_.size() / all.size();
    for (int64_t i = 0; i < parts; i++) {
      for (size_t c = 0; c < all.size(); c++) all[c] += part_[i * all.size() + c];
    }
    return all;
  }

 private:
  int64_t channels_;
  std::vector<float> part_;
};

inline NormChannels norm_channels(const at::Tensor &numbers) {
  if (!numbers.defined()) return {nullptr, nullptr, nullptr};
  const float *n = numbers.data_ptr<float>();
  const int64_t channels = numbers.size(1);
  return {n, n + channels, n + 2 * channels};
}

// Takes m, the gradient of z, to x in the place of m, given the sums of m and of
// m·(u-mean); fills in the gradients of weight and bias.
void norm_through(const at::Tensor &x, const NormBack &norm, const std::vector<double> &sums, const NormKernel &kernel, NormGradients *grad);

}  // namespace torchx
