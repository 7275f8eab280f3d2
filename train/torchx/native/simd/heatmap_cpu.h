// The heatmap loss on a CPU, and the choice among its kernels.
#pragma once

#include "heatmap_strip.h"

namespace torchx {

// What is computed. Sizes: B images, C classes, N cells.
struct HeatmapArrays {
  int64_t images, classes, cells;
  const float *logits, *heatmap;         // B,C,N
  const float *weights;                  // B,C
  const float *foreground, *background;  // C; of TX_EQUALISED
  float *grad;                           // receives the gradient: B,C,N
  bool innermost;                        // logits and gradient lie as B,N,C instead
  int weighting;                         // TX_CLASS_WISE, …
  float gamma, alpha;
  int threads;
};

// Returns the loss.
double heatmap_cpu(const HeatmapArrays &arrays, StripKernel kernel);

// The kernel in use; NULL when libtorch's operators are to be used instead.
StripKernel heatmap_kernel();

}  // namespace torchx
