// The 3×3 convolution for any processor.
#include "winograd_kernel.h"

const torchx::WinogradKernel torchx::winograd_baseline = WINOGRAD_KERNEL(4);
