// The heatmap loss with libtorch's operators, for devices without a kernel.
#include "heatmap.h"

namespace torchx {
namespace {

// The weight of every term, in a shape that broadcasts to B,C,H,W.
at::Tensor spread(const at::Tensor &heatmap, const at::Tensor &weights, const HeatmapLoss &loss) {
  const auto w = weights.unsqueeze(2).unsqueeze(3);  // B,C,1,1
  if (loss.weighting == TX_CLASS_WISE) return w;
  const auto most = heatmap.max(1, true);            // B,1,H,W each
  const auto foreground = std::get<0>(most).gt(0);
  if (loss.weighting == TX_LOCATION_WISE) {
    // Of equal values max may name any channel; argmax of the equality names the first.
    const auto first = heatmap.eq(std::get<0>(most)).to(at::kByte).argmax(1, true);
    const auto chosen = weights.unsqueeze(2).expand({-1, -1, first.size(2) * first.size(3)}).gather(1, first.flatten(2)).view(first.sizes());
    return at::where(foreground, chosen, at::ones_like(chosen));
  }
  const auto per_class = [&](const at::Tensor &t) { return t.to(weights.device()).view({1, -1, 1, 1}); };
  const auto away = at::where(foreground, per_class(loss.foreground), per_class(loss.background));
  return w * at::where(heatmap.gt(0), at::ones_like(away), away);
}

}  // namespace

at::Tensor heatmap_operators(const at::Tensor &logits, const at::Tensor &heatmap, const at::Tensor &weights, const HeatmapLoss &loss, at::Tensor &grad) {
  const double gamma = loss.gamma, alpha = loss.alpha;
  const auto x = alpha > 0 ? logits : logits.clamp(-kLimit, kLimit);
  const auto p = at::sigmoid(x), q = at::sigmoid(-x);
  const auto one = heatmap.eq(1);
  const auto factor = alpha > 0 ? at::where(one, q.pow(gamma) * alpha, p.pow(gamma) * (1 - alpha))
                                : at::where(one, q.pow(gamma), (1 - heatmap).pow(4) * p.pow(gamma));
  const auto a = spread(heatmap, weights, loss) * factor;
  const auto l = at::log_sigmoid(at::where(one, x, -x));
  auto slope = at::where(one, gamma * p * a * l - a * q, a * p - gamma * q * a * l);
  if (alpha == 0) slope = slope.masked_fill(logits.abs() > kLimit, 0);
  const auto centres = one.sum().clamp_min(1);
  grad.copy_(slope / centres);
  return (-(a * l).sum(at::kDouble) / centres).to(at::kFloat);
}

}  // namespace torchx
