// Upsampling of each channel by itself: a transposed convolution with as many
// groups as channels. libtorch's own multiplies a matrix per group and scatters.
#include <algorithm>

#include "guard.h"
#include "layout.h"
#include "parallel.h"
#include "precision.h"
#include "simd/choice.h"

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;
using torchx::guard;
using torchx::kInnermost;
using torchx::maps;
using torchx::wrap;

namespace {

constexpr int64_t kInputRows = 16;  // rows of the input whose part of the weight's gradient is summed in float32

// Sizes: B images, C channels, H×W input cells, factor f. With kernel 2f, stride f
// and padding f/2, row f·i - f/2 + k of the output gets row i of the input times
// row k of the weight; so it sees two rows of the input, and each output cell four
// cells. All arrays have their channels innermost.
struct Upsampling {
  int64_t images, channels, height, width, factor;

  Upsampling(const at::Tensor &x, int64_t f) : images(x.size(0)), channels(x.size(1)), height(x.size(2)), width(x.size(3)), factor(f) {}

  int64_t taps() const { return 4 * factor * factor; }
  int64_t bands() const { return (height + kInputRows - 1) / kInputRows; }

  void forward_row(const float *x, const float *w, float *y, int64_t image, int64_t row) const;
  void backward_cell(const float *x, const float *w, const float *dy, float *dx, float *dw, int64_t image, int64_t row, int64_t column) const;
};

// A row of the output.
void Upsampling::forward_row(const float *x, const float *w, float *y, int64_t image, int64_t row) const {
  const std::vector<float> nothing(channels);  // what cells outside hold
  const int64_t i = (row + factor / 2) / factor, k = (row + factor / 2) % factor;
  const auto cell = [&](int64_t r, int64_t c) {
    const bool inside = r >= 0 && r < height && c >= 0 && c < width;
    return inside ? x + ((image * height + r) * width + c) * channels : nothing.data();
  };
  const auto tap = [&](int64_t r, int64_t c) { return w + (r * 2 * factor + c) * channels; };
  float *out = y + (image * height * factor + row) * width * factor * channels;
  for (int64_t column = 0; column < width * factor; column++, out += channels) {
    const int64_t j = (column + factor / 2) / factor, l = (column + factor / 2) % factor;
    const float *a = cell(i, j), *b = cell(i, j - 1), *c = cell(i - 1, j), *d = cell(i - 1, j - 1);
    const float *wa = tap(k, l), *wb = tap(k, l + factor), *wc = tap(k + factor, l), *wd = tap(k + factor, l + factor);
    for (int64_t n = 0; n < channels; n++) out[n] = a[n] * wa[n] + b[n] * wb[n] + c[n] * wc[n] + d[n] * wd[n];
  }
}

// One cell of the output's gradient g, seen from a cell x of the input through tap w.
inline void backward_tap(const float *__restrict g, const float *__restrict x, const float *__restrict w, float *__restrict dx,
                         float *__restrict dw, int64_t channels) {
  for (int64_t n = 0; n < channels; n++) {
    dx[n] += g[n] * w[n];
    dw[n] += g[n] * x[n];
  }
}

// Adds up dx of one input cell, which is 0 before, and adds its part to dw, 2f·2f·C.
void Upsampling::backward_cell(const float *x, const float *w, const float *dy, float *dx, float *dw, int64_t image, int64_t row, int64_t column) const {
  const int64_t tall = height * factor, wide = width * factor;
  const int64_t top = row * factor - factor / 2, left = column * factor - factor / 2;
  const int64_t first_row = std::max<int64_t>(0, -top), end_row = std::min(2 * factor, tall - top);
  const int64_t first_column = std::max<int64_t>(0, -left), end_column = std::min(2 * factor, wide - left);
  const int64_t at = ((image * height + row) * width + column) * channels;
  for (int64_t k = first_row; k < end_row; k++) {
    for (int64_t l = first_column; l < end_column; l++) {
      const int64_t tap = (k * 2 * factor + l) * channels;
      backward_tap(dy + ((image * tall + top + k) * wide + left + l) * channels, x + at, w + tap, dx + at, dw + tap, channels);
    }
  }
}

// The weight C,1,2f,2f with its channels innermost: 2f,2f,C.
at::Tensor innermost(const at::Tensor &weight) { return weight.squeeze(1).permute({1, 2, 0}).contiguous(); }

at::Tensor forward_cpu(const at::Tensor &x, const at::Tensor &weight, int64_t factor) {
  const Upsampling u(x, factor);
  const auto w = innermost(weight);
  auto y = at::empty({u.images, u.channels, u.height * factor, u.width * factor}, x.options().memory_format(kInnermost));
  const float *from = x.data_ptr<float>(), *kernel = w.data_ptr<float>();
  float *to = y.data_ptr<float>();
  const int64_t rows = u.height * factor;
  torchx::parallel(0, u.images * rows, 4, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) u.forward_row(from, kernel, to, i / rows, i % rows);
  });
  return y;
}

