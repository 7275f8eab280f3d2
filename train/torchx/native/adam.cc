// The Adam optimiser (Kingma and Ba, 2015). Weight decay is an L2 term in the
// gradient, as in torch.optim.Adam; the paper has 1e-4 and does not say of which
// kind, CenterNet's own training (src/main.py) has none.
#include <cmath>

#include "optimiser.h"
#include "parallel.h"

using torchx::guard;
using torchx::Optimiser;

namespace {

struct AdamRates {
  float beta1, rest1, beta2, rest2;  // rest: 1 - beta, rounded once
  float eps, weight_decay, step, root;  // root: sqrt(1 - beta2^t)
};

void update_cpu(at::Tensor &parameter, const at::Tensor &grad, at::Tensor &first, at::Tensor &second, const AdamRates &r) {
  float *p = parameter.data_ptr<float>(), *m = first.data_ptr<float>(), *v = second.data_ptr<float>();
  const float *g = grad.data_ptr<float>();
  torchx::parallel(0, parameter.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const float d = g[i] + r.weight_decay * p[i];
      m[i] = r.beta1 * m[i] + r.rest1 * d;
      v[i] = r.beta2 * v[i] + r.rest2 * d * d;
      p[i] -= r.step * m[i] / (std::sqrt(v[i]) / r.root + r.eps);
    }
  });
}

void update_lists(const std::vector<at::Tensor> &parameters, const std::vector<at::Tensor> &grads, const std::vector<at::Tensor> &first,
                  const std::vector<at::Tensor> &second, const AdamRates &r) {
  const auto d = at::_foreach_add(grads, parameters, r.weight_decay);
  at::_foreach_mul_(first, r.beta1);
  at::_foreach_add_(first, d, r.rest1);
  at::_foreach_mul_(second, r.beta2);
  at::_foreach_addcmul_(second, d, d, r.rest2);
  const auto root = at::_foreach_sqrt(second);
  at::_foreach_div_(root, r.root);
  at::_foreach_add_(root, r.eps);
  at::_foreach_addcdiv_(parameters, first, root, -r.step);
}

struct Adam : Optimiser {
  double beta1, beta2, eps, weight_decay;

  Adam(const tx_tensor *list, int32_t n) : Optimiser(list, n, 2) {}

  void update(double lr) override {
    const double t = static_cast<double>(steps);
    AdamRates r;
    r.beta1 = beta1, r.rest1 = 1 - beta1;
    r.beta2 = beta2, r.rest2 = 1 - beta2;
    r.eps = eps, r.weight_decay = weight_decay;
    r.step = lr / (1 - std::pow(beta1, t));
    r.root = std::sqrt(1 - std::pow(beta2, t));
    if (one_by_one()) {
      each_gradient([&](size_t i, at::Tensor &p, const at::Tensor &grad) { update_cpu(p, grad, moments[i][0], moments[i][1], r); });
      return;
    }
    const auto l = lists([](size_t) { return true; });
    if (!l.parameters.empty()) update_lists(l.parameters, l.gradients, l.moments[0], l.moments[1], r);
  }
};

}  // namespace

char *tx_adam_new(const tx_tensor *parameters, int32_t n, double beta1, double beta2, double eps, double weight_decay, tx_optimiser *out) {
  return guard([&] {
    auto a = std::make_unique<Adam>(parameters, n);
    a->beta1 = beta1;
    a->beta2 = beta2;
    a->eps = eps;
    a->weight_decay = weight_decay;
    *out = static_cast<Optimiser *>(a.release());
  });
}
