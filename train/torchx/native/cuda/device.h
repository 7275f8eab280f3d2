// What the kernels of this folder are written with. Each of them is compiled twice:
// by NVRTC for a GPU, and as plain C++, in which loops over the blocks and the
// threads stand for the GPU. So its arithmetic is tested without one.
//
// A kernel is the work of a block of kThreads threads, of which the grid has
// a.blocks:
//
//	TX_KERNEL(name, Args, Shared) { … }    sees a (Args), shared (Shared) and block
//	TX_THREADS { … }                       a phase: what thread t does
//
// A phase begins when all threads have ended the one before and sees what they
// wrote; so phases stand where all threads of a block pass. TX_BARRIER is an empty one. A
// number that outlives a phase lies in shared, or is the same for all threads.
#pragma once

#ifdef __CUDACC__

#define TX_DEVICE static __device__ __forceinline__
#define TX_THREADS for (int t = threadIdx.x, once = 1; once; once = 0, __syncthreads())
#define TX_BARRIER __syncthreads()
#define TX_KERNEL(name, Args, Shared)                                                \
  static __device__ void name##_block(const Args &a, Shared &shared, int block); \
  extern "C" __global__ void name(const Args a) {                                \
    __shared__ Shared shared;                                                    \
    name##_block(a, shared, blockIdx.x);                                         \
  }                                                                              \
  static __device__ void name##_block(const Args &a, Shared &shared, int block)

#else

#include <math.h>

#define TX_DEVICE static inline
#define TX_THREADS for (int turn = 0, t = turned(0, kThreads); turn < kThreads; turn++, t = turned(turn, kThreads))
#define TX_BARRIER static_cast<void>(0)
#define TX_KERNEL(name, Args, Shared)                                                                         \
  static void name##_block(const Args &a, Shared &shared, int block);                                     \
  static void name(const Args &a) {                                                                       \
    static thread_local Shared shared;                                                                    \
    for (int turn = 0; turn < a.blocks; turn++) name##_block(a, shared, turned(turn, a.blocks));         \
  }                                                                                                       \
  static void name##_block(const Args &a, Shared &shared, int block)

#endif

namespace torchx {
namespace device {

typedef long long int64;  // NVRTC comes without headers

constexpr int kThreads = 256;

#ifdef __CUDACC__

// Adds to a number that other threads add to as well.
TX_DEVICE void add(int64 *to, int64 value) { atomicAdd(reinterpret_cast<unsigned long long *>(to), static_cast<unsigned long long>(value)); }

#else

// Whether the last block and the last thread are the first to work: a GPU keeps no
// order, so that nothing may depend on it.
inline bool &backwards() {
  static bool yes = false;
  return yes;
}
inline int turned(int i, int n) { return backwards() ? n - 1 - i : i; }

TX_DEVICE void add(int64 *to, int64 value) { *to += value; }

#endif

// Makes values[0] the sum of one value of each thread, added in an order that
// depends on nothing.
template <typename T>
TX_DEVICE void sum_up(T *values) {
  for (int half = kThreads / 2; half > 0; half /= 2) {
    TX_THREADS {
      if (t < half) values[t] += values[t + half];
    }
  }
}

// Makes values[0] the largest value, or NaN if one is.
TX_DEVICE float larger(float a, float b) { return b > a || b != b ? b : a; }
TX_DEVICE void find_largest(float *values) {
  for (int half = kThreads / 2; half > 0; half /= 2) {
    TX_THREADS {
      if (t < half) values[t] = larger(values[t], values[t + half]);
    }
  }
}

union Word {
  unsigned bits;
  float value;
};

TX_DEVICE float not_a_number() {
  Word w;
  w.bits = 0x7fc00000;
  return w.value;
}

// The upper half of a float32.
struct BFloat16 {
  unsigned short bits;
};

TX_DEVICE float widened(float v) { return v; }
TX_DEVICE float widened(BFloat16 v) {
  Word w;
  w.bits = static_cast<unsigned>(v.bits) << 16;
  return w.value;
}

TX_DEVICE void narrow(float v, float *to) { *to = v; }
// To the nearest, of two equally near to the even one.
TX_DEVICE void narrow(float v, BFloat16 *to) {
  Word w;
  w.value = v;
  to->bits = v != v ? 0x7fc0 : static_cast<unsigned short>((w.bits + 0x7fff + (w.bits >> 16 & 1)) >> 16);
}

// Four numbers that are read and written at once.
template <typename T>
struct alignas(4 * sizeof(T)) Quad {
  T v[4];
};

}  // namespace device
}  // namespace torchx
