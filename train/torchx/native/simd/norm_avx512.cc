// Batch normalisation for processors with AVX-512.
#include "targets.h"

#ifdef TORCHX_X86_KERNELS
#pragma GCC target("avx512f,avx512dq,avx512vl,fma")
#include "norm_table.h"

const torchx::NormKernel torchx::norm_avx512 = NORM_KERNEL(16);
#endif
