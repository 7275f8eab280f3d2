// The innermost work of the heatmap loss on a CPU: a strip of cells of one
// channel of one image. Nothing of libtorch or of the standard library's inline
// code is used here, so that compiling it for several instruction sets leaves
// no function behind that another part of the program could be linked to.
#pragma once

#include <stdint.h>

namespace torchx {

// The largest float32 below log(9999): the penalty-reduced loss keeps
// probabilities in [1e-4, 1-1e-4], and its gradient is 0 beyond. Clamping the logit keeps both p
// and 1-p exact to the last bits, which 1-p in float32 would not be.
constexpr float kLimit = 9.21024036f;

constexpr int kGroup = 16;  // cells that share a mark

struct Strip {
  const float *x, *g;      // logits and heatmap
  float *d;                // receives the gradient
  const uint8_t *touched;  // for each group of cells: is a heatmap value not 0?
  const float *place;      // for each cell; location-wise: the weight; equalised: 1 at foreground, 0 at background
  int64_t cells;
  int weighting;                 // TX_CLASS_WISE, …
  float weight;                  // of the class in the image
  float foreground, background;  // the same away from the class's objects; equalised
  float gamma, scale;            // the gradient is multiplied by scale, the sum is not
  float alpha;                   // of the α-balanced loss; 0: the penalty-reduced one
};

// Returns the weighted sum of the strip's terms.
using StripKernel = double (*)(const Strip &);
double heatmap_strip_baseline(const Strip &s);
double heatmap_strip_avx2(const Strip &s);
double heatmap_strip_avx512(const Strip &s);

}  // namespace torchx
