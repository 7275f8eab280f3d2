// Convolutions into which normalisations were folded, and what follows them, on a CPU:
// for inference alone. Maps have their channels innermost. No result depends on the
// number of threads: what is computed in parts is the same in any part.
#pragma once

#include "winograd_cpu.h"
#include "simd/folded_tile.h"

namespace torchx {

// A convolution's weights as rows of outputs, in panels: the numbers of a row are
// those of a tap, row by row, with its channels. Bias with zeros for what is added.
struct Panels {
  at::Tensor weight, bias;
  int64_t outputs, channels, kernel, stride, padding;

  Panels(const at::Tensor &w, const at::Tensor &b, int64_t s, int64_t p);
  int64_t wide() const { return bias.numel(); }
  int64_t depth() const { return kernel * kernel * channels; }
  int64_t out(int64_t side) const { return (side + 2 * padding - kernel) / stride + 1; }
};

// Convolves x. after's bias is not looked at.
at::Tensor direct_cpu(const at::Tensor &x, const Panels &p, const After &after, const FoldedKernel &kernel);
// The same at some cells of the output, (b·H + y)·W + x, one after the other: n,O,1,1.
at::Tensor direct_cpu(const at::Tensor &x, const std::vector<int64_t> &cells, const Panels &p, const After &after, const FoldedKernel &kernel);

// The 1×1 convolution, at stride 1, of maps one after the other, as if they were one;
// or of one, whose channels are multiplied by factors, B,C, before.
at::Tensor pointwise_cpu(const std::vector<at::Tensor> &x, const Panels &p, const After &after, const FoldedKernel &kernel);
at::Tensor pointwise_cpu(const at::Tensor &x, const at::Tensor &factors, const Panels &p, const After &after, const FoldedKernel &kernel);

// A depthwise convolution: weight k·k,C.
struct Channelwise {
  at::Tensor weight, bias;
  int64_t kernel, stride;
  Activation activation;

  int64_t out(int64_t side) const { return (side - 1) / stride + 1; }
};

// An inverted residual block: a 1×1 convolution, if there is one, then a depthwise one,
// then another 1×1 convolution, if there is one. What lies between is never written.
struct Inverted {
  const Panels *expand;  // NULL: none
  Activation expanded;   // what follows it
  const Channelwise *depthwise;
  const Panels *project;  // NULL: none
  After after;            // what follows the last one
};
at::Tensor inverted_cpu(const at::Tensor &x, const Inverted &b, const FoldedKernel &kernel);

}  // namespace torchx
