// The 3×3 convolution for processors with AVX2 and FMA.
#include "targets.h"

#ifdef TORCHX_X86_KERNELS
#pragma GCC target("avx2,fma")
#include "winograd_kernel.h"

const torchx::WinogradKernel torchx::winograd_avx2 = WINOGRAD_KERNEL(8);
#endif
