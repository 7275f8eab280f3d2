// The kernels of batch normalisation and its activation, written with the compiler's
// own vectors: a source that includes this is compiled for the instruction set it
// selects.
#pragma once

#include "lanes.h"
#include "norm_tile.h"

namespace torchx {
namespace {

template <int N>
struct Width {
  static constexpr int value = N;
};

// Runs body(Width, c) for all n channels, N at a time as long as there are so many.
template <int N, typename Body>
INLINE void channels(int64_t n, const Body &body) {
  int64_t c = 0;
  for (; c + N <= n; c += N) body(Width<N>{}, c);
  constexpr int half = N > 8 ? N / 2 : 1;
  for (; c + half <= n; c += half) body(Width<half>{}, c);
  for (; half > 1 && c < n; c++) body(Width<1>{}, c);
}

// What is normalised. What is not a number stays that, here and below.
template <Activation A, typename V>
INLINE V normalised(V x) {
  return A == kAfterRelu ? (x < 0 ? V{} : x) : x;
}

template <Activation A, typename V>
INLINE V activated(V z) {
  const V six = V{} + 6;
  switch (A) {
    case kRelu:
      return z < 0 ? V{} : z;
    case kRelu6:
      return z < 0 ? V{} : (z > 6 ? six : z);
    case kHardswish: {
      const V t = z + 3;
      return z * (t < 0 ? V{} : (t > 6 ? six : t)) * (1.0f / 6);
    }
    default:
      return z;
  }
}

// The gradient g of the activation's value, taken to z. Of kRelu and kRelu6 the
// value itself can stand for z.
template <Activation A, typename V>
INLINE V pulled(V g, V z) {
  switch (A) {
    case kRelu:
      return z <= 0 ? V{} : g;
    case kRelu6:
      return z <= 0 || z >= 6 ? V{} : g;
    case kHardswish:
      return z < -3 ? V{} : (z > 3 ? g : g * (z * (1.0f / 3) + 0.5f));
    default:
      return g;
  }
}

template <int N, Activation A>
void norm_moments(const NormMoments &r) {
  for (int64_t i = 0; i < r.rows; i++) {
    const float *x = r.x + i * r.channels;
    channels<N>(r.channels, [&](auto width, int64_t c) {
      constexpr int M = decltype(width)::value;
      const F<M> d = normalised<A>(load<M>(x + c)) - load<M>(r.norm.mean + c);
      store<M>(r.sum + c, load<M>(r.sum + c) + d);
      store<M>(r.squares + c, load<M>(r.squares + c) + d * d);
    });
  }
}

template <int N, Activation A>
void norm_forward(const NormForward &r) {
  for (int64_t i = 0; i < r.rows; i++) {
    const float *x = r.x + i * r.channels, *added = r.added ? r.added + i * r.channels : nullptr;
    float *y = r.y + i * r.channels;
    channels<N>(r.channels, [&](auto width, int64_t c) {
      constexpr int M = decltype(width)::value;
      F<M> z = load<M>(r.norm.scale + c) * normalised<A>(load<M>(x + c)) + load<M>(r.norm.shift + c);
      if (added) z += load<M>(added + c);
      store<M>(y + c, activated<A>(z));
    });
  }
}

// m of M channels of a row.
template <int M, Activation A>
INLINE F<M> row_slope(const NormBackward &r, int64_t row, int64_t c, F<M> u) {
  const int64_t at = row * r.channels + c;
  const F<M> g = load<M>(r.g + at);
  if (r.y) return pulled<A>(g, load<M>(r.y + at));
  return pulled<A>(g, load<M>(r.norm.scale + c) * u + load<M>(r.norm.shift + c));
}

template <int N, Activation A>
void norm_reduce(const NormReduce &r) {
  for (int64_t i = 0; i < r.rows; i++) {
    channels<N>(r.channels, [&](auto width, int64_t c) {
      constexpr int M = decltype(width)::value;
      const F<M> u = normalised<A>(load<M>(r.x + i * r.channels + c)), m = row_slope<M, A>(r, i, c, u);
      store<M>(r.sum + c, load<M>(r.sum + c) + m);
      store<M>(r.along + c, load<M>(r.along + c) + m * (u - load<M>(r.norm.mean + c)));
    });
  }
}

template <int N, Activation A>
void norm_finish(const NormFinish &r) {
  for (int64_t i = 0; i < r.rows; i++) {
    channels<N>(r.channels, [&](auto width, int64_t c) {
      constexpr int M = decltype(width)::value;
      const int64_t at = i * r.channels + c;
      const F<M> x = load<M>(r.x + at), u = normalised<A>(x), m = row_slope<M, A>(r, i, c, u);
      F<M> d = load<M>(r.factor + c) * m + (load<M>(r.slope + c) * (u - load<M>(r.norm.mean + c)) + load<M>(r.constant + c));
      if (A == kAfterRelu) d = x <= 0 ? F<M>{} : d;
      store<M>(r.dx + at, d);
      if (r.m) store<M>(r.m + at, m);
    });
  }
}

// What a normalisation and its activation make of n numbers, or these themselves.
template <int N, Activation A>
INLINE void activate(const NormChannels &norm, int64_t n, const float *x, float *to) {
  channels<N>(n, [&](auto width, int64_t c) {
    constexpr int M = decltype(width)::value;
    F<M> v = load<M>(x + c);
    if (norm.scale) v = activated<A>(load<M>(norm.scale + c) * normalised<A>(v) + load<M>(norm.shift + c));
    store<M>(to + c, v);
  });
}

}  // namespace
}  // namespace torchx
