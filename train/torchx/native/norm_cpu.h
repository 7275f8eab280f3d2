// Batch normalisation, and the convolutions that read its result, on a CPU. x and
// what becomes of it have their channels innermost. Bands of rows and the order of
// all sums depend on the shapes alone, so neither does a result depend on the number
// of threads.
#pragma once

#include <torch/torch.h>

#include "layout.h"
#include "precision.h"
#include "simd/norm_tile.h"

namespace torchx {

// Whether the kernels are made for x: maps on a CPU, with channels innermost, in float32.
inline bool fits_kernels(const at::Tensor &x) {
  return x.is_cpu() && x.scalar_type() == at::kFloat && precision() != Precision::kBFloat16 && x.suggest_memory_format() == kInnermost && x.numel() > 0;
}

// A batch normalisation (Ioffe and Szegedy, 2015) and the activation after it.
struct Norm {
  at::Tensor weight, bias, running_mean, running_var;
  double eps, momentum;
  bool batch;  // normalise by the batch's mean and variance, and note them; else by the running ones
  Activation activation;
};

// The numbers that a normalisation of x comes down to, 4,C: scale and shift of
// z = scale·u + shift, the mean, and 1/√(variance + eps). Running statistics are
// brought up to date.
at::Tensor norm_numbers(const at::Tensor &x, const Norm &norm, const NormKernel &kernel);

// What is needed on the way back through a normalisation.
struct NormBack {
  at::Tensor numbers;
  bool batch;
  Activation activation;
};

struct NormGradients {
  at::Tensor x, weight, bias;
  at::Tensor other;  // of what was added, or of a convolution's weight
};

// y NULL, or what added was added to get.
at::Tensor norm_cpu(const at::Tensor &x, const at::Tensor &numbers, Activation activation, const at::Tensor *added, const NormKernel &kernel);
NormGradients norm_cpu_backward(const at::Tensor &x, const NormBack &norm, const at::Tensor *y, const at::Tensor &grad, const NormKernel &kernel);

// Convolutions of a normalised map; of x itself where numbers are not defined.
at::Tensor depthwise_cpu(const at::Tensor &x, const at::Tensor &numbers, Activation activation, const at::Tensor &weight, int64_t stride, const NormKernel &kernel);
NormGradients depthwise_cpu_backward(const at::Tensor &x, const NormBack &norm, const at::Tensor &weight, int64_t stride, const at::Tensor &grad, const NormKernel &kernel);
at::Tensor pointwise_cpu(const at::Tensor &x, const at::Tensor &numbers, Activation activation, const at::Tensor &weight, const at::Tensor &bias, const NormKernel &kernel);
NormGradients pointwise_cpu_backward(const at::Tensor &x, const NormBack &norm, const at::Tensor &weight, const at::Tensor &grad, const NormKernel &kernel);

}  // namespace torchx
