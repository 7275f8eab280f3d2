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

void update_lists(const std::vector<at::Tensor> &parameters, const std::vector<at::Tensor> &grads, const std::vector<at::Tensor> &moments, const SgdRates &r) {
  at::_foreach_mul_(moments, r.momentum);
  at::_foreach_add_(moments, at::_foreach_add(grads, parameters, r.weight_decay), 1);
  at::_foreach_add_(parameters, moments, -r.step);
}

struct Sgd : Optimiser {
  double momentum;
  std::vector<double> rate, weight_decay;  // per parameter

  Sgd(const tx_tensor *list, int32_t n) : Optimiser(list, n, 1) {}

  SgdRates rates(size_t i, double lr) const {
    SgdRates r;
    r.momentum = momentum, r.weight_decay = weight_decay[i], r.step = lr * rate[i];
    return r;
  }

  void update(double lr) override {
    if (one_by_one()) {
      each_gradient([&](size_t i, at::Tensor &p, const at::Tensor &grad) { update_cpu(p, grad, moments[i][0], rates(i, lr)); });
      return;
    }
    // Parameters of like rates together: of weights, and of biases.
    for (size_t i = 0; i < parameters.size(); i++) {
      const auto l = lists([&](size_t k) { return rate[k] == rate[i] && weight_decay[k] == weight_decay[i]; });
      if (!l.parameters.empty()) update_lists(l.parameters, l.gradients, l.moments[0], rates(i, lr));
    }
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
