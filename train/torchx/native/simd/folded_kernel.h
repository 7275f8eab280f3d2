// The kernels of convolutions into which normalisations were folded, written with the
// compiler's own vectors: a source that includes this is compiled for the instruction
// set it selects.
#pragma once

#include "folded_tile.h"
#include "norm_kernel.h"
#include "product.h"

namespace torchx {
namespace {

// Runs body(Kind<activation>) for the activation.
template <Activation A>
struct Kind {
  static constexpr Activation value = A;
};
template <typename Body>
INLINE void with(Activation activation, const Body &body) {
  switch (activation) {
    case kRelu: return body(Kind<kRelu>{});
    case kRelu6: return body(Kind<kRelu6>{});
    case kHardswish: return body(Kind<kHardswish>{});
    default: return body(Kind<kIdentity>{});
  }
}

// R rows of a product of V vectors, of a panel whose rows are step numbers apart; from
// output o on.
template <int N, int R, int V>
INLINE void folded_rows(const FoldedProduct &p, int64_t row, const float *weight, int64_t step, int64_t o) {
  const int64_t stride = p.stride, c_stride = p.c_stride, added_stride = p.finish.added_stride;
  const float *a = p.a + row * stride, *start = p.first() ? p.finish.bias + o : nullptr;
  float *c = p.c + row * c_stride + o;
  F<N> sum[R][V];
#pragma GCC unroll 16
  for (int i = 0; i < R; i++) {
    for (int j = 0; j < V; j++) sum[i][j] = load<N>((start ? start : c + i * c_stride) + j * N);
  }
  for (int64_t k = p.depth; k > 0; k--) {
    F<N> w[V];
    for (int j = 0; j < V; j++) w[j] = load<N>(weight + j * N);
#pragma GCC unroll 16
    for (int i = 0; i < R; i++) {
      const F<N> factor = a[i * stride] - F<N>{};
      for (int j = 0; j < V; j++) sum[i][j] += factor * w[j];
    }
    weight += step, a++;
  }
  if (p.last() && p.finish.added) {
    const float *added = p.finish.added + row * added_stride + o;
#pragma GCC unroll 16
    for (int i = 0; i < R; i++) {
      for (int j = 0; j < V; j++) sum[i][j] += load<N>(added + i * added_stride + j * N);
    }
  }
  with(p.last() ? p.finish.activation : kIdentity, [&](auto kind) {
#pragma GCC unroll 16
    for (int i = 0; i < R; i++) {
      for (int j = 0; j < V; j++) store<N>(c + i * c_stride + j * N, activated<decltype(kind)::value>(sum[i][j]));
    }
  });
}

// All rows of a panel that is wide numbers wide, V vectors at a time.
template <int N, int V>
void folded_panel(const FoldedProduct &p, const float *weight, int64_t wide, int64_t o) {
  constexpr int most = kRows<N>;
  int64_t row = 0;
  for (; row + most <= p.rows; row += most) {
    for (int64_t j = 0; j < wide; j += V * N) folded_rows<N, most, V>(p, row, weight + j, wide, o + j);
  }
  for (; row + 4 <= p.rows; row += 4) {
    for (int64_t j = 0; j < wide; j += V * N) folded_rows<N, 4, V>(p, row, weight + j, wide, o + j);
  }
  for (; row < p.rows; row++) {
    for (int64_t j = 0; j < wide; j += V * N) folded_rows<N, 1, V>(p, row, weight + j, wide, o + j);
  }
}

template <int N>
void folded_product(const FoldedProduct &p) {
  for (int64_t o = 0; o < p.wide; o += kChunk) {
    const float *panel = p.weight + o * p.whole;
    if (p.wide - o >= kChunk) {
      folded_panel<N, 2>(p, panel + p.begin * kChunk, kChunk, o);
    } else {
      folded_panel<N, kHalf < 2 * N ? 1 : 2>(p, panel + p.begin * kHalf, kHalf, o);
    }
  }
}

// M channels of a depthwise convolution of K×K taps in work, of which each row of the
// input is read from the cell under a tap on.
template <int M, int K>
struct FoldedTaps {
  F<M> weight[K * K], bias;
  int64_t step;

