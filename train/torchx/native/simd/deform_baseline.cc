// The deformable convolution for any processor.
#include "deform_kernel.h"

const torchx::DeformKernel torchx::deform_baseline = {deform_forward<4>, deform_backward<4>};
