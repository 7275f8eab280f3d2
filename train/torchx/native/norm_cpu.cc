#include "norm_cpu.h"

#include <cmath>

#include "norm_sums.h"

namespace torchx {
namespace {

void fill(NormRows *r, const Bands &bands, const at::Tensor &x, const NormChannels &norm, int64_t at, int64_t rows) {
  r->norm = norm;
  r->rows = rows;
  r->channels = bands.channels;
  r->x = x.data_ptr<float>() + at;
}

// Mean and variance of the batch, C each.
struct Moments {
  std::vector<double> mean, variance;
};

// Sums are those of the distance from the first row, so that a mean far from 0 costs
// no digits.
Moments moments(const at::Tensor &x, Activation activation, const NormKernel &kernel) {
  const Bands bands(x);
  std::vector<float> centre(x.data_ptr<float>(), x.data_ptr<float>() + bands.channels);
  if (activation == kAfterRelu) {
    for (auto &v : centre) v = v < 0 ? 0 : v;
  }
  Sums sums(bands.count, bands.channels);
  bands.each([&](int64_t band, int64_t at, int64_t rows) {
    NormMoments r{};
    fill(&r, bands, x, {nullptr, nullptr, centre.data()}, at, rows);
    r.sum = sums.first(band), r.squares = sums.second(band);
    kernel.moments[activation](r);
  });
  const auto total = sums.total();
  const double n = static_cast<double>(bands.rows);
  Moments m{std::vector<double>(bands.channels), std::vector<double>(bands.channels)};
  for (int64_t c = 0; c < bands.channels; c++) {
    const double off = total[c] / n;
    m.mean[c] = centre[c] + off;
    m.variance[c] = std::max(0.0, total[bands.channels + c] / n - off * off);
    if (std::isnan(off)) m.variance[c] = off;  // max would hide it
  }
  return m;
}

// Brings running statistics up to date, which hold the unbiased variance.
void note(const Norm &norm, const Moments &m, double n) {
  float *mean = norm.running_mean.data_ptr<float>(), *variance = norm.running_var.data_ptr<float>();
  const double unbiased = n / std::max(1.0, n - 1);
  for (size_t c = 0; c < m.mean.size(); c++) {
    mean[c] = static_cast<float>((1 - norm.momentum) * mean[c] + norm.momentum * m.mean[c]);
    variance[c] = static_cast<float>((1 - norm.momentum) * variance[c] + norm.momentum * m.variance[c] * unbiased);
  }
}

Moments running(const Norm &norm) {
  const int64_t channels = norm.weight.numel();
  const float *mean = norm.running_mean.data_ptr<float>(), *variance = norm.running_var.data_ptr<float>();
  return {std::vector<double>(mean, mean + channels), std::vector<double>(variance, variance + channels)};
}

}  // namespace

at::Tensor norm_numbers(const at::Tensor &x, const Norm &norm, const NormKernel &kernel) {
  Moments m;
  if (norm.batch) {
    m = moments(x, norm.activation, kernel);
    note(norm, m, static_cast<double>(x.numel() / x.size(1)));
  } else {
    m = running(norm);
  }
  const int64_t channels = x.size(1);
  auto numbers = at::empty({4, channels}, at::kFloat);
  const float *weight = norm.weight.data_ptr<float>(), *bias = norm.bias.data_ptr<float>();
  float *scale = numbers.data_ptr<float>(), *shift = scale + channels, *mean = shift + channels, *inverse = mean + channels;
  for (int64_t c = 0; c < channels; c++) {
    const double i = 1 / std::sqrt(m.variance[c] + norm.eps);
    inverse[c] = static_cast<float>(i);
    mean[c] = static_cast<float>(m.mean[c]);
    scale[c] = static_cast<float>(weight[c] * i);
    shift[c] = static_cast<float>(bias[c] - m.mean[c] * weight[c] * i);
  }
  return numbers;
}

at::Tensor norm_cpu(const at::Tensor &x, const at::Tensor &numbers, Activation activation, const at::Tensor *added, const NormKernel &kernel) {
  auto y = at::empty_like(x);
  const Bands bands(x);
  const auto norm = norm_channels(numbers);
  bands.each([&](int64_t, int64_t at, int64_t rows) {
    NormForward r{};
    fill(&r, bands, x, norm, at, rows);
    r.added = added ? added->data_ptr<float>() + at : nullptr;
    r.y = y.data_ptr<float>() + at;
    kernel.forward[activation](r);
  });
  return y;
}

namespace {

// With û = (u - mean)/σ, and sums over the n rows, batch normalisation's gradient is
//
//	du = weight/σ·(m - Σ m / n - û·Σ m·û / n)
//
// and weight/σ·m where the statistics are not the batch's.
struct Slopes {
  std::vector<float> factor, slope, constant;

