// The deformable convolution for processors with AVX-512.
#include "targets.h"

#ifdef TORCHX_X86_KERNELS
#pragma GCC target("avx512f,avx512dq,avx512vl,fma")
#include "deform_kernel.h"

const torchx::DeformKernel torchx::deform_avx512 = {deform_forward<16>, deform_backward<16>};
#endif
