// The innermost work of the deformable convolution on a CPU: a tile of output
// pixels of one image. Nothing of libtorch or of the standard library's inline
// code is used here, for the reason that heatmap_strip.h gives.
//
// All arrays have the channels innermost. The input's channels are a multiple
// of kChunk; deform_cpu.cc adds zeros where they are not.
#pragma once

#include <stdint.h>

#include "chunk.h"

namespace torchx {

constexpr int kTile = 96;         // pixels of a tile, a multiple of the kernels' rows
constexpr int kBlock = 256;       // channels sampled at a time in forward, a multiple of kChunk
constexpr int kColumn = kBlock + 16;  // numbers from row to row of them: no power of two, which would fill few sets of a cache

// Where the taps of an image's output pixels look. The point of pixel oy,ox and
// tap i,j is
//
//	y = oy·stride − padding + i·dilation + Δy
//	x = ox·stride − padding + j·dilation + Δx
struct DeformGeometry {
  int64_t height, width;  // of the input
  int64_t out_width;
  int64_t kernel_width, taps;
  int64_t stride, padding, dilation;
  bool logits;  // the masks are to go through a sigmoid
};

// The numbers of an image with a channel for each of its taps, in any layout:
// channel c of pixel p is data[c*channel + p*pixel].
struct DeformPlanes {
  float *data;
  int64_t channel, pixel;
};

// Pixels first, …, first+pixels-1 of the output of an image.
struct DeformTile {
  const DeformGeometry *geometry;
  int64_t first, pixels;
  DeformPlanes offset, mask;  // 2·taps (Δy, Δx of each), taps
  const float *x;             // of the image; for backward at the chunk's first channel
  int64_t channels;           // of x, from pixel to pixel
  int64_t outputs;            // O
};

// A tile of the output.
struct DeformForward : DeformTile {
  const float *weight;  // panels,taps,channels,kChunk: a panel has kChunk outputs
  int64_t panels;
  const float *zeros;   // kBlock of them
  float *columns;       // kTile,kColumn: room to work in
  float *sums;          // kTile,panels·kChunk: holds the bias and receives the output
};

// A tile of the gradients of a chunk of kChunk channels.
struct DeformBackward : DeformTile {
  const float *grad_out;  // of the tile's pixels, outputs from pixel to pixel
  const float *weight;    // of the chunk: taps,outputs,kChunk
  float *grad_weight;     // likewise; the tile's share is added
  float *grad_x;          // as x; the tile's share is added
  float *slopes;          // taps,pixels,4 from tap to tap slope_tap: receives the
  int64_t slope_tap;      // chunk's sum of gradient times value, ∂value/∂y, ∂value/∂x, and 0
};

// A set of kernels for one instruction set.
struct DeformKernel {
  void (*forward)(const DeformForward &);
  void (*backward)(const DeformBackward &);
};
extern const DeformKernel deform_baseline, deform_avx2, deform_avx512;

// The kernels in use; NULL when libtorch's operators are to be used instead.
const DeformKernel *deform_kernel();

// The factor of a tap: the mask, or its sigmoid.
static inline float deform_mask(const DeformGeometry &g, float mask) {
  return g.logits ? 1 / (1 + __builtin_expf(-mask)) : mask;
}

}  // namespace torchx
