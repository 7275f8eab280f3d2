// The deformable convolution for processors with AVX2 and FMA.
#include "targets.h"

#ifdef TORCHX_X86_KERNELS
#pragma GCC target("avx2,fma")
#include "deform_kernel.h"

const torchx::DeformKernel torchx::deform_avx2 = {deform_forward<8>, deform_backward<8>};
#endif