// The parts of dw belong to bands of rows, and are added up in their order: the
// result does not depend on the number of threads.
variable_list backward_cpu(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &grad, int64_t factor) {
  const Upsampling u(x, factor);
  const auto w = innermost(weight), g = grad.contiguous(kInnermost);
  auto slope = at::zeros_like(x), parts = at::zeros({u.images * u.bands(), u.taps() * u.channels}, x.options());
  const float *values = x.data_ptr<float>(), *kernel = w.data_ptr<float>(), *dy = g.data_ptr<float>();
  float *dx = slope.data_ptr<float>(), *dw = parts.data_ptr<float>();
  torchx::parallel(0, u.images * u.bands(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const int64_t image = i / u.bands(), first = i % u.bands() * kInputRows;
      for (int64_t row = first; row < std::min(u.height, first + kInputRows); row++) {
        for (int64_t column = 0; column < u.width; column++) {
          u.backward_cell(values, kernel, dy, dx, dw + i * u.taps() * u.channels, image, row, column);
        }
      }
    }
  });
  auto sum = at::zeros({u.taps() * u.channels}, x.options().dtype(at::kDouble));
  for (int64_t i = 0; i < parts.size(0); i++) sum += parts[i];
  const auto total = sum.to(at::kFloat).view({2 * factor, 2 * factor, u.channels}).permute({2, 0, 1}).unsqueeze(1);
  return {slope, total.contiguous(), at::Tensor()};
}

struct Up : Function<Up> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &x, const at::Tensor &weight, int64_t factor) {
    ctx->save_for_backward({x, weight});
    ctx->saved_data["factor"] = factor;
    return forward_cpu(x, weight, factor);
  }
  static variable_list backward(AutogradContext *ctx, variable_list upstream) {
    const auto saved = ctx->get_saved_variables();
    return backward_cpu(saved[0], saved[1], upstream[0], ctx->saved_data["factor"].toInt());
  }
};

at::Tensor up_depthwise(const at::Tensor &x, const at::Tensor &weight, int64_t factor) {
  TORCH_CHECK(factor == 2 || factor == 4 || factor == 8, "factor ", factor, ", want 2, 4 or 8");
  const int64_t channels = x.size(1), kernel = 2 * factor;
  TORCH_CHECK(weight.sizes() == at::IntArrayRef({channels, 1, kernel, kernel}) && weight.scalar_type() == at::kFloat, "weight ", weight.sizes(), " for maps ", x.sizes(), " and factor ", factor);
  const auto by_libtorch = [&](const at::Tensor &a, const at::Tensor &w) { return at::conv_transpose2d(a, w, {}, factor, factor / 2, 0, channels); };
  if (!x.is_cpu()) return by_libtorch(torchx::multiplied(x), torchx::multiplied(weight));
  // On a CPU bfloat16 is rounded to: libtorch 1.13 takes it for an ordinary convolution.
  const auto floats = x.to(at::kFloat);
  if (torchx::kernels() == torchx::Kernels::kCudaSource) return torchx::multiplied(by_libtorch(floats, weight));
  return torchx::multiplied(Up::apply(floats.contiguous(kInnermost), weight, factor).contiguous(x.suggest_memory_format()));
}

}  // namespace

char *tx_up_depthwise(tx_tensor x, tx_tensor weight, int64_t factor, tx_tensor *out) {
  return guard([&] { *out = wrap(up_depthwise(maps(x), maps(weight), factor)); });
}
