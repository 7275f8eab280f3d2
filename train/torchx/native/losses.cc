// The losses as autograd functions: each computes its gradient in the same
// pass as its value, so that backward is one multiplication.
#include <ATen/Parallel.h>

#include "guard.h"

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;
using torchx::guard;
using torchx::tensor;
using torchx::wrap;

namespace {

// Probabilities are kept in [1e-4, 1-1e-4], so logits within ±log(9999); the
// gradient is 0 beyond. Clamping the logit keeps both p and 1-p exact to the
// last bits, which 1-p in float32 would not be.
constexpr float kLimit = 9.2102403669758495;

struct Cell {
  float loss, grad;  // grad: d loss / d logit
};

// One heatmap cell: x logit, g heatmap value in [0,1].
inline Cell focal_cell(float x, float g, float gamma) {
  const bool open = std::abs(x) < kLimit;
  x = std::min(std::max(x, -kLimit), kLimit);
  const float e = std::exp(-std::abs(x)), larger = 1 / (1 + e), smaller = e * larger;
  const float log_larger = -std::log1p(e);
  const float p = x < 0 ? smaller : larger, q = x < 0 ? larger : smaller;
  const float log_p = log_larger + std::min(x, 0.0f), log_q = log_larger - std::max(x, 0.0f);
  if (g == 1) {
    const float a = gamma == 2 ? q * q : std::pow(q, gamma);
    return {-a * log_p, open ? gamma * p * a * log_p - a * q : 0};
  }
  const float r = 1 - g;
  const float a = r * r * r * r * (gamma == 2 ? p * p : std::pow(p, gamma));
  return {-a * log_q, open ? a * p - gamma * q * a * log_q : 0};
}

void check_heatmap(const at::Tensor &logits, const at::Tensor &heatmap, const at::Tensor &weights) {
  TORCH_CHECK(logits.dim() == 4, "logits must be B,C,H,W, not ", logits.sizes());
  TORCH_CHECK(heatmap.sizes() == logits.sizes(), "heatmap ", heatmap.sizes(), " differs from logits ", logits.sizes());
  TORCH_CHECK(weights.dim() == 2 && weights.size(0) == logits.size(0) && weights.size(1) == logits.size(1),
              "weights must be B,C for logits ", logits.sizes(), ", not ", weights.sizes());
}

// Fills grad (B,C,H,W) and returns {loss, number of positives}, neither divided.
std::pair<double, int64_t> focal_cpu(const at::Tensor &logits, const at::Tensor &heatmap, const at::Tensor &weights, float gamma, at::Tensor &grad) {
  const int64_t planes = logits.size(0) * logits.size(1), cells = logits.size(2) * logits.size(3);
  const float *x = logits.data_ptr<float>(), *g = heatmap.data_ptr<float>(), *w = weights.data_ptr<float>();
  float *d = grad.data_ptr<float>();
  std::vector<double> losses(planes);
  std::vector<int64_t> positives(planes);
  at::parallel_for(0, planes, 1, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; k++) {
      double sum = 0;
      int64_t ones = 0;
      for (int64_t i = k * cells; i < (k + 1) * cells; i++) {
        const Cell c = focal_cell(x[i], g[i], gamma);
        sum += c.loss;
        d[i] = w[k] * c.grad;
        ones += g[i] == 1;
      }
      losses[k] = w[k] * sum;
      positives[k] = ones;
    }
  });
  double loss = 0;
  int64_t ones = 0;
  for (int64_t k = 0; k < planes; k++) {
    loss += losses[k];
    ones += positives[k];
  }
  return {loss, ones};
}

// The same with libtorch's operators, for other devices.
std::pair<double, int64_t> focal_operators(const at::Tensor &logits, const at::Tensor &heatmap, const at::Tensor &weights, double gamma, at::Tensor &grad) {
  const auto x = logits.clamp(-kLimit, kLimit);
  const auto p = at::sigmoid(x), q = at::sigmoid(-x);
  const auto one = heatmap.eq(1);
  const auto open = logits.abs() < kLimit;
  const auto w = weights.unsqueeze(2).unsqueeze(3);
  const auto a = at::where(one, q.pow(gamma), (1 - heatmap).pow(4) * p.pow(gamma));
  const auto l = at::log_sigmoid(at::where(one, x, -x));
  const auto slope = at::where(one, gamma * p * a * l - a * q, a * p - gamma * q * a * l);
  grad.copy_(w * slope * open);
  return {-(w * a * l).sum(at::kDouble).item<double>(), one.sum().item<int64_t>()};
}

struct FocalHeatmap : Function<FocalHeatmap> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &logits, const at::Tensor &heatmap, const at::Tensor &weights, double gamma) {
    check_heatmap(logits, heatmap, weights);
    const auto x = logits.contiguous(), g = heatmap.contiguous(), w = weights.contiguous();
    auto grad = at::empty_like(x);
    const auto sum = x.is_cpu() ? focal_cpu(x, g, w, gamma, grad) : focal_operators(x, g, w, gamma, grad);
    const double scale = 1.0 / std::max<int64_t>(1, sum.second);
    grad.mul_(scale);
    ctx->save_for_backward({grad});
    return at::full({}, sum.first * scale, x.options());
  }
  static variable_list backward(AutogradContext *ctx, variable_list upstream) {
    return {ctx->get_saved_variables()[0] * upstream[0], at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

// Written with libtorch's operators: it touches only the cells of objects.
at::Tensor gather_l1(const at::Tensor &prediction, const at::Tensor &index, const at::Tensor &target, const at::Tensor &mask) {
  TORCH_CHECK(prediction.dim() == 4 && index.dim() == 2 && target.dim() == 3 && mask.dim() == 2,
              "gather_l1 needs B,D,H,W, B,M, B,M,D and B,M, not ", prediction.sizes(), ", ", index.sizes(), ", ", target.sizes(), " and ", mask.sizes());
  const int64_t depth = prediction.size(1);
  const auto cells = prediction.flatten(2);                                     // B,D,HW
  const auto where = index.unsqueeze(1).expand({-1, depth, -1});                // B,D,M
  const auto found = cells.gather(2, where).transpose(1, 2);                    // B,M,D
  const auto error = ((found - target).abs() * mask.unsqueeze(2)).sum();
  return error / (depth * mask.sum() + 1e-4);
}

}  // namespace

char *tx_focal_heatmap(tx_tensor logits, tx_tensor heatmap, tx_tensor weights, double gamma, tx_tensor *out) {
  return guard([&] { *out = wrap(FocalHeatmap::apply(tensor(logits), tensor(heatmap), tensor(weights), gamma)); });
}

char *tx_gather_l1(tx_tensor prediction, tx_tensor index, tx_tensor target, tx_tensor mask, tx_tensor *out) {
  return guard([&] { *out = wrap(gather_l1(tensor(prediction), tensor(index), tensor(target), tensor(mask))); });
}
