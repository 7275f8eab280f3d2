// The kernel of the heatmap loss, written with the compiler's own vectors: a
// source that includes it is compiled for the instruction set it selects.
//
// With e = exp(-|x|), s = e/(2+e) and D = (1+e)(2+e) one division gives
// everything: 1/(1+e) = (2+e)/D, s = e(1+e)/D, and log(1+e) = 2 atanh(s), a
// short polynomial because s ≤ 1/3. Then for x < 0, and mirrored for x ≥ 0,
//
//	p = e/(1+e)   1-p = 1/(1+e)   -log(1-p) = log(1+e)
//
// A centre is the background term at -x with the opposite slope. The
// penalty-reduced loss clamps x first, the α-balanced one does not: there e is
// taken as 0 where float32 ends, and p and log p stay what they are.
#pragma once

#include "heatmap_strip.h"
#include "lanes.h"
#include "../torchx.h"

namespace torchx {
namespace {

template <int N>
INLINE double sum(F<N> v) {
  double total = 0;
  for (int i = 0; i < N; i++) total += v[i];
  return total;
}

// exp(x) for x in [-87, 0] to an ulp; NaN stays NaN.
template <int N>
INLINE F<N> exponential(F<N> x) {
  const F<N> shift = x * 1.44269504f + 12582912.0f;  // the whole part lands in the low bits
  const F<N> whole = shift - 12582912.0f;
  const F<N> r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
  F<N> y = r * 1.9875691500e-4f + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  y = y * (r * r) + r + 1.0f;
  I<N> power;
  __builtin_memcpy(&power, &shift, sizeof power);
  power = (power << 23) + 0x3f800000;
  F<N> two;
  __builtin_memcpy(&two, &power, sizeof two);
  return y * two;
}

template <int N>
struct Term {
  F<N> value, slope;
};

// What the terms are made of, at a logit x.
template <int N>
struct Logistic {
  F<N> p, q;  // σ(x), 1-σ(x)
  F<N> log;   // log(1 + exp(-|x|))
};

// The same of e = exp(-|x|).
template <int N>
INLINE Logistic<N> logistic(F<N> e, I<N> above) {
  const F<N> one = 1.0f + e, two = 2.0f + e;
  const F<N> d = 1.0f / (one * two);
  const F<N> larger = two * d, s = e * one * d, z = s * s;
  F<N> log = z * 0.28011993f + 0.280018041f;
  log = log * z + 0.400215273f;
  log = log * z + 0.666664163f;
  log = log * (z * s) + (s + s);                      // log(1+e)
  const F<N> smaller = e * larger;
  return {above ? larger : smaller, above ? smaller : larger, log};
}

// A background term p^γ · l with l = -log(1-p), given log p.
template <int N, int Gamma>
INLINE Term<N> modulated(F<N> p, F<N> q, F<N> l, F<N> logp, float gamma) {
  if (Gamma == 0) return {l, p};
  if (Gamma == 2) {
    const F<N> a = p * p, ql = q * l;
    return {a * l, a * (p + (ql + ql))};
  }
  const F<N> zero = {};
  F<N> power = logp * gamma;                          // γ log p
  power = power < zero - 87.0f ? zero - 87.0f : power;
  const F<N> a = exponential<N>(power);
  return {a * l, a * (p + gamma * (q * l))};
}

// A background term of the penalty-reduced loss at the logit x.
template <int N, int Gamma>
INLINE Term<N> clamped_term(F<N> x, float gamma) {
  const F<N> zero = {}, edge = zero + kLimit;
  F<N> c = x > edge ? edge : x;                       // NaN stays
  c = c < -edge ? -edge : c;
  const F<N> positive = c > zero ? c : zero;          // max(c, 0)
  const F<N> size = positive + positive - c;          // |c|
  const Logistic<N> s = logistic<N>(exponential<N>(-size), c > zero);
  const F<N> l = s.log + positive;                    // -log(1-p)
  Term<N> t = modulated<N, Gamma>(s.p, s.q, l, c - l, gamma);
  const I<N> closed = (x > edge) | (x < -edge);
  t.slope = closed ? zero : t.slope;
  return t;
}

// A background term of the α-balanced loss at the logit x, before its factor.
template <int N, int Gamma>
INLINE Term<N> exact_term(F<N> x, float gamma) {
  const F<N> zero = {}, end = zero + 87.0f;
  const I<N> above = x > zero;
  const F<N> size = above ? x : -x;                   // |x|; NaN stays
  const F<N> e = size > end ? zero : exponential<N>(size > end ? -end : -size);
  const Logistic<N> s = logistic<N>(e, above);
  const F<N> l = s.log + (above ? x : zero);          // -log(1-p)
  return modulated<N, Gamma>(s.p, s.q, l, (above ? zero : x) - s.log, gamma);
}

// N cells. Balanced says that the loss is α-balanced, Mixed that some heatmap
// value among them may not be 0.
template <int N, int Gamma, int Weighting, bool Balanced, bool Mixed>
INLINE F<N> cells(const Strip &s, int64_t i, F<N> *grad) {
  const F<N> zero = {};
  F<N> x = load<N>(s.x + i), g = zero;
  F<N> w = zero + (Weighting == TX_CLASS_WISE ? 1.0f : s.weight);
  if (Mixed) g = load<N>(s.g + i);
  if (Weighting == TX_LOCATION_WISE) w = load<N>(s.place + i);
  if (Weighting == TX_EQUALISED) {
    const F<N> away = load<N>(s.place + i) > zero ? zero + s.foreground : zero + s.background;
    w = Mixed ? (g > zero ? w : away) : away;
  }
  const F<N> scale = zero + (Weighting == TX_CLASS_WISE ? s.weight * s.scale : s.scale);
  if (!Mixed) {
    const Term<N> t = Balanced ? exact_term<N, Gamma>(x, s.gamma) : clamped_term<N, Gamma>(x, s.gamma);
    if (Balanced) w *= 1.0f - s.alpha;
    *grad = t.slope * scale * w;
    return t.value * w;
  }
  const I<N> centre = g == zero + 1.0f;
  const F<N> r = 1.0f - g, r2 = r * r, y = centre ? -x : x;
  const Term<N> t = Balanced ? exact_term<N, Gamma>(y, s.gamma) : clamped_term<N, Gamma>(y, s.gamma);
  if (Balanced) w *= centre ? zero + s.alpha : zero + (1.0f - s.alpha);
  else w *= centre ? zero + 1.0f : r2 * r2;
  *grad = t.slope * scale * (centre ? -w : w);
  return t.value * w;
}

template <int N, int Gamma, int Weighting, bool Balanced>
double strip(const Strip &s) {
  constexpr int64_t often = 32 * kGroup;  // cells whose sum float32 can hold well
  const int64_t whole = s.cells / kGroup * kGroup;
  double total = 0;
  int64_t i = 0;
  while (i < whole) {
    const int64_t end = i + often < whole ? i + often : whole;
    F<N> part = {};
    for (; i < end; i += kGroup) {
      F<N> grad;
      if (__builtin_expect(s.touched[i / kGroup], 0)) {
        for (int64_t j = i; j < i + kGroup; j += N) {
          part += cells<N, Gamma, Weighting, Balanced, true>(s, j, &grad);
          store<N>(s.d + j, grad);
        }
      } else {
        for (int64_t j = i; j < i + kGroup; j += N) {
          part += cells<N, Gamma, Weighting, Balanced, false>(s, j, &grad);
          store<N>(s.d + j, grad);
        }
      }
    }
    total += sum<N>(part);
  }
  for (; i < s.cells; i++) {
    F<1> grad;
    total += cells<1, Gamma, Weighting, Balanced, true>(s, i, &grad)[0];
    store<1>(s.d + i, grad);
  }
  return Weighting == TX_CLASS_WISE ? s.weight * total : total;
}

template <int N, int Gamma, int Weighting>
double balanced(const Strip &s) {
  return s.alpha > 0 ? strip<N, Gamma, Weighting, true>(s) : strip<N, Gamma, Weighting, false>(s);
}

template <int N, int Gamma>
double weighted(const Strip &s) {
  switch (s.weighting) {
    case TX_LOCATION_WISE: return balanced<N, Gamma, TX_LOCATION_WISE>(s);
    case TX_EQUALISED: return balanced<N, Gamma, TX_EQUALISED>(s);
    default: return balanced<N, Gamma, TX_CLASS_WISE>(s);
  }
}

// The kernel for vectors of N numbers.
template <int N>
double heatmap_strip(const Strip &s) {
  if (s.gamma == 2) return weighted<N, 2>(s);
  if (s.gamma == 0) return weighted<N, 0>(s);
  return weighted<N, -1>(s);
}

}  // namespace
}  // namespace torchx
