// The kernel of the deformable convolution, written with the compiler's own
// vectors: a source that includes it is compiled for the instruction set it
// selects.
//
// Nearly all of the time goes into three matrix products, forward one and
// backward two, each of a tile of pixels and one tap:
//
//	output      P×O  +=  columns P×C   · weight C×O
//	∂columns    P×C   =  ∂output P×O   · weightᵀ O×C
//	∂weight     O×C  +=  ∂outputᵀ O×P  · columns P×C
//
// where a row of columns is what the tap sees at a pixel, all channels, times
// the mask. They are made just before they are needed, so they stay in a cache.
#pragma once

#include "deform_tile.h"
#include "product.h"

namespace torchx {
namespace {

// Where a tap looks at a pixel.
struct Point {
  int64_t corner[4];  // the pixels at ⌊y⌋,⌊x⌋, to its right, below and right below; -1: outside, its values are 0
  float weight[4];    // of the corners
  float down, right;  // y−⌊y⌋, x−⌊x⌋
  float mask;
};

// Fills in the corners of y,x. Outside the open ranges (−1,H) and (−1,W) a tap
// sees nothing; inside, corners beyond the border count as 0. At −1 it sees
// nothing either, but is about to, and its gradient says so. A point that is not
// a number gives one corner that weight, so that it shows in the output.
INLINE void locate(Point *p, const DeformGeometry &g, float y, float x) {
  for (int i = 0; i < 4; i++) p->corner[i] = -1, p->weight[i] = 0;
  p->down = p->right = 0;
  if (!(y == y && x == x)) {
    p->corner[0] = 0;
    p->weight[0] = p->down = p->right = y + x;
    return;
  }
  if (!(y >= -1 && y < g.height && x >= -1 && x < g.width)) return;
  const float top = __builtin_floorf(y), left = __builtin_floorf(x);
  const float down = y - top, right = x - left;
  const int64_t row = static_cast<int64_t>(top), column = static_cast<int64_t>(left), at = row * g.width + column;
  const bool above = row >= 0, below = row + 1 < g.height, before = column >= 0, after = column + 1 < g.width;
  if (above && before) p->corner[0] = at;
  if (above && after) p->corner[1] = at + 1;
  if (below && before) p->corner[2] = at + g.width;
  if (below && after) p->corner[3] = at + g.width + 1;
  p->weight[0] = (1 - down) * (1 - right);
  p->weight[1] = (1 - down) * right;
  p->weight[2] = down * (1 - right);
  p->weight[3] = down * right;
  p->down = down;
  p->right = right;
}

// The points of a tap in a tile.
INLINE void points(const DeformTile &t, int64_t tap, Point *to) {
  const DeformGeometry &g = *t.geometry;
  const float *dy = t.offset.data + 2 * tap * t.offset.channel, *dx = dy + t.offset.channel;
  const float *mask = t.mask.data + tap * t.mask.channel;
  const int64_t i = tap / g.kernel_width * g.dilation - g.padding, j = tap % g.kernel_width * g.dilation - g.padding;
  int64_t row = t.first / g.out_width, column = t.first % g.out_width;
  for (int64_t n = 0; n < t.pixels; n++) {
    const int64_t p = t.first + n;
    locate(to + n, g, static_cast<float>(row * g.stride + i) + dy[p * t.offset.pixel], static_cast<float>(column * g.stride + j) + dx[p * t.offset.pixel]);
    to[n].mask = deform_mask(g, mask[p * t.mask.pixel]);
    if (++column == g.out_width) column = 0, row++;
  }
}

// What a tap sees of n channels from the first one on, times the mask.
template <int N>
INLINE void sample(const DeformForward &t, const Point *at, int64_t channel, int64_t n) {
  float *to = t.columns;
  for (int64_t i = 0; i < t.pixels; i++, to += kColumn) {
    const Point &p = at[i];
    const float *from[4];
    F<N> weight[4];
    for (int j = 0; j < 4; j++) {
      from[j] = p.corner[j] < 0 ? t.zeros : t.x + p.corner[j] * t.channels + channel;
      weight[j] = F<N>{} + p.mask * p.weight[j];
    }
    for (int64_t c = 0; c < n; c += N) {
      store<N>(to + c, (weight[0] * load<N>(from[0] + c) + weight[1] * load<N>(from[1] + c)) +
                           (weight[2] * load<N>(from[2] + c) + weight[3] * load<N>(from[3] + c)));
    }
  }
}

template <int N>
void deform_forward(const DeformForward &t) {
  Point at[kTile];
  const int64_t taps = t.geometry->taps;
  for (int64_t tap = 0; tap < taps; tap++) {
    points(t, tap, at);
    for (int64_t channel = 0; channel < t.channels; channel += kBlock) {
      const int64_t n = t.channels - channel < kBlock ? t.channels - channel : kBlock;
      sample<N>(t, at, channel, n);
      for (int64_t panel = 0; panel < t.panels; panel++) {
        const float *weight = t.weight + ((panel * taps + tap) * t.channels + channel) * kChunk;
        product<N, false, true>(t.pixels, n, t.columns, kColumn, weight, t.sums + panel * kChunk, t.panels * kChunk);
      }
    }
  }
}

// The sum of N numbers in every fourth.
template <int N>
INLINE F<4> fold(F<N> v) {
  F<4> part[N / 4], total;
  __builtin_memcpy(part, &v, sizeof v);
  total = part[0];
  for (int i = 1; i < N / 4; i++) total += part[i];
  return total;
}

// The sums of a, of b and of c, and 0.
INLINE F<4> sums(F<4> a, F<4> b, F<4> c) {
  const F<4> ab = F<4>{a[0], b[0], a[1], b[1]} + F<4>{a[2], b[2], a[3], b[3]};
  const F<4> c0 = F<4>{c[0], 0, c[1], 0} + F<4>{c[2], 0, c[3], 0};
  return F<4>{ab[0], ab[1], c0[0], c0[1]} + F<4>{ab[2], ab[3], c0[2], c0[3]};
}

// Takes the gradients of a tap's columns, slope, to the pixels it sees; fills
// in the columns and the slopes. With v the corners' values,
//
//	value     = Σ weight·v
//	∂value/∂y = (1−right)(v₂−v₀) + right(v₃−v₁)
//	∂value/∂x = (1−down)(v₁−v₀) + down(v₃−v₂)
template <int N>
INLINE void spread(const DeformBackward &t, const Point *at, const float *slope, float *columns, float *slopes) {
  const float zeros[kChunk] = {};
  float nowhere[kChunk] = {};
  for (int64_t i = 0; i < t.pixels; i++, slope += kChunk, columns += kChunk, slopes += 4) {
    const Point &p = at[i];
    const float *from[4];
    float *to[4];
    F<N> weight[4], dot[4];
    for (int j = 0; j < 4; j++) {
      const int64_t offset = p.corner[j] * t.channels;
      from[j] = p.corner[j] < 0 ? zeros : t.x + offset;
      to[j] = p.corner[j] < 0 ? nowhere : t.grad_x + offset;
      weight[j] = F<N>{} + p.mask * p.weight[j];
      dot[j] = F<N>{};
    }
#pragma GCC unroll 8
    for (int c = 0; c < kChunk; c += N) {
      const F<N> s = load<N>(slope + c);
      F<N> column = {};
#pragma GCC unroll 4
      for (int j = 0; j < 4; j++) {
        const F<N> v = load<N>(from[j] + c);
        dot[j] += s * v;
        column += weight[j] * v;
        store<N>(to[j] + c, load<N>(to[j] + c) + weight[j] * s);
      }
      store<N>(columns + c, column);
    }
    F<4> d[4];
    for (int j = 0; j < 4; j++) d[j] = fold<N>(dot[j]);
    store<4>(slopes, sums(p.weight[0] * d[0] + p.weight[1] * d[1] + p.weight[2] * d[2] + p.weight[3] * d[3],
                          (1 - p.right) * (d[2] - d[0]) + p.right * (d[3] - d[1]),
                          (1 - p.down) * (d[1] - d[0]) + p.down * (d[3] - d[2])));
  }
}

template <int N>
void deform_backward(const DeformBackward &t) {
  Point at[kTile];
  alignas(64) float slope[kTile * kChunk], columns[kTile * kChunk];
  for (int64_t tap = 0; tap < t.geometry->taps; tap++) {
    const int64_t panel = tap * t.outputs * kChunk;
    points(t, tap, at);
    product<N, false, false>(t.pixels, t.outputs, t.grad_out, t.outputs, t.weight + panel, slope, kChunk);
    spread<N>(t, at, slope, columns, t.slopes + tap * t.slope_tap);
    product<N, true, true>(t.outputs, t.pixels, t.grad_out, t.outputs, columns, t.grad_weight + panel, kChunk);
  }
}

}  // namespace
}  // namespace torchx
