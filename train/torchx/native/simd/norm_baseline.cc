// Batch normalisation for any processor.
#include "norm_table.h"

const torchx::NormKernel torchx::norm_baseline = NORM_KERNEL(4);
