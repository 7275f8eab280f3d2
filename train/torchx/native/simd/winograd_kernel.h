// The kernels of the 3×3 convolution, written with the compiler's own vectors: a
// source that includes this is compiled for the instruction set it selects.
#pragma once

#include "norm_kernel.h"
#include "product.h"
#include "winograd_tile.h"

namespace torchx {
namespace {

// Powers of the points a and b.
constexpr float a1 = static_cast<float>(kWinogradA), a2 = static_cast<float>(kWinogradA * kWinogradA), a3 = static_cast<float>(kWinogradA * kWinogradA * kWinogradA);
constexpr float b1 = static_cast<float>(kWinogradB), b2 = static_cast<float>(kWinogradB * kWinogradB), b3 = static_cast<float>(kWinogradB * kWinogradB * kWinogradB);
constexpr float both = static_cast<float>(kWinogradA * kWinogradA * kWinogradB * kWinogradB);
constexpr float either = static_cast<float>(kWinogradA * kWinogradA + kWinogradB * kWinogradB);

// Bᵀ applied to six numbers, step apart.
template <typename V>
INLINE void enlarge(Width<6>, const V *d, int step, V *to, int to_step) {
  const V d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
  const V even = d4 - b2 * d2, odd = a1 * (d3 - b2 * d1), even2 = d4 - a2 * d2, odd2 = b1 * (d3 - a2 * d1);
  to[0] = both * d0 - either * d2 + d4;
  to[to_step] = even + odd;
  to[2 * to_step] = even - odd;
  to[3 * to_step] = even2 + odd2;
  to[4 * to_step] = even2 - odd2;
  to[5 * to_step] = both * d1 - either * d3 + d5;
}

// A applied to four numbers: six.
template <typename V>
INLINE void enlarge(Width<4>, const V *d, int step, V *to, int to_step) {
  const V d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step];
  const V even = d0 + a2 * d2, odd = a1 * d1 + a3 * d3, even2 = d0 + b2 * d2, odd2 = b1 * d1 + b3 * d3;
  to[0] = d0;
  to[to_step] = even + odd;
  to[2 * to_step] = even - odd;
  to[3 * to_step] = even2 + odd2;
  to[4 * to_step] = even2 - odd2;
  to[5 * to_step] = d3;
}

// Aᵀ applied to six numbers: four.
template <typename V>
INLINE void through_at(const V *m, int step, V *to, int to_step) {
  const V sum = m[step] + m[2 * step], difference = m[step] - m[2 * step];
  const V sum2 = m[3 * step] + m[4 * step], difference2 = m[3 * step] - m[4 * step];
  to[0] = m[0] + sum + sum2;
  to[to_step] = a1 * difference + b1 * difference2;
  to[2 * to_step] = a2 * sum + b2 * sum2;
  to[3 * to_step] = a3 * difference + b3 * difference2 + m[5 * step];
}

// Where a tile lies: its first cell of the output.
struct WinogradPlace {
  int64_t image, row, column;
};

INLINE WinogradPlace winograd_place(const WinogradTiles &t, int64_t tile) {
  const int64_t across = (t.width + 3) / 4, down = (t.height + 3) / 4;
  return {tile / (across * down), tile / across % down * 4, tile % across * 4};
}

// A channel of cell y,x of an image, normalised, or 0 outside.
template <int M, Activation A>
INLINE F<M> winograd_cell(const WinogradRead &t, const float *image, int64_t y, int64_t x, int64_t c) {
  if (y < 0 || y >= t.height || x < 0 || x >= t.width) return F<M>{};
  const F<M> v = load<M>(image + y * t.row + x * t.cell + c);
  if (!t.norm.scale) return v;
  return activated<A>(load<M>(t.norm.scale + c) * normalised<A>(v) + load<M>(t.norm.shift + c));
}

// Places of tiles of Side×Side cells: 6 of an input, with a cell around what the output
// has, 4 of the output's gradient.
template <int N, int Side, Activation A>
void winograd_read(const WinogradRead &t) {
  constexpr int around = (Side - 4) / 2;
  for (int64_t tile = t.first; tile < t.end; tile++) {
    const auto at = winograd_place(t, tile);
    const float *image = t.map + at.image * t.image;
    float *to = t.places + (tile - t.first) * t.stride;
    channels<N>(t.channels, [&](auto width, int64_t c) {
      constexpr int M = decltype(width)::value;
      F<M> half[6][Side];
      for (int j = 0; j < Side; j++) {
        F<M> column[Side];
#pragma GCC unroll 6
        for (int i = 0; i < Side; i++) column[i] = winograd_cell<M, A>(t, image, at.row - around + i, at.column - around + j, c);
        enlarge(Width<Side>{}, column, 1, &half[0][j], Side);
      }
      for (int i = 0; i < 6; i++) {
        F<M> row[6];
        enlarge(Width<Side>{}, half[i], 1, row, 1);
#pragma GCC unroll 6
        for (int j = 0; j < 6; j++) store<M>(to + (6 * i + j) * t.plane + c, row[j]);
      }
    });
  }
}

template <int N, Activation A>
void winograd_output(const WinogradWrite &t) {
  for (int64_t tile = t.first; tile < t.end; tile++) {
    const auto at = winograd_place(t, tile);
    const int64_t rows = t.height - at.row < 4 ? t.height - at.row : 4, columns = t.width - at.column < 4 ? t.width - at.column : 4;
    const int64_t corner = at.image * t.image + at.row * t.row + at.column * t.cell;
    const float *from = t.places + (tile - t.first) * t.stride;
    channels<N>(t.channels, [&](auto width, int64_t c) {
      constexpr int M = decltype(width)::value;
      F<M> half[4][6];
      for (int j = 0; j < 6; j++) {
        F<M> column[6];
#pragma GCC unroll 6
        for (int i = 0; i < 6; i++) column[i] = load<M>(from + (6 * i + j) * t.plane + c);
        through_at(column, 1, &half[0][j], 6);
      }
      const F<M> bias = t.bias ? load<M>(t.bias + c) : F<M>{};
      for (int i = 0; i < rows; i++) {
        F<M> row[4];
        through_at(half[i], 1, row, 1);
        const int64_t first = corner + i * t.row + c;
        for (int j = 0; j < columns; j++) {
          F<M> z = row[j] + bias;
          if (t.added) z += load<M>(t.added + first + j * t.cell);
          store<M>(t.map + first + j * t.cell, activated<A>(z));
        }
      }
    });
  }
}

template <int N>
void winograd_multiply(int64_t rows, int64_t depth, const float *a, int64_t stride, const float *b, float *c, int64_t c_stride) {
  product<N, false, false>(rows, depth, a, stride, b, c, c_stride);
}

template <int N>
void winograd_accumulate(int64_t rows, int64_t depth, const float *a, int64_t stride, const float *b, int64_t b_stride, float *c) {
  product<N, true, true>(rows, depth, a, stride, b, c, kChunk, b_stride);
}

}  // namespace
}  // namespace torchx

#define WINOGRAD_KERNEL(n)                                                                                                                      \
  {                                                                                                                                             \
    {winograd_read<n, 6, kIdentity>, winograd_read<n, 6, kRelu>, winograd_read<n, 6, kRelu6>, winograd_read<n, 6, kHardswish>,                  \
     winograd_read<n, 6, kAfterRelu>},                                                                                                          \
        winograd_read<n, 4, kIdentity>,                                                                                                         \
        {winograd_output<n, kIdentity>, winograd_output<n, kRelu>, winograd_output<n, kRelu6>, winograd_output<n, kHardswish>},                  \
        winograd_multiply<n>, winograd_accumulate<n>                                                                                            \
  }
