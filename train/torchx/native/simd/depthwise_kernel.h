// The kernels of the depthwise 3×3 convolution that reads a normalised map. Each row
// of the input is normalised once for a band of rows, and stays in a cache.
#pragma once

#include "norm_kernel.h"

namespace torchx {
namespace {

// Three rows of a map in work, with a cell of zeros on either side.
struct Window {
  float *room;
  int64_t width, channels;
  int64_t row[3] = {-3, -3, -3};  // the row that each place holds; rows begin at -1

  Window(float *r, int64_t w, int64_t c) : room(r), width(w), channels(c) {
    for (int i = 0; i < 3; i++) {
      float *to = place(i);
      for (int64_t n = 0; n < c; n++) to[n] = to[(w + 1) * c + n] = 0;
    }
  }
  float *place(int64_t i) const { return room + i * (width + 2) * channels; }

  // The cell left of the first of a row, which fill(first cell) makes if it is not there.
  template <typename Fill>
  INLINE const float *at(int64_t i, int64_t rows, const Fill &fill) {
    const int64_t n = (i + 3) % 3;
    float *to = place(n);
    if (row[n] == i) return to;
    row[n] = i;
    if (i >= 0 && i < rows) {
      fill(to + channels);
    } else {
      for (int64_t c = channels; c < (width + 1) * channels; c++) to[c] = 0;
    }
    return to;
  }
};

// A row of the output from three of the input.
template <int M>
INLINE void depthwise_row(const DepthwiseForward &t, const float *const *rows, float *y, int64_t c) {
  F<M> w[9];
#pragma GCC unroll 9
  for (int k = 0; k < 9; k++) w[k] = load<M>(t.weight + k * t.channels + c);
  const int64_t step = t.stride * t.channels, columns = t.out_width();
  const float *a = rows[0] + c, *b = rows[1] + c, *d = rows[2] + c;
  y += c;
  for (int64_t j = 0; j < columns; j++) {
    F<M> v = {};
#pragma GCC unroll 3
    for (int k = 0; k < 3; k++) {
      v += w[k] * load<M>(a + k * t.channels);
      v += w[3 + k] * load<M>(b + k * t.channels);
      v += w[6 + k] * load<M>(d + k * t.channels);
    }
    store<M>(y, v);
    a += step, b += step, d += step, y += t.channels;
  }
}

template <int N, Activation A>
void depthwise_forward(const DepthwiseForward &t) {
  Window window(t.room, t.width, t.channels);
  for (int64_t o = t.first; o < t.end; o++) {
    const float *rows[3];
    for (int k = 0; k < 3; k++) {
      const int64_t i = o * t.stride - 1 + k;
      rows[k] = window.at(i, t.height, [&](float *to) {
        for (int64_t j = 0; j < t.width; j++) activate<N, A>(t.norm, t.channels, t.x + (i * t.width + j) * t.channels, to + j * t.channels);
      });
    }
    float *y = t.y + o * t.out_width() * t.channels;
    channels<N>(t.channels, [&](auto width, int64_t c) { depthwise_row<decltype(width)::value>(t, rows, y, c); });
  }
}

// M channels in work: what they are normalised and convolved with, and their sums.
template <int M>
struct DepthwiseSums {
  F<M> scale = {}, shift = {}, mean = {}, weight[9], grad[9] = {}, sum = {}, along = {};
};

// A cell x of the input, seen through these taps by the cells of the output whose
// gradients are g.
template <int M, Activation A, int Taps>
INLINE void depthwise_cell(const DepthwiseBackward &t, DepthwiseSums<M> &s, const float *x, float *m, const int (&tap)[Taps], const float *const (&g)[Taps]) {
  const F<M> v = load<M>(x), u = normalised<A>(v);
  const F<M> z = t.norm.scale ? s.scale * u + s.shift : u, value = t.norm.scale ? activated<A>(z) : v;
  F<M> d = {};
#pragma GCC unroll 9
  for (int k = 0; k < Taps; k++) {
    const F<M> slope = load<M>(g[k]);
    d += slope * s.weight[tap[k]];
    s.grad[tap[k]] += slope * value;
  }
  if (t.norm.scale) {
    d = pulled<A>(d, z);
    s.sum += d;
    s.along += d * (u - s.mean);
  }
  store<M>(m, d);
}

// A row i of the input at stride 1: tap r,s is that of the output's cell i+1-r,j+1-s.
// rows hold g of rows i+1, i and i-1, from the cell left of the first.
template <int M, Activation A>
INLINE void depthwise_row_backward(const DepthwiseBackward &t, DepthwiseSums<M> &s, const float *const *rows, const float *x, float *m) {
  constexpr int tap[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
  for (int64_t j = 0; j < t.width; j++) {
    const float *g[9];
#pragma GCC unroll 9
    for (int k = 0; k < 9; k++) g[k] = rows[k / 3] + (j + 2 - k % 3) * t.channels;
    depthwise_cell<M, A>(t, s, x + j * t.channels, m + j * t.channels, tap, g);
  }
}

// A row i of the input at stride 2. An even one is seen by tap row 1 of the output's
// row i/2, an odd one by tap rows 0 and 2 of rows (i+1)/2 and (i-1)/2, which rows
// hold; columns alike.
template <int M, Activation A, int R>
INLINE void depthwise_row_halved(const DepthwiseBackward &t, DepthwiseSums<M> &s, const float *const *rows, const float *x, float *m) {
  const int64_t c = t.channels;
  for (int64_t j = 0; j < t.width; j++, x += c, m += c) {
    if (j % 2 == 0) {
      int tap[R];
      const float *g[R];
#pragma GCC unroll 2
      for (int r = 0; r < R; r++) tap[r] = (R == 1 ? 1 : 2 * r) * 3 + 1, g[r] = rows[r] + (j / 2 + 1) * c;
      depthwise_cell<M, A>(t, s, x, m, tap, g);
    } else {
      int tap[2 * R];
      const float *g[2 * R];
#pragma GCC unroll 2
      for (int r = 0; r < R; r++) {
        tap[2 * r] = (R == 1 ? 1 : 2 * r) * 3, tap[2 * r + 1] = tap[2 * r] + 2;
        g[2 * r] = rows[r] + ((j + 1) / 2 + 1) * c, g[2 * r + 1] = g[2 * r] - c;
      }
      depthwise_cell<M, A>(t, s, x, m, tap, g);
    }
  }
}

template <int N, Activation A>
void depthwise_backward(const DepthwiseBackward &t) {
  const int64_t wide = t.out_width(), tall = t.out_height();
  Window window(t.room, wide, t.channels);
  const auto row = [&](int64_t o) {
    return window.at(o, tall, [&](float *to) { __builtin_memcpy(to, t.g + o * wide * t.channels, wide * t.channels * sizeof(float)); });
  };
  for (int64_t i = t.first; i < t.end; i++) {
    const float *rows[3];
    if (t.stride == 1) {
      for (int r = 0; r < 3; r++) rows[r] = row(i + 1 - r);
    } else if (i % 2 == 0) {
      rows[0] = row(i / 2);
    } else {
      rows[0] = row((i + 1) / 2), rows[1] = row((i - 1) / 2);
    }
    const int64_t at = i * t.width * t.channels;
    channels<N>(t.channels, [&](auto width, int64_t c) {
      constexpr int M = decltype(width)::value;
      DepthwiseSums<M> s;
      for (int k = 0; k < 9; k++) s.weight[k] = load<M>(t.weight + k * t.channels + c);
      if (t.norm.scale) s.scale = load<M>(t.norm.scale + c), s.shift = load<M>(t.norm.shift + c), s.mean = load<M>(t.norm.mean + c);
      const float *from[3] = {rows[0] + c, rows[1] + c, rows[2] + c};
      if (t.stride == 1) {
        depthwise_row_backward<M, A>(t, s, from, t.x + at + c, t.m + at + c);
      } else if (i % 2 == 0) {
        depthwise_row_halved<M, A, 1>(t, s, from, t.x + at + c, t.m + at + c);
      } else {
        depthwise_row_halved<M, A, 2>(t, s, from, t.x + at + c, t.m + at + c);
      }
      for (int k = 0; k < 9; k++) {
        float *to = t.grad_weight + k * t.channels + c;
        store<M>(to, load<M>(to) + s.grad[k]);
      }
      if (t.norm.scale) {
        store<M>(t.sum + c, load<M>(t.sum + c) + s.sum);
        store<M>(t.along + c, load<M>(t.along + c) + s.along);
      }
    });
  }
}

}  // namespace
}  // namespace torchx
