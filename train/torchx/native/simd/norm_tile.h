// The innermost work of batch normalisation, of the activation that follows it,
// and of the convolutions that read their result, on a CPU. Nothing of libtorch or
// of the standard library's inline code is used here, for the reason that
// heatmap_strip.h gives.
//
// All arrays have the channels innermost: a row is a cell of a map, with all
// channels.
#pragma once

#include <stdint.h>

#include "chunk.h"

namespace torchx {

// What becomes of x: with u = x, or max(x, 0) for kAfterRelu, and z = scale·u + shift
// per channel, it is z itself, or of z the activation's value.
enum Activation { kIdentity, kRelu, kRelu6, kHardswish, kAfterRelu, kActivations };

// A normalisation's numbers of each channel. Where there is none, scale is NULL.
struct NormChannels {
  const float *scale, *shift;  // of z
  const float *mean;           // what u is measured from in sums
};

// Some rows of a map.
struct NormRows {
  NormChannels norm;
  int64_t rows, channels;
  const float *x;
};

// Adds the sums of u-mean and of its square.
struct NormMoments : NormRows {
  float *sum, *squares;  // C
};

struct NormForward : NormRows {
  const float *added;  // NULL, or what is added to z before the activation
  float *y;
};

// The gradient g of the result is that of z times the activation's slope, called m.
struct NormBackward : NormRows {
  const float *y;  // NULL, or the result, where something was added: it has the slopes
  const float *g;
};

// Adds the sums of m and of m·(u-mean).
struct NormReduce : NormBackward {
  float *sum, *along;
};

// dx = factor·m + slope·(u-mean) + constant, and 0 where kAfterRelu cuts.
struct NormFinish : NormBackward {
  const float *factor, *slope, *constant;
  float *dx;
  float *m;  // NULL, or receives m
};

// A depthwise 3×3 convolution with padding 1 of what a normalisation makes of an
// image's map x, H×W, read at stride 1 or 2.
struct DepthwiseMap {
  NormChannels norm;
  int64_t height, width, channels, stride;
  const float *x;
  const float *weight;  // 9,C
  float *room;          // depthwise_room() numbers: rows in work

  int64_t out_height() const { return (height - 1) / stride + 1; }
  int64_t out_width() const { return (width - 1) / stride + 1; }
};

// Rows first, …, end-1 of the output y of the image.
struct DepthwiseForward : DepthwiseMap {
  int64_t first, end;
  float *y;
};

// Rows first, …, end-1 of m, the gradient of z (of x, without a normalisation).
struct DepthwiseBackward : DepthwiseMap {
  int64_t first, end;
  const float *g;       // of the image's output
  float *m;             // of the image
  float *grad_weight;   // 9,C: the rows' share is added
  float *sum, *along;   // C: the sums of m and of m·(u-mean) are added
};

// A 1×1 convolution, of a tile of rows.
constexpr int kRowTile = 96;  // a multiple of the products' rows

struct PointwiseForward : NormRows {
  int64_t outputs, panels;
  const float *weight;  // panels,C,kChunk: a panel has kChunk outputs
  const float *bias;    // panels·kChunk
  float *columns;       // kRowTile,C: room to work in
  float *sums;          // kRowTile,panels·kChunk: likewise
  float *y;             // rows,outputs
};

struct PointwiseBackward : NormRows {
  int64_t outputs;
  const float *g;       // rows,outputs
  const float *weight;  // chunks,outputs,kChunk: a chunk has kChunk channels
  float *grad_weight;   // likewise: the tile's share is added
  float *m;             // as x
  float *sum, *along;   // C: as of DepthwiseBackward
};

// The kernels for one instruction set, by activation.
struct NormKernel {
  void (*moments[kActivations])(const NormMoments &);
  void (*forward[kActivations])(const NormForward &);
  void (*reduce[kActivations])(const NormReduce &);
  void (*finish[kActivations])(const NormFinish &);
  void (*depthwise[kActivations])(const DepthwiseForward &);
  void (*depthwise_backward[kActivations])(const DepthwiseBackward &);
  void (*pointwise[kActivations])(const PointwiseForward &);
  void (*pointwise_backward[kActivations])(const PointwiseBackward &);
};
extern const NormKernel norm_baseline, norm_avx2, norm_avx512;

// The kernels in use; NULL when libtorch's operators are to be used instead.
const NormKernel *norm_kernel();

// The room that rows of a depthwise convolution need: three, with a cell on either side.
static inline int64_t depthwise_room(int64_t width, int64_t channels) { return 3 * (width + 2) * channels; }

}  // namespace torchx
