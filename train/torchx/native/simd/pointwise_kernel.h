// The kernels of the 1×1 convolution that reads a normalised map: matrix products of
// a tile of cells, which are normalised just before, in a cache.
#pragma once

#include "norm_kernel.h"
#include "product.h"

namespace torchx {
namespace {

template <int N, Activation A>
void pointwise_forward(const PointwiseForward &t) {
  const float *columns = t.x;
  if (t.norm.scale) {
    for (int64_t i = 0; i < t.rows; i++) activate<N, A>(t.norm, t.channels, t.x + i * t.channels, t.columns + i * t.channels);
    columns = t.columns;
  }
  const int64_t wide = t.panels * kChunk;
  float *to = wide == t.outputs ? t.y : t.sums;
  for (int64_t i = 0; i < t.rows; i++) __builtin_memcpy(to + i * wide, t.bias, wide * sizeof(float));
  for (int64_t panel = 0; panel < t.panels; panel++) {
    product<N, false, true>(t.rows, t.channels, columns, t.channels, t.weight + panel * t.channels * kChunk, to + panel * kChunk, wide);
  }
  if (to == t.y) return;
  for (int64_t i = 0; i < t.rows; i++) __builtin_memcpy(t.y + i * t.outputs, t.sums + i * wide, t.outputs * sizeof(float));
}

// Takes slope, the gradients of n channels of the tile from the first one on, through
// the activation to m; fills in the columns.
template <int N, Activation A>
INLINE void pointwise_pull(const PointwiseBackward &t, int64_t first, int64_t n, const float *slope, float *columns) {
  const float *scale = t.norm.scale + first, *shift = t.norm.shift + first, *mean = t.norm.mean + first;
  float *sum = t.sum + first, *along = t.along + first;
  for (int64_t i = 0; i < t.rows; i++, slope += kChunk, columns += kChunk) {
    const float *x = t.x + i * t.channels + first;
    float *m = t.m + i * t.channels + first;
    channels<N>(n, [&](auto width, int64_t c) {
      constexpr int M = decltype(width)::value;
      const F<M> u = normalised<A>(load<M>(x + c)), z = load<M>(scale + c) * u + load<M>(shift + c);
      const F<M> d = pulled<A>(load<M>(slope + c), z);
      store<M>(columns + c, activated<A>(z));
      store<M>(m + c, d);
      store<M>(sum + c, load<M>(sum + c) + d);
      store<M>(along + c, load<M>(along + c) + d * (u - load<M>(mean + c)));
    });
  }
}

template <int N, Activation A>
void pointwise_backward(const PointwiseBackward &t) {
  alignas(64) float slope[kRowTile * kChunk], columns[kRowTile * kChunk] = {};
  for (int64_t first = 0; first < t.channels; first += kChunk) {
    const int64_t n = t.channels - first < kChunk ? t.channels - first : kChunk;
    const float *weight = t.weight + first * t.outputs;
    product<N, false, false>(t.rows, t.outputs, t.g, t.outputs, weight, slope, kChunk);
    if (t.norm.scale) {
      pointwise_pull<N, A>(t, first, n, slope, columns);
    } else {
      for (int64_t i = 0; i < t.rows; i++) {
        __builtin_memcpy(t.m + i * t.channels + first, slope + i * kChunk, n * sizeof(float));
        __builtin_memcpy(columns + i * kChunk, t.x + i * t.channels + first, n * sizeof(float));
      }
    }
    product<N, true, true>(t.outputs, t.rows, t.g, t.outputs, columns, t.grad_weight + first * t.outputs, kChunk);
  }
}

}  // namespace
}  // namespace torchx
