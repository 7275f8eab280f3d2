// Convolutions with folded normalisations for any processor.
#include "folded_kernel.h"

const torchx::FoldedKernel torchx::folded_baseline = FOLDED_KERNEL(4);
