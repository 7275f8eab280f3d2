// The innermost work of a 3×3 convolution by Winograd's minimal filtering, F(4×4, 3×3)
// (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016):
// of a tile of 6×6 cells d of the input, and weights g, the tile of 4×4 cells is
//
//	Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A
//
// with 36 multiplications for each pair of channels instead of 144. Over channels and
// tiles the products of one of the 36 places are a matrix product. The gradient of g is
//
//	Gᵀ[(Bᵀ d B) ⊙ (A ∂Y Aᵀ)]G
//
// Nothing of libtorch or of the standard library's inline code is used here, for the
// reason that heatmap_strip.h gives. Maps have their channels innermost.
#pragma once

#include <stdint.h>

#include "norm_tile.h"

namespace torchx {

constexpr int kPlaces = 36;

// The polynomials are evaluated at 0, ±a, ±b and infinity. 1 and 2, the usual points,
// need fewer multiplications; these round less, by two fifths on average and to a
// quarter at most, of 64 channels of random numbers.
constexpr double kWinogradA = 5. / 8, kWinogradB = 4. / 3;

// Tiles first, …, end-1 of a batch of maps of images: image by image, row by row. In
// memory there are so many numbers from cell to cell, row to row and image to image.
struct WinogradTiles {
  NormChannels norm;  // of an input, which is normalised as it is read, if scale is not NULL
  int64_t height, width, channels;
  int64_t cell, row, image;
  int64_t first, end;
  float *places;      // those of tile t begin at places + (t-first)*stride, each plane after the one before
  int64_t stride, plane;
};

struct WinogradRead : WinogradTiles {
  const float *map;  // of all images
};

// What is written is the activation of the convolution plus bias and added.
struct WinogradWrite : WinogradTiles {
  const float *bias;   // NULL, or of each channel
  const float *added;  // NULL, or as map
  float *map;
};

struct WinogradKernel {
  void (*input[kActivations])(const WinogradRead &);  // places of the input, Bᵀ d B
  void (*gradient)(const WinogradRead &);             // of the output's gradient, A ∂Y Aᵀ
  // A map, Aᵀ m A, from places, by the activation that follows, which is not kAfterRelu.
  void (*output[kAfterRelu])(const WinogradWrite &);
  // c i,j = Σ_k a[i,k] b[k,j] for kChunk columns; and c i,j += Σ_k a[k,i] b[k,j].
  void (*multiply)(int64_t rows, int64_t depth, const float *a, int64_t stride, const float *b, float *c, int64_t c_stride);
  void (*accumulate)(int64_t rows, int64_t depth, const float *a, int64_t stride, const float *b, int64_t b_stride, float *c);
};
extern const WinogradKernel winograd_baseline, winograd_avx2, winograd_avx512;

// The kernels in use; NULL when libtorch's operators are to be used instead.
const WinogradKernel *winograd_kernel();

}  // namespace torchx
