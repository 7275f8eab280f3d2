// The heatmap loss on a CPU. Each image is cut into strips of cells that fit
// into a cache with all their channels. A first pass over the heatmap counts the
// centres, marks the groups of cells in which anything is not 0, and, for the
// weightings that need it, finds each location's weight. The second computes
// values and gradients; it reads the heatmap only where it is marked, so that
// logits, heatmap and gradient each cross the memory bus once.
//
// The strips do not depend on the number of threads, and their sums are added
// up in order: so neither does the result.
#include "heatmap_cpu.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "../torchx.h"

namespace torchx {
namespace {

constexpr int64_t kStrip = 4096;  // cells, a multiple of kGroup
constexpr int64_t kPatch = 64;    // cells of a strip when channels lie innermost, likewise

// One evaluation of the loss.
struct Evaluation : HeatmapArrays {
  int64_t strips, groups;        // strips of an image, groups of a channel
  std::vector<uint8_t> touched;  // B·C·groups, see Strip
  std::vector<float> place;      // B·N, see Strip; empty for class-wise weights
  float scale = 1;

  explicit Evaluation(const HeatmapArrays &arrays)
      : HeatmapArrays(arrays), strips((cells + kStrip - 1) / kStrip), groups((cells + kGroup - 1) / kGroup), touched(images * classes * groups) {
    if (weighting != TX_CLASS_WISE) place.resize(images * cells);
  }

  // Runs body(image, first cell, end cell) for all strips, in parallel, and
  // returns its results strip by strip.
  template <typename Result, typename Body>
  std::vector<Result> each_strip(const Body &body) const {
    std::vector<Result> results(images * strips);
    const int64_t n = images * strips;
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (n > 1)
    for (int64_t i = 0; i < n; i++) {
      const int64_t begin = i % strips * kStrip;
      results[i] = body(i / strips, begin, std::min(cells, begin + kStrip));
    }
    return results;
  }

  int64_t scan(int64_t image, int64_t begin, int64_t end);
  void locate(int64_t image, int64_t channel, int64_t begin, int64_t end, float *largest);
  double compute(int64_t image, int64_t begin, int64_t end, StripKernel kernel) const;
  double compute_innermost(int64_t image, int64_t begin, int64_t end, StripKernel kernel) const;
  Strip strip(int64_t image, int64_t channel, int64_t begin, int64_t end) const;
};

// Whether any of the kGroup values has a bit set: zeros have none.
inline bool any(const float *g) {
  uint64_t bits[kGroup / 2], all = 0;
  std::memcpy(bits, g, sizeof bits);
  for (const uint64_t b : bits) all |= b;
  return all != 0;
}

// The first pass over a strip of all channels. Returns the number of centres.
int64_t Evaluation::scan(int64_t image, int64_t begin, int64_t end) {
  int64_t centres = 0;
  float largest[kStrip] = {};
  if (weighting != TX_CLASS_WISE) {
    std::fill(&place[image * cells + begin], &place[image * cells] + end, weighting == TX_LOCATION_WISE ? 1.0f : 0.0f);
  }
  for (int64_t channel = 0; channel < classes; channel++) {
    const int64_t plane = image * classes + channel;
    const float *values = heatmap + plane * cells;
    for (int64_t i = begin; i < end; i += kGroup) {
      const int64_t stop = std::min(end, i + kGroup);
      const bool mark = stop - i < kGroup || any(values + i);
      touched[plane * groups + i / kGroup] = mark;
      if (!mark) continue;
      centres += std::count(values + i, values + stop, 1.0f);
      if (weighting != TX_CLASS_WISE) locate(image, channel, i, stop, largest + (i - begin));
    }
  }
  return centres;
}

// Lets a channel's cells take part in finding their locations' weights; largest
// holds the largest value that earlier channels have there.
void Evaluation::locate(int64_t image, int64_t channel, int64_t begin, int64_t end, float *largest) {
  const float weight = weighting == TX_LOCATION_WISE ? weights[image * classes + channel] : 1.0f;
  const float *values = heatmap + (image * classes + channel) * cells;
  for (int64_t i = begin; i < end; i++, largest++) {
    if (!(values[i] > *largest)) continue;
    *largest = values[i];
    place[image * cells + i] = weight;
  }
}

Strip Evaluation::strip(int64_t image, int64_t channel, int64_t begin, int64_t end) const {
  const int64_t plane = image * classes + channel, first = plane * cells + begin;
  Strip s{};
  s.x = logits + first;
  s.g = heatmap + first;
  s.d = grad + first;
  s.touched = &touched[plane * groups + begin / kGroup];
  s.place = place.empty() ? nullptr : &place[image * cells + begin];
  s.cells = end - begin;
  s.weighting = weighting;
  s.weight = weights[plane];
  if (weighting == TX_EQUALISED) {
    s.foreground = weights[plane] * foreground[channel];
    s.background = weights[plane] * background[channel];
  }
  s.gamma = gamma;
  s.alpha = alpha;
  s.scale = scale;
  return s;
}

// The second pass over a strip of all channels. Returns the sum of its terms.
double Evaluation::compute(int64_t image, int64_t begin, int64_t end, StripKernel kernel) const {
  double sum = 0;
  for (int64_t channel = 0; channel < classes; channel++) sum += kernel(strip(image, channel, begin, end));
  return sum;
}

// The same where the channels of a cell are neighbours: patches of the strip
// are transposed within the cache.
double Evaluation::compute_innermost(int64_t image, int64_t begin, int64_t end, StripKernel kernel) const {
  std::vector<float> inputs(classes * kPatch), slopes(classes * kPatch);
  double sum = 0;
  for (int64_t first = begin; first < end; first += kPatch) {
    const int64_t n = std::min(kPatch, end - first);
    const int64_t at = (image * cells + first) * classes;
    for (int64_t c = 0; c < classes; c++) {
      for (int64_t i = 0; i < n; i++) inputs[c * kPatch + i] = logits[at + i * classes + c];
    }
    for (int64_t c = 0; c < classes; c++) {
      Strip s = strip(image, c, first, first + n);
      s.x = &inputs[c * kPatch];
      s.d = &slopes[c * kPatch];
      sum += kernel(s);
    }
    for (int64_t i = 0; i < n; i++) {
      for (int64_t c = 0; c < classes; c++) grad[at + i * classes + c] = slopes[c * kPatch + i];
    }
  }
  return sum;
}

}  // namespace

double heatmap_cpu(const HeatmapArrays &arrays, StripKernel kernel) {
  Evaluation e(arrays);
  int64_t centres = 0;
  for (const int64_t n : e.each_strip<int64_t>([&](int64_t image, int64_t begin, int64_t end) { return e.scan(image, begin, end); })) centres += n;
  const double count = std::max<int64_t>(1, centres);
  e.scale = static_cast<float>(1 / count);
  double sum = 0;
  for (const double part : e.each_strip<double>([&](int64_t image, int64_t begin, int64_t end) {
         return e.innermost ? e.compute_innermost(image, begin, end, kernel) : e.compute(image, begin, end, kernel);
       })) {
    sum += part;
  }
  return sum / count;
}

}  // namespace torchx
