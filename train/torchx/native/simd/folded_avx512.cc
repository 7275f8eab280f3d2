// Convolutions with folded normalisations for processors with AVX-512.
#include "targets.h"

#ifdef TORCHX_X86_KERNELS
#pragma GCC target("avx512f,avx512dq,avx512vl,fma")
#include "folded_kernel.h"

const torchx::FoldedKernel torchx::folded_avx512 = FOLDED_KERNEL(16);
#endif
