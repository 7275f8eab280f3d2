// The 3×3 convolution with padding 1 on a CPU. x has its channels innermost. Tiles are
// worked on a block at a time, which depends on the shapes alone, like the order of
// all sums: neither does the result depend on the number of threads.
#pragma once

#include "norm_cpu.h"
#include "simd/winograd_tile.h"

namespace torchx {

// Whether the transforms of maps, and of weights, which do not become less with fewer
// cells, are worth it.
inline bool worth_transforms(const at::Tensor &x) {
  constexpr int64_t few_channels = 16, few_tiles = 32;
  return x.size(1) >= few_channels && x.size(0) * ((x.size(2) + 3) / 4) * ((x.size(3) + 3) / 4) >= few_tiles;
}

// Of what a normalisation makes of x, or of x itself where numbers are not defined;
// with bias, if that is defined.
at::Tensor conv3x3_cpu(const at::Tensor &x, const at::Tensor &numbers, Activation activation, const at::Tensor &weight, const at::Tensor &bias,
                       const WinogradKernel &kernel);

// What follows a convolution: the activation of it plus bias, O, and added, as the
// result, as far as they are defined.
struct After {
  at::Tensor bias, added;
  Activation activation;
};

// The same for weights that were taken to their places before.
at::Tensor conv3x3_places(const at::Tensor &weight);
at::Tensor conv3x3_cpu(const at::Tensor &x, const at::Tensor &places, int64_t outputs, const After &after, const WinogradKernel &kernel);

// The gradients of what is convolved and of the weight.
at::Tensor conv3x3_cpu_input(const at::Tensor &grad, const at::Tensor &weight, const WinogradKernel &kernel);
at::Tensor conv3x3_cpu_weight(const at::Tensor &x, const at::Tensor &numbers, Activation activation, const at::Tensor &grad, const WinogradKernel &kernel);

// The transposed convolution of x B,I,H,W with weight I,O,4,4, at stride 2 and padding
// 1, whose weights were taken to their places before.
// Nothing is added by after.
at::Tensor double_places(const at::Tensor &weight);
at::Tensor double_cpu(const at::Tensor &x, const at::Tensor &places, int64_t outputs, const After &after, const WinogradKernel &kernel);
struct DoubleGradients {
  at::Tensor x, weight;
};
DoubleGradients double_cpu_backward(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &grad, const WinogradKernel &kernel);

}  // namespace torchx
