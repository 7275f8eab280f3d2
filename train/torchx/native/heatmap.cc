// The heatmap loss as an autograd function: it computes its gradient with its
// value, so that nothing is left to do for backward.
#include "heatmap.h"
#include "launch.h"
#include "simd/heatmap_cpu.h"

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;
using torchx::guard;
using torchx::HeatmapLoss;
using torchx::tensor;
using torchx::wrap;

namespace {

void check(const at::Tensor &logits, const at::Tensor &heatmap, const at::Tensor &weights, const HeatmapLoss &loss) {
  TORCH_CHECK(logits.dim() == 4, "logits must be B,C,H,W, not ", logits.sizes());
  TORCH_CHECK(heatmap.sizes() == logits.sizes(), "heatmap ", heatmap.sizes(), " differs from logits ", logits.sizes());
  TORCH_CHECK(weights.dim() == 2 && weights.size(0) == logits.size(0) && weights.size(1) == logits.size(1),
              "weights must be B,C for logits ", logits.sizes(), ", not ", weights.sizes());
  for (const auto &t : {logits, heatmap, weights}) {
    TORCH_CHECK(t.scalar_type() == at::kFloat, "the heatmap loss needs numbers of 32 bits, not ", t.scalar_type());
    TORCH_CHECK(t.device() == logits.device(), "logits on ", logits.device(), ", but heatmap or weights on ", t.device());
  }
  TORCH_CHECK(loss.gamma >= 0, "gamma must be at least 0, not ", loss.gamma);
  TORCH_CHECK(loss.alpha >= 0 && loss.alpha < 1, "alpha must be in (0,1), or 0 for the penalty-reduced loss, not ", loss.alpha);
  TORCH_CHECK(loss.weighting != TX_EQUALISED || loss.foreground.size(0) == logits.size(1),
              loss.foreground.size(0), " foreground and background weights for logits ", logits.sizes());
}

// Computes loss and gradient with a kernel of simd/. Logits and gradient have the same
// layout, contiguous or with the channels innermost.
at::Tensor with_kernel(const at::Tensor &logits, const at::Tensor &heatmap, const at::Tensor &weights, const HeatmapLoss &loss, at::Tensor &grad) {
  const auto g = heatmap.contiguous(), w = weights.contiguous();
  torchx::HeatmapArrays a{};
  a.images = logits.size(0), a.classes = logits.size(1), a.cells = logits.size(2) * logits.size(3);
  a.logits = logits.data_ptr<float>(), a.heatmap = g.data_ptr<float>(), a.weights = w.data_ptr<float>();
  a.foreground = loss.foreground.data_ptr<float>(), a.background = loss.background.data_ptr<float>();
  a.grad = grad.data_ptr<float>();
  a.innermost = !logits.is_contiguous();
  a.weighting = loss.weighting;
  a.gamma = static_cast<float>(loss.gamma), a.alpha = static_cast<float>(loss.alpha);
  a.threads = at::get_num_threads();
  return at::full({}, torchx::heatmap_cpu(a, torchx::heatmap_kernel()), logits.options());
}

at::Tensor compute(const at::Tensor &logits, const at::Tensor &heatmap, const at::Tensor &weights, const HeatmapLoss &loss, at::Tensor &grad) {
  if (logits.is_cpu() && torchx::heatmap_kernel() != nullptr) return with_kernel(logits, heatmap, weights, loss, grad);
  if (torchx::device_kernels(logits.device())) return torchx::heatmap_device(logits, heatmap, weights, loss, grad);
  return torchx::heatmap_operators(logits, heatmap, weights, loss, grad);
}

struct Heatmap : Function<Heatmap> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &logits, const at::Tensor &heatmap, const at::Tensor &weights, const HeatmapLoss &loss) {
    check(logits, heatmap, weights, loss);
    const auto x = logits.contiguous(logits.suggest_memory_format());
    auto grad = at::empty_like(x);
    const auto value = compute(x, heatmap, weights, loss, grad);
    ctx->save_for_backward({grad});
    return value;
  }
  static variable_list backward(AutogradContext *ctx, variable_list upstream) {
    auto grad = ctx->get_saved_variables()[0];
    // On a CPU looking at the number is cheap, and mostly it is 1.
    const bool one = upstream[0].is_cpu() && upstream[0].item<float>() == 1;
    return {one ? grad : grad * upstream[0], at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

char *tx_heatmap_loss(tx_tensor logits, tx_tensor heatmap, tx_tensor weights, double gamma, double alpha, int32_t weighting,
                      const float *foreground, const float *background, int32_t n, tx_tensor *out) {
  return guard([&] {
    const auto copy = [&](const float *values) { return at::from_blob(const_cast<float *>(values), {n}).clone(); };
    const HeatmapLoss loss{gamma, alpha, weighting, copy(foreground), copy(background)};
    *out = wrap(Heatmap::apply(tensor(logits).to(at::kFloat), tensor(heatmap), tensor(weights), loss));
  });
}
