// Group normalisation (Wu and He, 2018). libtorch's backward is slow where the
// channels lie innermost, so that has a kernel of its own.
#include <algorithm>
#include <cmath>

#include "guard.h"
#include "layout.h"
#include "parallel.h"

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;
using torchx::guard;
using torchx::kInnermost;
using torchx::maps;
using torchx::tensor;
using torchx::wrap;

namespace {

constexpr int64_t kBandCells = 128;  // cells whose sums are formed in float32

// Sizes: B images, C channels in G groups, N cells. Maps lie as B,N,C. Sums are
// formed per band of cells and added up in the bands' order, so that they do not
// depend on the number of threads.
struct Groups {
  int64_t images, channels, cells, groups, bands;

  Groups(const at::Tensor &x, int64_t g)
      : images(x.size(0)), channels(x.size(1)), cells(x.size(2) * x.size(3)), groups(g), bands((cells + kBandCells - 1) / kBandCells) {}

  int64_t per_group() const { return channels / groups; }
  double count() const { return static_cast<double>(per_group() * cells); }  // numbers of a group

  // Runs body(image, first number of the band, cells of it, place of its two sums of C) in parallel.
  template <typename Body>
  void each_band(const Body &body) const {
    torchx::parallel(0, images * bands, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) {
        const int64_t image = i / bands, first = i % bands * kBandCells;
        body(image, (image * cells + first) * channels, std::min(kBandCells, cells - first), i * 2 * channels);
      }
    });
  }

  // Adds up the bands of an image: two sums of C.
  std::vector<double> total(const std::vector<float> &sums, int64_t image) const {
    std::vector<double> all(2 * channels);
    for (int64_t band = 0; band < bands; band++) {
      const float *part = &sums[(image * bands + band) * 2 * channels];
      for (int64_t c = 0; c < 2 * channels; c++) all[c] += part[c];
    }
    return all;
  }
};

// Mean and 1/√(variance + eps) of the groups, B·G each.
struct Moments {
  std::vector<float> mean, scale;
};

// The sums of a channel are those of the distance from its first number, d, so
// that a mean far from 0 costs no digits.
Moments moments(const Groups &s, const float *x, double eps) {
  std::vector<float> sums(s.images * s.bands * 2 * s.channels);
  s.each_band([&](int64_t image, int64_t at, int64_t cells, int64_t place) {
    float *__restrict sum = &sums[place];
    const float *__restrict first = x + image * s.cells * s.channels;
    float *__restrict squares = &sums[place + s.channels];
    for (int64_t i = 0; i < cells; i++) {
      const float *__restrict row = x + at + i * s.channels;
      for (int64_t c = 0; c < s.channels; c++) {
        const float d = row[c] - first[c];
        sum[c] += d;
        squares[c] += d * d;
      }
    }
  });
  Moments m{std::vector<float>(s.images * s.groups), std::vector<float>(s.images * s.groups)};
  const double n = static_cast<double>(s.cells);
  for (int64_t image = 0; image < s.images; image++) {
    const auto sum = s.total(sums, image);
    const float *first = x + image * s.cells * s.channels;
    const auto mean_of = [&](int64_t c) { return first[c] + sum[c] / n; };
    for (int64_t g = 0; g < s.groups; g++) {
      const int64_t begin = g * s.per_group(), end = begin + s.per_group();
      double mean = 0, squares = 0;
      for (int64_t c = begin; c < end; c++) mean += mean_of(c) / s.per_group();
      for (int64_t c = begin; c < end; c++) {
        const double off = mean_of(c) - mean;
        squares += sum[s.channels + c] - sum[c] * sum[c] / n + n * off * off;
      }
      m.mean[image * s.groups + g] = mean;
      m.scale[image * s.groups + g] = 1 / std::sqrt(std::max(0.0, squares) / s.count() + eps);
    }
  }
  return m;
}

// A linear function of one or two maps for each image and channel:
// factor·a + slope·(x - mean) + constant.
struct Linear {
  std::vector<float> factor, slope, mean, constant;  // B·C
  explicit Linear(const Groups &s) : factor(s.images * s.channels), slope(factor), mean(factor), constant(factor) {}
};

void evaluate(const Groups &s, const Linear &l, const float *a, const float *x, float *out) {
  s.each_band([&](int64_t image, int64_t at, int64_t cells, int64_t) {
    const int64_t own = image * s.channels;
    const float *__restrict factor = &l.factor[own], *__restrict slope = &l.slope[own];
    const float *__restrict mean = &l.mean[own], *__restrict constant = &l.constant[own];
    for (int64_t i = 0; i < cells; i++) {
      const float *__restrict from = a + at + i * s.channels, *__restrict values = x + at + i * s.channels;
      float *__restrict to = out + at + i * s.channels;
      for (int64_t c = 0; c < s.channels; c++) to[c] = factor[c] * from[c] + (slope[c] * (values[c] - mean[c]) + constant[c]);
    }
  });
}

at::Tensor list(const std::vector<float> &values) { return at::tensor(values, at::kFloat); }