  // U cells of the output, Stride apart in the input, by the taps of columns First, …,
  // End-1.
  template <int U, int Stride, int First, int End>
  INLINE void cells(const float *const *rows, int64_t left, F<M> *sum) const {
#pragma GCC unroll 4
    for (int u = 0; u < U; u++) sum[u] = bias;
#pragma GCC unroll 5
    for (int i = 0; i < K; i++) {
      const float *from = rows[i] + left * step;
#pragma GCC unroll 16
      for (int j = First; j < (U - 1) * Stride + End; j++) {
        const F<M> x = load<M>(from + j * step);
#pragma GCC unroll 4
        for (int u = 0; u < U; u++) {
          if (j - u * Stride >= First && j - u * Stride < End) sum[u] += weight[K * i + j - u * Stride] * x;
        }
      }
    }
  }

  // One cell, of which some columns lie outside.
  INLINE F<M> edge(const float *const *rows, int64_t left, int64_t width) const {
    F<M> sum = bias;
    for (int i = 0; i < K; i++) {
      for (int64_t j = left < 0 ? -left : 0; j < K && left + j < width; j++) sum += weight[K * i + j] * load<M>(rows[i] + (left + j) * step);
    }
    return sum;
  }
};

template <int N, int K, int Stride, Activation A>
void folded_depthwise_of(const FoldedDepthwise &d) {
  constexpr int together = K == 3 ? 2 : 1;  // cells, as there are registers
  const int64_t wide = d.width, columns = d.out_width, y_step = d.channels;
  // The first column whose taps all lie inside, and the first after it with one outside.
  const int64_t begin = (K / 2 + Stride - 1) / Stride, end = wide < K ? 0 : (wide - K + K / 2) / Stride + 1;
  channels<N>(d.channels, [&](auto width, int64_t c) {
    constexpr int M = decltype(width)::value;
    FoldedTaps<M, K> taps;
#pragma GCC unroll 25
    for (int k = 0; k < K * K; k++) taps.weight[k] = load<M>(d.weight + k * y_step + c);
    taps.bias = load<M>(d.finish.bias + c), taps.step = d.step;
    const float *rows[K];
    for (int i = 0; i < K; i++) rows[i] = d.rows[i] + c;
    float *y = d.y + c;
    const auto put = [&](int64_t column, F<M> sum) { store<M>(y + column * y_step, activated<A>(sum)); };
    int64_t column = 0;
    const auto edges = [&](int64_t to) {
      for (; column < to; column++) put(column, taps.edge(rows, column * Stride - K / 2, wide));
    };
    if (K == 3 && wide > 2) {
      F<M> sum;
      taps.template cells<1, Stride, 1, K>(rows, -1, &sum);
      put(column++, sum);
    }
    edges(begin < columns ? begin : columns);
    for (; column + together <= end; column += together) {
      F<M> sum[together];
      taps.template cells<together, Stride, 0, K>(rows, column * Stride - K / 2, sum);
#pragma GCC unroll 4
      for (int u = 0; u < together; u++) put(column + u, sum[u]);
    }
    for (; column < end; column++) {
      F<M> sum;
      taps.template cells<1, Stride, 0, K>(rows, column * Stride - K / 2, &sum);
      put(column, sum);
    }
    if (K == 3 && column + 1 == columns) {
      F<M> sum;
      taps.template cells<1, Stride, 0, K - 1>(rows, column * Stride - 1, &sum);
      put(column++, sum);
    }
    edges(columns);
  });
}

template <int N, int K>
void folded_depthwise_by(const FoldedDepthwise &d) {
  with(d.finish.activation, [&](auto kind) {
    constexpr Activation A = decltype(kind)::value;
    d.stride == 1 ? folded_depthwise_of<N, K, 1, A>(d) : folded_depthwise_of<N, K, 2, A>(d);
  });
}

template <int N>
void folded_depthwise(const FoldedDepthwise &d) {
  d.kernel == 3 ? folded_depthwise_by<N, 3>(d) : folded_depthwise_by<N, 5>(d);
}

}  // namespace
}  // namespace torchx

#define FOLDED_KERNEL(n) \
  { folded_product<n>, folded_depthwise<n> }
