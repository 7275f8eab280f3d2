// Convolutions into which normalisations were folded, on any device: for inference
// alone.
#pragma once

#include <memory>

#include "folded_cpu.h"
#include "guard.h"

namespace torchx {

// A convolution and what follows it; see tx_folding.
class Folded {
 public:
  explicit Folded(const tx_folding &f);

  // factors and added may be undefined.
  at::Tensor run(const std::vector<at::Tensor> &x, const at::Tensor &factors, const at::Tensor &added) const;
  at::Tensor deform(const at::Tensor &x, const at::Tensor &points) const;
  at::Tensor at(const at::Tensor &x, const std::vector<int64_t> &cells) const;
  static at::Tensor block(const Folded *expand, const Folded &depthwise, const Folded *project, const at::Tensor &x, const at::Tensor &added);

 private:
  void scale(const tx_norm &n, int64_t dimension);
  void read_normalised(const tx_norm &n);
  bool is(int64_t kernel, int64_t stride) const {
    return kind_ == TX_CONVOLUTION && groups_ == 1 && weight_.size(2) == kernel && weight_.size(3) == kernel && stride_ == stride && padding_ == kernel / 2;
  }
  bool is_depthwise() const;
  bool fits(const at::Tensor &x) const;
  at::Tensor finished(at::Tensor z, const at::Tensor &added) const;
  at::Tensor operators(const at::Tensor &x, const at::Tensor &added) const;
  const Panels &panels() const;
  const Channelwise &channelwise() const;
  const at::Tensor &packed() const;
  int64_t inputs() const { return kind_ == TX_DOUBLE ? weight_.size(0) : weight_.size(1) * groups_; }
  int64_t outputs() const { return weight_.size(kind_ == TX_DOUBLE ? 1 : 0); }

  int32_t kind_;
  int64_t stride_, padding_, groups_;
  Activation activation_;
  at::Tensor weight_, bias_;
  // What the kernels want, made when it is needed.
  mutable std::unique_ptr<Panels> panels_;
  mutable std::unique_ptr<Channelwise> channelwise_;
  mutable at::Tensor packed_;  // of the 3×3 convolution, the transposed or the deformable one
};

}  // namespace torchx
