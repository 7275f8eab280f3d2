// The loss of sizes and offsets.
#include "guard.h"

using torchx::guard;
using torchx::tensor;
using torchx::wrap;

namespace {

// Written with libtorch's operators: it touches only the cells of objects.
at::Tensor gather_l1(const at::Tensor &prediction, const at::Tensor &index, const at::Tensor &target, const at::Tensor &mask) {
  TORCH_CHECK(prediction.dim() == 4 && index.dim() == 2 && target.dim() == 3 && mask.dim() == 2,
              "gather_l1 needs B,D,H,W, B,M, B,M,D and B,M, not ", prediction.sizes(), ", ", index.sizes(), ", ", target.sizes(), " and ", mask.sizes());
  const int64_t depth = prediction.size(1);
  const auto cells = prediction.flatten(2);                                     // B,D,HW
  const auto where = index.unsqueeze(1).expand({-1, depth, -1});                // B,D,M
  const auto found = cells.gather(2, where).transpose(1, 2);                    // B,M,D
  const auto error = ((found - target).abs() * mask.unsqueeze(2)).sum();
  return error / (depth * mask.sum() + 1e-4);
}

}  // namespace

char *tx_gather_l1(tx_tensor prediction, tx_tensor index, tx_tensor target, tx_tensor mask, tx_tensor *out) {
  return guard([&] { *out = wrap(gather_l1(tensor(prediction).to(at::kFloat), tensor(index), tensor(target), tensor(mask))); });
}
