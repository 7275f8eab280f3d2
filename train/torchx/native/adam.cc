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

void update_operators(at::Tensor &parameter, const at::Tensor &grad, at::Tensor &first, at::Tensor &second, const AdamRates &r) {
  const auto d = grad.add(parameter, r.weight_decay);
  first.mul_(r.beta1).add_(d, r.rest1);
  second.mul_(r.beta2).addcmul_(d, d, r.rest2);
  parameter.addcdiv_(first, (second.sqrt() / r.root).add_(r.eps), -r.step);
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
    each_gradient([&](size_t i, at::Tensor &p, const at::Tensor &grad) {
      (p.is_cpu() ? update_cpu : update_operators)(p, grad, moments[i][0], moments[i][1], r);
    });
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
