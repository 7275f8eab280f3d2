// The peaks of maps: the numbers that none of their neighbours exceeds.
#include <algorithm>

#include "guard.h"
#include "layout.h"
#include "parallel.h"

using torchx::guard;
using torchx::kInnermost;
using torchx::maps;
using torchx::wrap;

namespace {

struct Peak {
  float value;
  int64_t place;  // (c·H + y)·W + x

  // Lower values are worse and, of equal ones, later places.
  bool worse(const Peak &p) const { return value < p.value || (value == p.value && place > p.place); }
};

bool better(const Peak &a, const Peak &b) { return b.worse(a); }

// The best k peaks of an image's map, H,W,C.
class Peaks {
 public:
  Peaks(const float *map, int64_t height, int64_t width, int64_t channels) : map_(map), height_(height), width_(width), channels_(channels) {}

  // The best first.
  std::vector<Peak> best(float floor, size_t k) {
    for (int64_t cell = 0; cell < height_ * width_; cell++) {
      const float *values = map_ + cell * channels_;
      for (int64_t c = 0; c < channels_; c += kGroup) {
        const int64_t end = std::min(channels_, c + kGroup);
        if (!any(values + c, end - c, floor)) continue;
        for (int64_t i = c; i < end; i++) floor = offer({values[i], i * height_ * width_ + cell}, values + i, cell, floor, k);
      }
    }
    std::sort(heap_.begin(), heap_.end(), better);
    return heap_;
  }

 private:
  static constexpr int64_t kGroup = 16;  // channels that are looked at together

  // Whether one of n values is not below the floor.
  static bool any(const float *values, int64_t n, float floor) {
    int found = 0;
    for (int64_t i = 0; i < n; i++) found |= values[i] >= floor;
    return found != 0;
  }

  // Takes a peak in if it is one, and returns what later values must not be below.
  float offer(const Peak &p, const float *at, int64_t cell, float floor, size_t k) {
    const bool full = heap_.size() == k;
    if (!(full ? heap_.front().worse(p) : p.value > floor) || !is_peak(at, cell)) return floor;
    if (full) {
      std::pop_heap(heap_.begin(), heap_.end(), better);
      heap_.back() = p;
    } else {
      heap_.push_back(p);
    }
    std::push_heap(heap_.begin(), heap_.end(), better);  // the worst is in front
    return heap_.size() == k ? heap_.front().value : floor;
  }

  bool is_peak(const float *at, int64_t cell) const {
    const int64_t y = cell / width_, x = cell % width_;
    for (int64_t i = std::max<int64_t>(0, y - 1); i <= std::min(height_ - 1, y + 1); i++) {
      for (int64_t j = std::max<int64_t>(0, x - 1); j <= std::min(width_ - 1, x + 1); j++) {
        if (at[((i - y) * width_ + j - x) * channels_] > *at) return false;
      }
    }
    return true;
  }

  const float *map_;
  int64_t height_, width_, channels_;
  std::vector<Peak> heap_;
};

}  // namespace

char *tx_peaks(tx_tensor x, float floor, int64_t k, float *values, int64_t *places, int64_t *counts) {
  return guard([&] {
    TORCH_CHECK(k > 0, k, " peaks");
    const auto all = maps(x).detach().to(at::kCPU, at::kFloat).contiguous(kInnermost);
    const int64_t channels = all.size(1), height = all.size(2), width = all.size(3), image = channels * height * width;
    torchx::parallel(0, all.size(0), 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) {
        const auto best = Peaks(all.data_ptr<float>() + i * image, height, width, channels).best(floor, static_cast<size_t>(k));
        counts[i] = static_cast<int64_t>(best.size());
        for (size_t j = 0; j < best.size(); j++) values[i * k + j] = best[j].value, places[i * k + j] = best[j].place;
      }
    });
  });
}

char *tx_mirrored_mean(tx_tensor x, tx_tensor other, tx_tensor *out) {
  return guard([&] {
    TORCH_CHECK(maps(x).sizes() == maps(other).sizes(), "maps of ", maps(x).sizes(), " and ", maps(other).sizes());
    *out = wrap((maps(x) + maps(other).flip(3)) / 2);
  });
}
