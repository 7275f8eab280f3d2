// Backward, and what the optimisers have in common.
#include "optimiser.h"

using torchx::guard;
using torchx::Optimiser;
using torchx::tensor;
using torchx::wrap;

namespace torchx {

Optimiser::Optimiser(const tx_tensor *list, int32_t n, int moments_each) {
  for (int32_t i = 0; i < n; i++) {
    const auto &p = tensor(list[i]);
    TORCH_CHECK(p.scalar_type() == at::kFloat && p.is_non_overlapping_and_dense(), "parameter ", i, " is not a dense float32 tensor");
    parameters.push_back(p);
    moments.emplace_back();
    for (int k = 0; k < moments_each; k++) moments.back().push_back(at::zeros_like(p).detach());
  }
}

}  // namespace torchx

namespace {

Optimiser &optimiser(tx_optimiser o) {
  if (o == nullptr) throw std::invalid_argument("nil optimiser");
  return *static_cast<Optimiser *>(o);
}

}  // namespace

char *tx_backward(tx_tensor loss) {
  return guard([&] { tensor(loss).backward(); });
}

char *tx_optimiser_step(tx_optimiser o, double lr) {
  return guard([&] {
    at::NoGradGuard off;
    optimiser(o).steps++;
    optimiser(o).update(lr);
  });
}

char *tx_optimiser_moment(tx_optimiser o, int32_t i, int32_t k, tx_tensor *out) {
  return guard([&] { *out = wrap(optimiser(o).moments.at(i).at(k)); });
}

int64_t tx_optimiser_steps(tx_optimiser o) { return static_cast<Optimiser *>(o)->steps; }

void tx_optimiser_set_steps(tx_optimiser o, int64_t steps) { static_cast<Optimiser *>(o)->steps = steps; }

void tx_optimiser_free(tx_optimiser o) { delete static_cast<Optimiser *>(o); }
