// The heatmap loss, between its autograd function and the ways to compute it.
#pragma once

#include "guard.h"

namespace torchx {

// Probabilities are kept in [1e-4, 1-1e-4], so logits within ±log(9999); the
// gradient is 0 beyond. Clamping the logit keeps both p and 1-p exact to the
// last bits, which 1-p in float32 would not be.
constexpr float kLimit = 9.2102403669758495;

// What is computed.
struct HeatmapLoss {
  double gamma;
  int weighting;                      // TX_CLASS_WISE, …
  at::Tensor foreground, background;  // C each on the CPU; of TX_EQUALISED
};

// Each way fills grad, laid out as the logits, with the gradient of the loss,
// and returns the loss; both are divided by the number of centres.
double heatmap_operators(const at::Tensor &logits, const at::Tensor &heatmap, const at::Tensor &weights, const HeatmapLoss &loss, at::Tensor &grad);

}  // namespace torchx
