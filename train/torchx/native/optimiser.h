// What the optimisers have in common: parameters, and moments of each of them.
#pragma once

#include <memory>

#include "guard.h"
#include "simd/choice.h"

namespace torchx {

struct Optimiser {
  std::vector<at::Tensor> parameters;
  std::vector<std::vector<at::Tensor>> moments;  // per parameter, of its shape and layout; at first 0
  int64_t steps = 0;                             // taken, with the one in progress

  // Throws if a parameter is not a dense float32 tensor.
  Optimiser(const tx_tensor *list, int32_t n, int moments_each);
  virtual ~Optimiser() = default;

  // Updates the parameters that have a gradient, with learning rate lr.
  virtual void update(double lr) = 0;

 protected:
  // Calls body(i, parameter, gradient) for the parameters that have a gradient,
  // which it then drops. The gradient has the parameter's own memory layout, so
  // that both can be walked as flat arrays.
  template <typename Body>
  void each_gradient(const Body &body) {
    for (size_t i = 0; i < parameters.size(); i++) {
      auto &p = parameters[i];
      if (!p.grad().defined()) continue;
      body(i, p, p.grad().strides() == p.strides() ? p.grad() : at::empty_like(p).copy_(p.grad()));
      p.mutable_grad() = at::Tensor();
    }
  }

  // Whether the parameters are updated one by one by loops of our own, or all together
  // by libtorch's operators for lists, which on a GPU take a few starts for all.
  bool one_by_one() const { return kernels() == Kernels::kOwn && !parameters.empty() && parameters[0].is_cpu(); }

  // Parameters that have a gradient.
  struct Lists {
    std::vector<at::Tensor> parameters, gradients;
    std::vector<std::vector<at::Tensor>> moments;  // lists of the first ones, of the second ones
  };

  // Takes the gradients of those for which which(i) holds.
  template <typename Which>
  Lists lists(const Which &which) {
    Lists l;
    for (size_t i = 0; i < parameters.size(); i++) {
      auto &p = parameters[i];
      if (!p.grad().defined() || !which(i)) continue;
      l.parameters.push_back(p);
      l.gradients.push_back(p.grad().strides() == p.strides() ? p.grad() : at::empty_like(p).copy_(p.grad()));
      l.moments.resize(moments[i].size());
      for (size_t k = 0; k < moments[i].size(); k++) l.moments[k].push_back(moments[i][k]);
      p.mutable_grad() = at::Tensor();
    }
    return l;
  }
};

}  // namespace torchx