struct GroupNorm : Function<GroupNorm> {
  // x has its channels innermost.
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias, int64_t groups, double eps) {
    const Groups s(x, groups);
    const auto scale = weight.contiguous(), shift = bias.contiguous();
    const auto m = moments(s, x.data_ptr<float>(), eps);
    Linear l(s);
    for (int64_t i = 0; i < s.images * s.channels; i++) {
      const int64_t group = i / s.per_group();  // of all images
      l.slope[i] = m.scale[group] * scale.data_ptr<float>()[i % s.channels];
      l.mean[i] = m.mean[group];
      l.constant[i] = shift.data_ptr<float>()[i % s.channels];
    }
    auto y = at::empty_like(x);
    evaluate(s, l, x.data_ptr<float>(), x.data_ptr<float>(), y.data_ptr<float>());
    ctx->save_for_backward({x, weight, list(m.mean), list(m.scale)});
    ctx->saved_data["groups"] = groups;
    return y;
  }

  // With z = (x - mean)·scale, and sums over the n numbers of a group,
  //
  //	dx = scale·(w·dy - Σ w·dy / n - z·Σ w·dy·z / n)
  static variable_list backward(AutogradContext *ctx, variable_list upstream) {
    const auto saved = ctx->get_saved_variables();
    const auto x = saved[0], weight = saved[1].contiguous(), dy = upstream[0].contiguous(kInnermost);
    const float *mean = saved[2].data_ptr<float>(), *scale = saved[3].data_ptr<float>(), *w = weight.data_ptr<float>();
    const Groups s(x, ctx->saved_data["groups"].toInt());
    const auto sums = products(s, x.data_ptr<float>(), dy.data_ptr<float>(), mean, scale);
    std::vector<double> dw(s.channels), db(s.channels);
    Linear l(s);
    for (int64_t image = 0; image < s.images; image++) {
      const auto sum = s.total(sums, image);
      for (int64_t c = 0; c < s.channels; c++) db[c] += sum[c], dw[c] += sum[s.channels + c];
      for (int64_t g = 0; g < s.groups; g++) {
        const int64_t begin = g * s.per_group(), end = begin + s.per_group(), group = image * s.groups + g;
        double straight = 0, along = 0;
        for (int64_t c = begin; c < end; c++) straight += w[c] * sum[c], along += w[c] * sum[s.channels + c];
        for (int64_t c = begin; c < end; c++) {
          const int64_t i = image * s.channels + c;
          l.factor[i] = scale[group] * w[c];
          l.slope[i] = -scale[group] * scale[group] * along / s.count();
          l.mean[i] = mean[group];
          l.constant[i] = -scale[group] * straight / s.count();
        }
      }
    }
    auto dx = at::empty_like(x);
    evaluate(s, l, dy.data_ptr<float>(), x.data_ptr<float>(), dx.data_ptr<float>());
    const auto narrow = [](const std::vector<double> &v) { return at::tensor(v, at::kDouble).to(at::kFloat); };
    return {dx, narrow(dw), narrow(db), at::Tensor(), at::Tensor()};
  }

  // The sums of dy and of dy·z.
  static std::vector<float> products(const Groups &s, const float *x, const float *dy, const float *mean, const float *scale) {
    std::vector<float> sums(s.images * s.bands * 2 * s.channels);
    s.each_band([&](int64_t image, int64_t at, int64_t cells, int64_t place) {
      float *__restrict sum = &sums[place];
      std::vector<float> centre(s.channels);
      for (int64_t c = 0; c < s.channels; c++) centre[c] = mean[image * s.groups + c / s.per_group()];
      float *__restrict along = &sums[place + s.channels];
      const float *__restrict middle = centre.data();
      for (int64_t i = 0; i < cells; i++) {
        const float *__restrict g = dy + at + i * s.channels, *__restrict values = x + at + i * s.channels;
        for (int64_t c = 0; c < s.channels; c++) {
          sum[c] += g[c];
          along[c] += g[c] * (values[c] - middle[c]);
        }
      }
      for (int64_t c = 0; c < s.channels; c++) along[c] *= scale[image * s.groups + c / s.per_group()];
    });
    return sums;
  }
};

at::Tensor group_norm(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias, int64_t groups, double eps) {
  const int64_t channels = x.size(1);
  TORCH_CHECK(groups > 0 && channels % groups == 0, channels, " channels are no whole number of each of ", groups, " groups");
  TORCH_CHECK(weight.sizes() == at::IntArrayRef({channels}) && bias.sizes() == at::IntArrayRef({channels}),
              "weight ", weight.sizes(), " and bias ", bias.sizes(), " for maps ", x.sizes());
  bool kernel = x.is_contiguous(kInnermost) && !x.is_contiguous();
  for (const auto &t : {x, weight, bias}) kernel &= t.is_cpu() && t.scalar_type() == at::kFloat;
  if (kernel) return GroupNorm::apply(x, weight, bias, groups, eps);
  return at::group_norm(x.to(at::kFloat), groups, weight, bias, eps).to(x.scalar_type());
}

}  // namespace

char *tx_group_norm(tx_tensor x, tx_tensor weight, tx_tensor bias, int64_t groups, double eps, tx_tensor *out) {
  return guard([&] { *out = wrap(group_norm(maps(x), tensor(weight), tensor(bias), groups, eps)); });
}
