// The innermost work of convolutions into which normalisations were folded, and of
// what follows them, on a CPU: for inference alone. Nothing of libtorch or of the
// standard library's inline code is used here, for the reason that heatmap_strip.h
// gives.
//
// All maps have their channels innermost.
#pragma once

#include <stdint.h>

#include "norm_tile.h"

namespace torchx {

// Outputs are packed in panels of kChunk; a last one of up to kHalf is half as wide.
constexpr int kHalf = kChunk / 2;

static inline int64_t folded_wide(int64_t outputs) { return round_up(outputs, kHalf); }

// What follows a convolution: y = activation(sum + bias + added).
struct Finish {
  const float *bias;   // of each output, with zeros up to folded_wide
  const float *added;  // NULL, or a row for each row of the result
  int64_t added_stride;
  Activation activation;  // not kAfterRelu
};

// A part of a product of rows,depth and depth,outputs: the depth from begin on. The
// first part begins with the bias, the last one is followed by the rest of the finish.
struct FoldedProduct {
  int64_t rows;
  const float *a;         // row i begins at a + i·stride, with the number begin
  int64_t stride;
  const float *weight;    // panels: whole depth, kChunk or kHalf
  int64_t begin, depth, whole;
  int64_t wide;           // outputs, a multiple of kHalf
  float *c;               // row i begins at c + i·c_stride
  int64_t c_stride;
  Finish finish;

  bool first() const { return begin == 0; }
  bool last() const { return begin + depth == whole; }
};

// The largest kernel of a depthwise convolution, kernel×kernel.
constexpr int kLargestKernel = 5;

// A row of the output of a depthwise convolution with padding kernel/2.
struct FoldedDepthwise {
  int64_t kernel, width, out_width, channels, stride;
  const float *rows[kLargestKernel];  // of the input; of those outside, zeros
  int64_t step;                       // from cell to cell of them
  const float *weight;                // kernel·kernel,C
  Finish finish;                      // without added
  float *y;                           // out_width,C
};

struct FoldedKernel {
  void (*product)(const FoldedProduct &);
  void (*depthwise)(const FoldedDepthwise &);  // of kernel 3 or 5
};
extern const FoldedKernel folded_baseline, folded_avx2, folded_avx512;

// The kernels in use; NULL when libtorch's operators are to be used instead.
const FoldedKernel *folded_kernel();

}  // namespace torchx
