// The depthwise 3×3 convolution of a normalised map.
#include "norm_sums.h"

namespace torchx {
namespace {

constexpr int64_t kBandRows = 16;  // of a map, worked on in turn by one thread

// One evaluation, forward or backward.
struct Depthwise {
  DepthwiseMap map;
  int64_t images;
  at::Tensor weight, room;  // 9,C; threads,…

  Depthwise(const at::Tensor &x, const at::Tensor &numbers, const at::Tensor &w, int64_t stride)
      : map{norm_channels(numbers), x.size(2), x.size(3), x.size(1), stride, x.data_ptr<float>(), nullptr, nullptr}, images(x.size(0)),
        weight(w.flatten(1).t().contiguous()), room(at::empty({at::get_num_threads(), depthwise_room(x.size(3), x.size(1))}, at::kFloat)) {
    map.weight = weight.data_ptr<float>();
  }

  int64_t numbers() const { return map.height * map.width * map.channels; }
  int64_t out_numbers() const { return map.out_height() * map.out_width() * map.channels; }

  // Runs body(part, image, first row, end) in parallel, for bands of so many rows.
  template <typename Body>
  void each(int64_t rows, const Body &body) const {
    const int64_t bands = count(rows);
    parallel(0, images * bands, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) {
        const int64_t first = i % bands * kBandRows;
        body(i, i / bands, first, std::min(rows, first + kBandRows));
      }
    });
  }
  static int64_t count(int64_t rows) { return (rows + kBandRows - 1) / kBandRows; }

  void fill(DepthwiseMap *t, int64_t image) const {
    *t = map;
    t->x += image * numbers();
    t->room = room.data_ptr<float>() + omp_get_thread_num() * room.size(1);
  }
};

}  // namespace

at::Tensor depthwise_cpu(const at::Tensor &x, const at::Tensor &numbers, Activation activation, const at::Tensor &weight, int64_t stride, const NormKernel &kernel) {
  const Depthwise d(x, numbers, weight, stride);
  auto y = at::empty({d.images, d.map.channels, d.map.out_height(), d.map.out_width()}, x.options().memory_format(kInnermost));
  d.each(d.map.out_height(), [&](int64_t, int64_t image, int64_t first, int64_t end) {
    DepthwiseForward t{};
    d.fill(&t, image);
    t.first = first, t.end = end;
    t.y = y.data_ptr<float>() + image * d.out_numbers();
    kernel.depthwise[activation](t);
  });
  return y;
}

NormGradients depthwise_cpu_backward(const at::Tensor &x, const NormBack &norm, const at::Tensor &weight, int64_t stride, const at::Tensor &grad, const NormKernel &kernel) {
  const Depthwise d(x, norm.numbers, weight, stride);
  const int64_t channels = d.map.channels, parts = d.images * Depthwise::count(d.map.height);
  NormGradients g;
  g.x = at::empty_like(x);
  Sums sums(parts, channels);
  const auto weights = at::zeros({parts, 9 * channels}, at::kFloat);
  d.each(d.map.height, [&](int64_t part, int64_t image, int64_t first, int64_t end) {
    DepthwiseBackward t{};
    d.fill(&t, image);
    t.first = first, t.end = end;
    t.g = grad.data_ptr<float>() + image * d.out_numbers();
    t.m = g.x.data_ptr<float>() + image * d.numbers();
    t.grad_weight = weights.data_ptr<float>() + part * 9 * channels;
    t.sum = sums.first(part), t.along = sums.second(part);
    kernel.depthwise_backward[norm.activation](t);
  });
  std::vector<double> total(9 * channels);
  for (int64_t part = 0; part < parts; part++) {
    const float *from = weights.data_ptr<float>() + part * 9 * channels;
    for (int64_t i = 0; i < 9 * channels; i++) total[i] += from[i];
  }
  g.other = at::tensor(total, at::kDouble).to(at::kFloat).view({9, channels}).t().reshape(weight.sizes()).contiguous();
  if (norm.numbers.defined()) norm_through(x, norm, sums.total(), kernel, &g);
  return g;
}

}  // namespace torchx
