// The heatmap loss, between its autograd function and libtorch's operators.
#pragma once

#include "guard.h"
#include "simd/heatmap_strip.h"

namespace torchx {

// What is computed.
struct HeatmapLoss {
  double gamma;
  double alpha;                       // in (0,1): α-balanced; 0: penalty-reduced
  int weighting;                      // TX_CLASS_WISE, …
  at::Tensor foreground, background;  // C each on the CPU; of TX_EQUALISED
};

// Fill grad, of the shape and layout of the logits, with the gradient of the loss, and
// return the loss, a number on their device; both are divided by the number of centres.
// The first does it with libtorch's operators, the second with the kernels of cuda/.
at::Tensor heatmap_operators(const at::Tensor &logits, const at::Tensor &heatmap, const at::Tensor &weights, const HeatmapLoss &loss, at::Tensor &grad);
at::Tensor heatmap_device(const at::Tensor &logits, const at::Tensor &heatmap, const at::Tensor &weights, const HeatmapLoss &loss, at::Tensor &grad);

}  // namespace torchx
