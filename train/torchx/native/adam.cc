// Backward and the Adam optimiser (Kingma and Ba, 2015). Weight decay is an L2
// term in the gradient, as in torch.optim.Adam; the paper has 1e-4 and does not
// say of which kind, CenterNet's own training (src/main.py) has none.
#include <ATen/Parallel.h>

#include <cmath>
#include <vector>

#include "guard.h"

using torchx::guard;
using torchx::tensor;
using torchx::wrap;

namespace {

struct Adam {
  std::vector<at::Tensor> parameters, first, second;
  double beta1, beta2, eps, weight_decay;
  int64_t steps = 0;
};

struct Rates {
  float beta1, rest1, beta2, rest2;  // rest: 1 - beta, rounded once
  float eps, weight_decay, step, root;  // root: sqrt(1 - beta2^t)
};

void update_cpu(at::Tensor &parameter, const at::Tensor &grad, at::Tensor &first, at::Tensor &second, const Rates &r) {
  float *p = parameter.data_ptr<float>(), *m = first.data_ptr<float>(), *v = second.data_ptr<float>();
  const float *g = grad.data_ptr<float>();
  at::parallel_for(0, parameter.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const float d = g[i] + r.weight_decay * p[i];
      m[i] = r.beta1 * m[i] + r.rest1 * d;
      v[i] = r.beta2 * v[i] + r.rest2 * d * d;
      p[i] -= r.step * m[i] / (std::sqrt(v[i]) / r.root + r.eps);
    }
  });
}

void update_operators(at::Tensor &parameter, const at::Tensor &grad, at::Tensor &first, at::Tensor &second, const Rates &r) {
  const auto d = grad.add(parameter, r.weight_decay);
  first.mul_(r.beta1).add_(d, r.rest1);
  second.mul_(r.beta2).addcmul_(d, d, r.rest2);
  parameter.addcdiv_(first, (second.sqrt() / r.root).add_(r.eps), -r.step);
}

// The gradient in the parameter's own memory layout, so that both can be
// walked as flat arrays.
at::Tensor aligned(const at::Tensor &grad, const at::Tensor &parameter) {
  return grad.strides() == parameter.strides() ? grad : at::empty_like(parameter).copy_(grad);
}

void step(Adam &adam, double lr) {
  at::NoGradGuard off;
  adam.steps++;
  const double t = static_cast<double>(adam.steps);
  Rates r;
  r.beta1 = adam.beta1, r.rest1 = 1 - adam.beta1;
  r.beta2 = adam.beta2, r.rest2 = 1 - adam.beta2;
  r.eps = adam.eps, r.weight_decay = adam.weight_decay;
  r.step = lr / (1 - std::pow(adam.beta1, t));
  r.root = std::sqrt(1 - std::pow(adam.beta2, t));
  for (size_t i = 0; i < adam.parameters.size(); i++) {
    auto &p = adam.parameters[i];
    if (!p.grad().defined()) continue;
    const auto grad = aligned(p.grad(), p);
    (p.is_cpu() ? update_cpu : update_operators)(p, grad, adam.first[i], adam.second[i], r);
    p.mutable_grad() = at::Tensor();
  }
}

Adam &adam(tx_adam a) {
  if (a == nullptr) throw std::invalid_argument("nil optimiser");
  return *static_cast<Adam *>(a);
}

}  // namespace

char *tx_backward(tx_tensor loss) {
  return guard([&] { tensor(loss).backward(); });
}

char *tx_adam_new(const tx_tensor *parameters, int32_t n, double beta1, double beta2, double eps, double weight_decay, tx_adam *out) {
  return guard([&] {
    auto a = std::make_unique<Adam>();
    a->beta1 = beta1;
    a->beta2 = beta2;
    a->eps = eps;
    a->weight_decay = weight_decay;
    for (int32_t i = 0; i < n; i++) {
      const auto &p = tensor(parameters[i]);
      TORCH_CHECK(p.scalar_type() == at::kFloat && p.is_non_overlapping_and_dense(), "parameter ", i, " is not a dense float32 tensor");
      a->parameters.push_back(p);
      a->first.push_back(at::zeros_like(p).detach());
      a->second.push_back(at::zeros_like(p).detach());
    }
    *out = a.release();
  });
}

char *tx_adam_step(tx_adam a, double lr) {
  return guard([&] { step(adam(a), lr); });
}

char *tx_adam_moments(tx_adam a, int32_t i, tx_tensor *first, tx_tensor *second) {
  return guard([&] {
    *first = wrap(adam(a).first.at(i));
    *second = wrap(adam(a).second.at(i));
  });
}

int64_t tx_adam_steps(tx_adam a) { return static_cast<Adam *>(a)->steps; }

void tx_adam_set_steps(tx_adam a, int64_t steps) { static_cast<Adam *>(a)->steps = steps; }

void tx_adam_free(tx_adam a) { delete static_cast<Adam *>(a); }
