// The 3×3 convolution for processors with AVX-512.
#include "targets.h"

#ifdef TORCHX_X86_KERNELS
#pragma GCC target("avx512f,avx512dq,avx512vl,fma")
#include "winograd_kernel.h"

const torchx::WinogradKernel torchx::winograd_avx512 = WINOGRAD_KERNEL(16);
#endif
