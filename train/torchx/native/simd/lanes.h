// The compiler's own vectors, for kernels: a source that includes this is
// compiled for the instruction set it selects.
#pragma once

#include <stdint.h>

namespace torchx {
namespace {

#define INLINE inline __attribute__((always_inline))

// Lanes<N> are N numbers.
template <int N>
struct Lanes {
  typedef float F __attribute__((vector_size(4 * N)));
  typedef int32_t I __attribute__((vector_size(4 * N)));
};
template <int N>
using F = typename Lanes<N>::F;
template <int N>
using I = typename Lanes<N>::I;

template <int N>
INLINE F<N> load(const float *from) {
  F<N> v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}

template <int N>
INLINE void store(float *to, F<N> v) {
  __builtin_memcpy(to, &v, sizeof v);
}

}  // namespace
}  // namespace torchx
