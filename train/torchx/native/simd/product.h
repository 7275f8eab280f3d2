// Matrix products of a tile that stays in a cache, for kernels: a source that
// includes this is compiled for the instruction set it selects.
#pragma once

#include "chunk.h"
#include "lanes.h"

namespace torchx {
namespace {

// The rows of a product that are held in registers, two vectors each.
template <int N>
constexpr int kRows = N == 16 ? 12 : 6;

// R rows of a product, of 2N columns:
//
//	c[i,j] (+)= Σ_k a[i,k]·b[k,j]
//
// a[i,k] is a[i*stride+k], or transposed a[i+k*stride]; a row of b follows the one
// before after b_stride numbers, of c after c_stride.
template <int N, int R, bool Transposed, bool Add>
INLINE void product_rows(int64_t depth, const float *a, int64_t stride, const float *b, int64_t b_stride, float *c, int64_t c_stride) {
  F<N> sum[R][2];
#pragma GCC unroll 16
  for (int i = 0; i < R; i++) {
    for (int j = 0; j < 2; j++) sum[i][j] = Add ? load<N>(c + i * c_stride + j * N) : F<N>{};
  }
  for (int64_t k = 0; k < depth; k++) {
    const F<N> left = load<N>(b), right = load<N>(b + N);
#pragma GCC unroll 16
    for (int i = 0; i < R; i++) {
      const F<N> factor = (Transposed ? a[i] : a[i * stride]) - F<N>{};
      sum[i][0] += factor * left;
      sum[i][1] += factor * right;
    }
    a += Transposed ? stride : 1;
    b += b_stride;
  }
#pragma GCC unroll 16
  for (int i = 0; i < R; i++) {
    for (int j = 0; j < 2; j++) store<N>(c + i * c_stride + j * N, sum[i][j]);
  }
}

// R rows of a product, of kChunk columns, as long as there are so many left.
template <int N, int R, bool Transposed, bool Add>
int64_t product_part(int64_t begin, int64_t rows, int64_t depth, const float *a, int64_t stride, const float *b, int64_t b_stride, float *c, int64_t c_stride) {
  int64_t i = begin;
  for (; i + R <= rows; i += R) {
    for (int j = 0; j < kChunk; j += 2 * N) {
      product_rows<N, R, Transposed, Add>(depth, a + (Transposed ? i : i * stride), stride, b + j, b_stride, c + i * c_stride + j, c_stride);
    }
  }
  return i;
}

// All rows of a product.
template <int N, bool Transposed, bool Add>
void product(int64_t rows, int64_t depth, const float *a, int64_t stride, const float *b, float *c, int64_t c_stride, int64_t b_stride = kChunk) {
  int64_t i = product_part<N, kRows<N>, Transposed, Add>(0, rows, depth, a, stride, b, b_stride, c, c_stride);
  i = product_part<N, 4, Transposed, Add>(i, rows, depth, a, stride, b, b_stride, c, c_stride);
  product_part<N, 1, Transposed, Add>(i, rows, depth, a, stride, b, b_stride, c, c_stride);
}

}  // namespace
}  // namespace torchx
