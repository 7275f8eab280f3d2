// The heatmap loss for processors with AVX2 and FMA.
#include "targets.h"

#ifdef TORCHX_X86_KERNELS
#pragma GCC target("avx2,fma")
#include "heatmap_kernel.h"

double torchx::heatmap_strip_avx2(const Strip &s) { return heatmap_strip<8>(s); }
#endif
