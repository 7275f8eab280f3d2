// The heatmap loss for processors with AVX-512.
#include "targets.h"

#ifdef TORCHX_X86_KERNELS
#pragma GCC target("avx512f,avx512dq,avx512vl,fma")
#include "heatmap_kernel.h"

double torchx::heatmap_strip_avx512(const Strip &s) { return heatmap_strip<16>(s); }
#endif
