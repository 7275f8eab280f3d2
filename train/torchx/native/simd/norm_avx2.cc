// Batch normalisation for processors with AVX2 and FMA.
#include "targets.h"

#ifdef TORCHX_X86_KERNELS
#pragma GCC target("avx2,fma")
#include "norm_table.h"

const torchx::NormKernel torchx::norm_avx2 = NORM_KERNEL(8);
#endif