  Slopes(const NormBack &norm, const std::vector<double> &sums, double n) {
    const int64_t channels = norm.numbers.size(1);
    const float *scale = norm.numbers.data_ptr<float>(), *inverse = scale + 3 * channels;
    factor.assign(scale, scale + channels);
    slope.resize(channels), constant.resize(channels);
    for (int64_t c = 0; norm.batch && c < channels; c++) {
      const double i = inverse[c];
      slope[c] = static_cast<float>(-scale[c] * i * i * sums[channels + c] / n);
      constant[c] = static_cast<float>(-scale[c] * sums[c] / n);
    }
  }

  void finish(const at::Tensor &x, const NormBack &norm, const at::Tensor *y, const at::Tensor &g, Activation activation, const at::Tensor &dx, const at::Tensor *m,
              const NormKernel &kernel) const {
    const Bands bands(x);
    bands.each([&](int64_t, int64_t at, int64_t rows) {
      NormFinish r{};
      fill(&r, bands, x, norm_channels(norm.numbers), at, rows);
      r.y = y ? y->data_ptr<float>() + at : nullptr;
      r.g = g.data_ptr<float>() + at;
      r.factor = factor.data(), r.slope = slope.data(), r.constant = constant.data();
      r.dx = dx.data_ptr<float>() + at;
      r.m = m ? m->data_ptr<float>() + at : nullptr;
      kernel.finish[activation](r);
    });
  }
};

void weight_and_bias(const NormBack &norm, const std::vector<double> &sums, NormGradients *grad) {
  const int64_t channels = norm.numbers.size(1);
  const float *inverse = norm.numbers.data_ptr<float>() + 3 * channels;
  grad->weight = at::empty({channels}, at::kFloat);
  grad->bias = at::empty({channels}, at::kFloat);
  for (int64_t c = 0; c < channels; c++) {
    grad->bias.data_ptr<float>()[c] = static_cast<float>(sums[c]);
    grad->weight.data_ptr<float>()[c] = static_cast<float>(sums[channels + c] * inverse[c]);
  }
}

}  // namespace

NormGradients norm_cpu_backward(const at::Tensor &x, const NormBack &norm, const at::Tensor *y, const at::Tensor &grad, const NormKernel &kernel) {
  const Bands bands(x);
  Sums sums(bands.count, bands.channels);
  bands.each([&](int64_t band, int64_t at, int64_t rows) {
    NormReduce r{};
    fill(&r, bands, x, norm_channels(norm.numbers), at, rows);
    r.y = y ? y->data_ptr<float>() + at : nullptr;
    r.g = grad.data_ptr<float>() + at;
    r.sum = sums.first(band), r.along = sums.second(band);
    kernel.reduce[norm.activation](r);
  });
  const auto total = sums.total();
  NormGradients g;
  weight_and_bias(norm, total, &g);
  g.x = at::empty_like(x);
  const bool cut = y && norm.activation != kIdentity;
  if (y) g.other = cut ? at::empty_like(x) : grad;
  Slopes(norm, total, static_cast<double>(bands.rows)).finish(x, norm, y, grad, norm.activation, g.x, cut ? &g.other : nullptr, kernel);
  return g;
}

void norm_through(const at::Tensor &x, const NormBack &norm, const std::vector<double> &sums, const NormKernel &kernel, NormGradients *grad) {
  weight_and_bias(norm, sums, grad);
  const auto once = norm.activation == kAfterRelu ? kAfterRelu : kIdentity;  // m is behind the activation
  Slopes(norm, sums, static_cast<double>(x.numel() / x.size(1))).finish(x, norm, nullptr, grad->x, once, grad->x, nullptr, kernel);
}

}  // namespace torchx
