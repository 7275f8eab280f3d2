// Stochastic gradient descent with momentum, without dampening, as in
// torch.optim.SGD: the learning rate is outside the moment.
#include "optimiser.h"
#include "parallel.h"

using torchx::guard;
using torchx::Optimiser;

namespace {

struct SgdRates {
  float momentum, weight_decay, step;
};

void update_cpu(at::Tensor &parameter, const at::Tensor &grad, at::Tensor &moment, const SgdRates &r) {
  float *p = parameter.data_ptr<float>(), *v = moment.data_ptr<float>();
  const float *g = grad.data_ptr<float>();
  torchx::parallel(0, parameter.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      v[i] = r.momentum * v[i] + (g[i] + r.weight_decay * p[i]);
      p[i] -= r.step * v[i];
    }
  });
}

void update_operators(at::Tensor &parameter, const at::Tensor &grad, at::Tensor &moment, const SgdRates &r) {
  moment.mul_(r.momentum).add_(grad.add(parameter, r.weight_decay));
  parameter.sub_(moment, r.step);
}

struct Sgd : Optimiser {
  double momentum;
  std::vector<double> rate, weight_decay;  // per parameter

  Sgd(const tx_tensor *list, int32_t n) : Optimiser(list, n, 1) {}

  void update(double lr) override {
    each_gradient([&](size_t i, at::Tensor &p, const at::Tensor &grad) {
      SgdRates r;
      r.momentum = momentum, r.weight_decay = weight_decay[i], r.step = lr * rate[i];
      (p.is_cpu() ? update_cpu : update_operators)(p, grad, moments[i][0], r);
    });
  }
};

}  // namespace

char *tx_sgd_new(const tx_tensor *parameters, const double *rate, const double *weight_decay, int32_t n, double momentum, tx_optimiser *out) {
  return guard([&] {
    auto s = std::make_unique<Sgd>(parameters, n);
    s->momentum = momentum;
    s->rate.assign(rate, rate + n);
    s->weight_decay.assign(weight_decay, weight_decay + n);
    *out = static_cast<Optimiser *>(s.release());
  });
}
