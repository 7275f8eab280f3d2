// Convolutions with folded normalisations for processors with AVX2 and FMA.
#include "targets.h"

#ifdef TORCHX_X86_KERNELS
#pragma GCC target("avx2,fma")
#include "folded_kernel.h"

const torchx::FoldedKernel torchx::folded_avx2 = FOLDED_KERNEL(8);
#endif
