// All kernels of normalised maps for the instruction set that is selected.
#pragma once

#include "depthwise_kernel.h"
#include "pointwise_kernel.h"

#define BY_ACTIVATION(kernel, n) \
  { kernel<n, kIdentity>, kernel<n, kRelu>, kernel<n, kRelu6>, kernel<n, kHardswish>, kernel<n, kAfterRelu> }

#define NORM_KERNEL(n)                                                                                                                      \
  {                                                                                                                                         \
    BY_ACTIVATION(norm_moments, n), BY_ACTIVATION(norm_forward, n), BY_ACTIVATION(norm_reduce, n), BY_ACTIVATION(norm_finish, n),           \
        BY_ACTIVATION(depthwise_forward, n), BY_ACTIVATION(depthwise_backward, n), BY_ACTIVATION(pointwise_forward, n),                     \
        BY_ACTIVATION(pointwise_backward, n)                                                                                                \
  }
